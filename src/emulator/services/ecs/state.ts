import type {
  Attribute,
  CapacityProviderStatus,
  CapacityProviderStrategyItem,
  ClusterSetting,
  ContainerOverride,
  CreateCapacityProviderCommandInput,
  CreateServiceCommandInput,
  DeploymentRolloutState,
  HealthStatus,
  LaunchType,
  LoadBalancer,
  PlacementConstraint,
  PlacementStrategy,
  RegisterTaskDefinitionCommandInput,
  ServiceDeploymentLifecycleStage,
  ServiceDeploymentStatus,
  ServiceEvent,
  Tag,
  TaskDefinitionStatus,
  TaskStopCode,
} from '@aws-sdk/client-ecs'
import type { StartedContainer } from '../../runtime/runtime.ts'

export interface ClusterState {
  readonly arn: string
  readonly name: string
  status: 'ACTIVE' | 'INACTIVE'
  settings: ClusterSetting[]
  capacityProviders: string[]
  defaultStrategy: CapacityProviderStrategyItem[]
  configuration?: object
  /** The ARN of the namespace in which its services connect. */
  defaultNamespace?: string
  tags: Tag[]
}

/** Of AWS Cloud Map. */
export interface NamespaceState {
  readonly id: string
  readonly arn: string
  readonly name: string
}

export interface CapacityProviderState {
  readonly arn: string
  readonly name: string
  status: CapacityProviderStatus
  /** An Auto Scaling group, or instances that ECS manages itself for one cluster. */
  provider?: NonNullable<CreateCapacityProviderCommandInput['autoScalingGroupProvider']>
  managed?: {
    readonly cluster: string
    config: NonNullable<CreateCapacityProviderCommandInput['managedInstancesProvider']>
  }
  tags: Tag[]
}

export interface TaskDefinitionState {
  readonly arn: string
  readonly family: string
  readonly revision: number
  status: TaskDefinitionStatus
  readonly registeredAt: Date
  deregisteredAt?: Date
  /** As it was registered. */
  readonly input: RegisterTaskDefinitionCommandInput
  readonly compatibilities: LaunchType[]
  tags: Tag[]
}

export interface DeploymentState {
  /** `ecs-svc/…` */
  readonly id: string
  status: 'PRIMARY' | 'ACTIVE'
  readonly taskDefinition: string
  desiredCount: number
  failedTasks: number
  /** Failures since the last task that became healthy: what the circuit breaker counts. */
  consecutiveFailures: number
  readonly createdAt: Date
  updatedAt: Date
  rolloutState: DeploymentRolloutState
  rolloutStateReason: string
  /** No new task for a while, after tasks failed again and again. */
  paused?: boolean
  /** Its tasks have taken over, and its alarms are watched a while longer. */
  settledAt?: Date
  /** Its tasks are in the alternate target groups of the service's load balancers. */
  alternate?: boolean
}

/** How far a blue/green, linear or canary deployment has come. */
export interface TrafficShift {
  /** Whose traffic grows: the deployment itself or the one that brings the service back. */
  readonly deploymentId: string
  stage: ServiceDeploymentLifecycleStage
  /** In percent. */
  production: number
  test: number
  /** The bake time of the stage or step. */
  wait?: 'on' | 'over'
}

/** What ECS calls a service deployment: from what was asked for to its success, its stop or the end of its rollback. */
export interface ServiceDeploymentState {
  readonly id: string
  readonly deploymentId: string
  /** Ids of what the service is to be, and of what it was before. */
  readonly revision: string
  readonly source?: string
  /** Its tasks are in the alternate target groups. */
  readonly alternate?: boolean
  readonly input: CreateServiceCommandInput
  status: ServiceDeploymentStatus
  statusReason?: string
  readonly createdAt: Date
  startedAt?: Date
  finishedAt?: Date
  stoppedAt?: Date
  updatedAt: Date
  /** The scheduler has seen the state, which only announces the next one. */
  seen?: boolean
  /** The circuit breaker opened. */
  broken?: boolean
  /** Alarms that went off. */
  alarms?: readonly string[]
  /** Where traffic is moved from one target group to another. */
  shift?: TrafficShift
  rollback?: {
    readonly deploymentId: string
    readonly reason: string
    readonly startedAt: Date
    readonly revision?: string
  }
}

export interface ServiceState {
  readonly arn: string
  readonly name: string
  readonly clusterArn: string
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE'
  /** As created and updated since, the task definition as an ARN. */
  input: CreateServiceCommandInput
  desiredCount: number
  readonly createdAt: Date
  readonly createdBy: string
  deployments: DeploymentState[]
  /** Newest first, at most 100, as AWS keeps them. */
  readonly events: ServiceEvent[]
  /** What a circuit breaker can go back to. */
  lastCompleted?: Pick<DeploymentState, 'id' | 'taskDefinition' | 'alternate'>
  /** The newest deployment that was asked for failed. */
  failure?: { readonly deploymentId: string; readonly reason: string }
  /** The deployments that were asked for, newest first. */
  history?: ServiceDeploymentState[]
  tags: Tag[]
}

export interface ContainerState {
  readonly name: string
  readonly arn: string
  readonly image: string
  readonly essential: boolean
  imageDigest?: string
  /** In the container engine. */
  runtimeId?: string
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED'
  exitCode?: number
  reason?: string
  health: HealthStatus
  ports: {
    readonly containerPort: number
    /** Of the task's address or its instance. */
    readonly hostPort: number
    readonly protocol: 'tcp' | 'udp'
    /** On this machine's loopback; the host port itself where an older version started the container. */
    readonly reachedAt?: number
  }[]
  /** What waits for it has waited as long as its definition allows. */
  overdue?: boolean
  gpuIds: string[]
}

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED'

export interface TaskState {
  readonly arn: string
  readonly id: string
  readonly clusterArn: string
  readonly definitionArn: string
  readonly group: string
  readonly startedBy?: string
  /** Of the request that ran it. */
  readonly clientToken?: string
  readonly serviceArn?: string
  /** Tasks go on with a later deployment of the same task definition. */
  deploymentId?: string
  /** Whose targets its containers are, as its service had them when it was started. */
  readonly loadBalancers?: readonly LoadBalancer[]
  readonly launchType: LaunchType
  readonly capacityProvider?: string
  readonly platformVersion?: string
  readonly network?: NonNullable<CreateServiceCommandInput['networkConfiguration']>
  readonly overrides: readonly ContainerOverride[]
  /** Where a task of its own may run; those of a service run where their service says. */
  readonly placement?: {
    readonly constraints: readonly PlacementConstraint[]
    readonly strategy: readonly PlacementStrategy[]
  }
  /** The provider that gets an instance ready for it. */
  managedBy?: string
  readonly enableExecuteCommand: boolean
  containerInstanceArn?: string
  networkInterface?: {
    readonly id: string
    readonly subnetId: string
    readonly privateIp: string
    readonly macAddress: string
  }
  /** The network of a task with several containers, in the container engine. */
  sharedNetwork?: { readonly runtimeId: string; readonly ports: StartedContainer['ports'] }
  lastStatus: TaskStatus
  desiredStatus: 'RUNNING' | 'STOPPED'
  readonly createdAt: Date
  pullStartedAt?: Date
  pullStoppedAt?: Date
  startedAt?: Date
  stoppingAt?: Date
  stoppedAt?: Date
  stopCode?: TaskStopCode
  stoppedReason?: string
  /** It was in service: its end is no failure of its deployment. */
  wasHealthy?: boolean
  /** It was stopped because a health check failed. */
  failedHealthCheck?: boolean
  /** Its failure is in its deployment's count. */
  counted?: boolean
  /** It has been running for long enough to count as started, where no health check says so. */
  lasted?: boolean
  /** The health check grace period has passed since it was running. */
  graceOver?: boolean
  readonly containers: ContainerState[]
  tags: Tag[]
}

export interface ContainerInstanceState {
  readonly arn: string
  readonly clusterArn: string
  readonly ec2InstanceId: string
  readonly capacityProvider?: string
  /** ECS launched it by itself. */
  readonly managed?: boolean
  status: 'ACTIVE' | 'DRAINING'
  agentConnected: boolean
  readonly registeredAt: Date
  readonly cpu: number
  readonly memoryMiB: number
  readonly gpuIds: readonly string[]
  readonly availabilityZone: string
  attributes: Attribute[]
  tags: Tag[]
  /** Digests of what its tasks have pulled. */
  layers?: readonly string[]
}

export interface EcsState {
  /** All by ARN. */
  readonly clusters: Record<string, ClusterState>
  readonly capacityProviders: Record<string, CapacityProviderState>
  readonly taskDefinitions: Record<string, TaskDefinitionState>
  /** The newest revision number a family ever had. */
  readonly revisions: Record<string, number>
  readonly services: Record<string, ServiceState>
  readonly tasks: Record<string, TaskState>
  readonly containerInstances: Record<string, ContainerInstanceState>
  /** By id. */
  namespaces?: Record<string, NamespaceState>
}

export const emptyEcs = (): EcsState => ({
  clusters: {},
  capacityProviders: {},
  taskDefinitions: {},
  revisions: {},
  services: {},
  tasks: {},
  containerInstances: {},
})
