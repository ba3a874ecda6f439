import type * as Sdk from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { clusterQuery } from './cluster-query.ts'
import { ecsOf, findCluster, instancesOf } from './find.ts'
import { remainingOn } from './needs.ts'
import { AGENT_VERSION, EXTERNAL, subjectsOf } from './placement.ts'
import type { ClusterState, ContainerInstanceState } from './state.ts'
import { stopTask } from './stop-task.ts'

export const containerInstances = (world: World) => {
  const find = (call: Call, cluster: ClusterState, reference = ''): ContainerInstanceState | undefined =>
    instancesOf(world, call.region, cluster.arn).find(
      (one) => one.arn === reference || one.arn.endsWith(`/${reference}`),
    )

  return {
    ListContainerInstances: ({ cluster: reference, status, filter, maxResults = 100, nextToken }, call) => {
      const cluster = findCluster(world, call, reference)
      const matches = filter === undefined ? () => true : clusterQuery(filter)
      const arns = instancesOf(world, call.region, cluster.arn)
        .filter((instance) => status === undefined || instance.status === status)
        .filter((instance) => matches(subjectsOf(world, call.region, instance)))
        .map((instance) => instance.arn)
      const { items, next } = page(arns, maxResults, nextToken)
      return { containerInstanceArns: items, ...(next && { nextToken: next }) }
    },

    DescribeContainerInstances: ({ cluster: reference, containerInstances: references = [] }, call) => {
      const cluster = findCluster(world, call, reference)
      const found = references.map((one) => ({ one, instance: find(call, cluster, one) }))
      return {
        containerInstances: found.flatMap(({ instance }) => (instance ? [description(world, call, instance)] : [])),
        failures: found
          .filter(({ instance }) => !instance)
          .map(({ one }) => ({
            arn: one.startsWith('arn:')
              ? one
              : arn(world, 'ecs', call.region, `container-instance/${cluster.name}/${one}`),
            reason: 'MISSING',
          })),
      }
    },

    UpdateContainerInstancesState: ({ cluster: reference, containerInstances: references = [], status }, call) => {
      const cluster = findCluster(world, call, reference)
      const instances = references.flatMap((one) => find(call, cluster, one) ?? [])
      for (const instance of instances)
        setStatus(world, call.region, instance, status === 'DRAINING' ? 'DRAINING' : 'ACTIVE')
      return { containerInstances: instances.map((instance) => description(world, call, instance)), failures: [] }
    },

    /** What an agent calls; an instance that is not AWS's has no identity document that names one of its own. */
    RegisterContainerInstance: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const identity = identityOf(input.instanceIdentityDocument)
      const external = !String(identity.instanceId).startsWith('i-')
      const amount = (wanted: string) => input.totalResources?.find(({ name }) => name === wanted)?.integerValue ?? 0
      const known = find(call, cluster, input.containerInstanceArn)
      const instance: ContainerInstanceState = {
        arn: known?.arn ?? arn(world, 'ecs', call.region, `container-instance/${cluster.name}/${world.random.hex(32)}`),
        clusterArn: cluster.arn,
        ec2InstanceId: identity.instanceId ?? `mi-${world.random.hex(17)}`,
        status: 'ACTIVE',
        agentConnected: true,
        registeredAt: world.clock.now(),
        cpu: amount('CPU'),
        memoryMiB: amount('MEMORY'),
        gpuIds: (input.platformDevices ?? []).flatMap(({ id = '', type }) => (type === 'GPU' ? id : [])),
        availabilityZone: identity.availabilityZone ?? '',
        attributes: [...(input.attributes ?? []), ...(external ? [{ name: EXTERNAL }] : [])],
        tags: input.tags ?? [],
      }
      ecsOf(world, call.region).containerInstances[instance.arn] = instance
      return { containerInstance: description(world, call, instance) }
    },

    DeregisterContainerInstance: ({ cluster: reference, containerInstance, force = false }, call) => {
      const cluster = findCluster(world, call, reference)
      const instance = find(call, cluster, containerInstance)
      if (!instance) throw new AwsError('InvalidParameterException', 'Instance is not registered in the cluster.')
      const running = tasksOn(world, call.region, instance)
      if (running.length > 0 && !force) {
        throw new AwsError('InvalidParameterException', 'Found running tasks on the instance.')
      }
      const described = description(world, call, instance)
      delete ecsOf(world, call.region).containerInstances[instance.arn]
      return { containerInstance: { ...described, status: 'INACTIVE' } }
    },
  } satisfies Handlers<typeof Sdk>
}

interface Identity {
  readonly instanceId?: string
  readonly availabilityZone?: string
}

function identityOf(document = '{}'): Identity {
  try {
    return { ...(JSON.parse(document) as Identity) }
  } catch {
    throw new AwsError('InvalidParameterException', 'The instance identity document is invalid.')
  }
}

export const tasksOn = (world: World, region: string, { arn: instanceArn }: ContainerInstanceState) =>
  Object.values(ecsOf(world, region).tasks).filter(
    (task) => task.containerInstanceArn === instanceArn && task.lastStatus !== 'STOPPED',
  )

/** A draining instance takes no new tasks; its services' tasks are stopped, and started elsewhere by their services. */
export function setStatus(
  world: World,
  region: string,
  instance: ContainerInstanceState,
  status: ContainerInstanceState['status'],
): void {
  instance.status = status
  if (status !== 'DRAINING') return
  for (const task of tasksOn(world, region, instance)) {
    if (task.serviceArn !== undefined) {
      stopTask(
        world,
        task,
        'ServiceSchedulerInitiated',
        `Scaling activity initiated by (deployment ${task.deploymentId})`,
      )
    }
  }
}

function description(world: World, { region }: Call, instance: ContainerInstanceState): Sdk.ContainerInstance {
  const remaining = remainingOn(world, region, instance)
  const tasks = tasksOn(world, region, instance)
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    version: 1,
    versionInfo: { agentVersion: AGENT_VERSION, dockerVersion: 'DockerVersion: 25.0.16' },
    status: instance.status,
    agentConnected: instance.agentConnected,
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ lastStatus }) => ['PENDING', 'ACTIVATING'].includes(lastStatus)).length,
    registeredAt: instance.registeredAt,
    attributes: instance.attributes,
    attachments: [],
    tags: instance.tags,
    registeredResources: resources(instance.cpu, instance.memoryMiB, instance.gpuIds, []),
    remainingResources: resources(remaining.cpu, remaining.memoryMiB, remaining.gpuIds, [...remaining.hostPorts]),
    ...(instance.capacityProvider !== undefined && { capacityProviderName: instance.capacityProvider }),
  }
}

/** Ports that the agent and SSH keep for themselves. */
const RESERVED_PORTS = [22, 2375, 2376, 51678, 51679]

const resources = (
  cpu: number,
  memory: number,
  gpuIds: readonly string[],
  ports: readonly number[],
): Sdk.Resource[] => [
  { name: 'CPU', type: 'INTEGER', integerValue: cpu, doubleValue: 0, longValue: 0 },
  { name: 'MEMORY', type: 'INTEGER', integerValue: memory, doubleValue: 0, longValue: 0 },
  {
    name: 'PORTS',
    type: 'STRINGSET',
    integerValue: 0,
    doubleValue: 0,
    longValue: 0,
    stringSetValue: [...RESERVED_PORTS, ...ports].map(String),
  },
  { name: 'PORTS_UDP', type: 'STRINGSET', integerValue: 0, doubleValue: 0, longValue: 0, stringSetValue: [] },
  ...(gpuIds.length > 0
    ? [{ name: 'GPU', type: 'STRINGSET', integerValue: 0, doubleValue: 0, longValue: 0, stringSetValue: [...gpuIds] }]
    : []),
]
