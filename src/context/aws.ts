import type { Stack } from '../plan/stacks/stack.ts'
import type { Side } from '../plan/stacks/traffic.ts'
import type { Launch } from '../plan/verdict.ts'
import type { LocalServer } from './local.ts'
import type { Logs } from './logs.ts'
import type { Lookups } from './lookups.ts'

export interface Target {
  readonly region: string | undefined
  readonly profile: string | undefined
  /** ARN of a role to take, by the credentials that there are otherwise. */
  readonly role?: string | undefined
  /** The embedded AWS. */
  readonly local?: LocalServer
}

export interface Aws {
  readonly region: string
  readonly local: LocalServer | undefined
  readonly poll: Poll
  account(): Promise<{ readonly id: string; readonly arn: string }>
  readonly stacks: Stacks
  readonly images: Images
  readonly templates: Templates
  readonly services: Services
  readonly capacity: Capacity
  readonly logs: Logs
  readonly lookups: Lookups
}

/**
 * Asks until there is an answer, at a pace that all share; sooner when the end is near. What passes by itself, such as
 * throttling or a lost connection, is waited out.
 */
export type Poll = <Answer>(
  ask: () => Promise<Answer | undefined>,
  nearEnd?: () => boolean,
  /** How long it took the last time, in seconds. */
  expected?: number,
) => Promise<Answer>

export interface StackInfo {
  /** The ARN: a name may be another stack tomorrow. */
  readonly id: string
  readonly name: string
  readonly status: string
  readonly reason: string | undefined
  readonly outputs: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly changedAt: Date
}

export interface ResourceEvent {
  readonly resource: string
  readonly type: string
  readonly physicalId: string | undefined
  readonly status: string
  readonly reason: string | undefined
  readonly at: Date
}

export interface StackOutcome {
  readonly stack: StackInfo
  /** Resources that failed, the first one first; those that were only cancelled are left out. */
  readonly failures: readonly ResourceEvent[]
  /** Resources that are no longer the stack's and stay all the same. */
  readonly kept: readonly ResourceEvent[]
}

export interface Stacks {
  find(nameOrId: string): Promise<StackInfo | undefined>
  /** Those that are not deleted, whose name begins so and that carry these tags. */
  tagged(prefix: string, tags: Readonly<Record<string, string>>): Promise<StackInfo[]>
  /**
   * Begins to create the stack, or to update it to what it should be. AWS may find nothing to change, or that somebody
   * else was faster. The token, unique for each operation, tells its events from those of others.
   */
  begin(
    stack: Stack,
    existing: StackInfo | undefined,
    token: string,
    /** It ends when everything is configured, ready or not. */
    express?: boolean,
  ): Promise<StackOperation | 'unchanged' | 'taken'>
  /** Begins to delete it. */
  remove(stack: StackInfo, token: string): Promise<StackOperation>
  /** Gives up an update that is going on: AWS rolls it back. */
  cancelUpdate(stack: StackInfo): Promise<void>
  /** Its template as text. */
  template(stack: StackInfo): Promise<string>
  /** Goes on with a rollback that failed, without the resources that are to be skipped. */
  continueRollback(stack: StackInfo, skipped: readonly string[], token: string): Promise<StackOperation>
  /** What goes on with a stack, or went on last. */
  lastOperation(stack: StackInfo): Promise<LastOperation | undefined>
  /** Waits for the end of an operation and tells of each event once. */
  follow(operation: StackOperation, event: (event: ResourceEvent) => void, expected?: number): Promise<StackOutcome>
  /** Names of the stacks that use an export. */
  importers(exportName: string): Promise<readonly string[]>
}

export interface LastOperation {
  readonly token: string | undefined
  readonly since: Date
  /** Of its resources, oldest first. */
  readonly events: readonly ResourceEvent[]
}

export interface StackOperation {
  readonly id: string
  /** All events of the operation carry it; those of other tools may have none. */
  readonly token: string | undefined
}

/** Templates that are too large for a request. */
export interface Templates {
  put(bucket: string, key: string, body: string): Promise<void>
  /** Empties the bucket, if it is there. */
  removeAll(bucket: string): Promise<void>
}

export interface ImageInfo {
  readonly digest: string
  readonly tags: readonly string[]
}

export interface Images {
  /** Undefined when the repository or the image is not there. */
  find(repository: string, tag: string): Promise<ImageInfo | undefined>
  tagsOf(repository: string, digest: string): Promise<readonly string[]>
  /** Puts a further tag on an image. */
  tag(repository: string, digest: string, tag: string): Promise<void>
  /** The password for `docker login` as user AWS, and the registry it is for. */
  login(): Promise<{ readonly registry: string; readonly password: string }>
  /** Deletes all images; returns how many. */
  removeAll(repository: string): Promise<number>
}

export interface TaskInfo {
  readonly id: string
  readonly arn: string
  readonly taskDefinition: string
  /** The deployment of its service. */
  readonly startedBy: string | undefined
  readonly status: string
  readonly health: string
  readonly startedAt: Date | undefined
  readonly stoppedAt: Date | undefined
  readonly stopCode: string | undefined
  readonly stoppedReason: string | undefined
  readonly networkInterface: string | undefined
  /** That it runs on, by its ARN; none on Fargate. */
  readonly instance: string | undefined
  /** Ports of containers, and of the instance where they are. */
  readonly ports: readonly { readonly container: number; readonly host: number }[]
  readonly containers: readonly {
    readonly name: string
    readonly exitCode: number | undefined
    readonly reason: string | undefined
    readonly imageDigest: string | undefined
    readonly image: string
    readonly gpus: number
  }[]
}

export interface DeploymentInfo {
  readonly id: string
  readonly primary: boolean
  readonly taskDefinition: string
  readonly state: string
  readonly reason: string
  readonly failedTasks: number
  readonly running: number
  readonly desired: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface ServiceInfo {
  readonly arn: string
  readonly status: string
  readonly desired: number
  /** It has a task on each instance: nobody says how many. */
  readonly daemon: boolean
  readonly running: number
  readonly pending: number
  readonly taskDefinition: string
  readonly deployments: readonly DeploymentInfo[]
  /** For each way in; two groups where deployments move the traffic from one to the other. */
  readonly targetGroups: readonly (readonly string[])[]
  /** Newest first. */
  readonly events: readonly { readonly at: Date; readonly text: string }[]
}

/** How far the traffic of a deployment has been moved. */
export interface ShiftInfo {
  /** As ECS calls it, such as `BAKE_TIME`. */
  readonly stage: string
  /** Percent of the traffic that the new tasks have. */
  readonly traffic: number
}

export interface TargetInfo {
  readonly target: string
  readonly state: string
  readonly reason: string
}

export interface Services {
  find(cluster: string, service: string): Promise<ServiceInfo | undefined>
  tasks(cluster: string, service: string, state: 'RUNNING' | 'STOPPED'): Promise<readonly TaskInfo[]>
  /** Tasks of a family that have ended of late, also those of a service that is gone. */
  stopped(cluster: string, family: string): Promise<readonly TaskInfo[]>
  targets(targetGroup: string): Promise<readonly TargetInfo[]>
  /** Host and port of each task on the internet for one of its ports; undefined where it has none. */
  publicAddresses(cluster: string, tasks: readonly TaskInfo[], port: number): Promise<readonly (string | undefined)[]>
  /** Of the deployment that goes on. */
  shift(cluster: string, service: string): Promise<ShiftInfo | undefined>
  /** In which of a service's two target groups its traffic is; undefined when ECS moves none between two. */
  traffic(cluster: string, service: string): Promise<Side | undefined>
  /** Lets ECS take back the deployment that goes on; false when there is none. */
  takeBack(cluster: string, service: string): Promise<boolean>
  /** The last lines of a task's container, oldest first. */
  lastLines(logGroup: string, stream: string, count: number): Promise<readonly string[]>
  /** Of each container, by its name, as the task definition says. */
  images(taskDefinition: string): Promise<Readonly<Record<string, string>>>
  scale(cluster: string, service: string, count: number): Promise<void>
  /** Deregisters and deletes all revisions of a family; returns how many. */
  removeRevisions(family: string): Promise<number>
}

export interface InstanceInfo {
  readonly id: string
  /** In the cluster. */
  readonly arn: string
  /** Whether it is a machine that is not AWS's. */
  readonly external: boolean
  readonly type: string
  readonly status: string
  readonly gpus: number
  readonly tasks: number
  readonly zone: string
}

export interface Capacity {
  instances(cluster: string): Promise<readonly InstanceInfo[]>
  /** What a scaling group tried since then, newest first. */
  launches(autoScalingGroup: string, since: Date): Promise<readonly Launch[]>
  /** Instances that run, but that the group would not launch like this any more. */
  outdated(autoScalingGroup: string): Promise<readonly string[]>
  /** Brings a scaling group to no instance and waits until they are gone. */
  empty(autoScalingGroup: string): Promise<void>
  /** Takes machines that are not AWS's out of their cluster, which could not go with them. */
  release(cluster: string, instances: readonly string[]): Promise<void>
  /** Lets a scaling group that was emptied have so many instances again. */
  restore(autoScalingGroup: string, least: number, most: number): Promise<void>
}
