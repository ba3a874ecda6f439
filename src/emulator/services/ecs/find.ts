import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import type { ClusterState, ContainerInstanceState, ServiceState, TaskDefinitionState, TaskState } from './state.ts'

const last = (nameOrArn: string): string => nameOrArn.split('/').at(-1) ?? nameOrArn

export const ecsOf = (world: World, region: string) => world.region(region).ecs

/** By name or ARN; `default` when none is given, as ECS takes it. */
export function findCluster(world: World, call: Call, nameOrArn = 'default'): ClusterState {
  const cluster = Object.values(ecsOf(world, call.region).clusters).find(
    ({ arn, name }) => arn === nameOrArn || name === nameOrArn,
  )
  if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
  if (cluster.status === 'ACTIVE') return cluster
  throw new AwsError('ClusterNotFoundException', 'The referenced cluster was inactive.')
}

export const serviceIn = (
  world: World,
  call: Call,
  cluster: ClusterState,
  nameOrArn: string,
): ServiceState | undefined =>
  Object.values(ecsOf(world, call.region).services).find(
    ({ arn, name, clusterArn }) => arn === nameOrArn || (clusterArn === cluster.arn && name === last(nameOrArn)),
  )

export function findService(world: World, call: Call, cluster: ClusterState, nameOrArn = ''): ServiceState {
  const service = serviceIn(world, call, cluster, nameOrArn)
  if (!service) throw new AwsError('ServiceNotFoundException', 'Service not found.')
  if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
  return service
}

/** `family`, `family:revision` or an ARN; a family alone is its newest active revision. */
export function findTaskDefinition(
  world: World,
  call: Call,
  reference = '',
  missing = 'Unable to describe task definition.',
): TaskDefinitionState {
  const definitions = Object.values(ecsOf(world, call.region).taskDefinitions)
  const [family, revision] = last(reference).split(':')
  const matching = definitions.filter((definition) => definition.family === family)
  const found =
    revision === undefined
      ? matching.filter(({ status }) => status === 'ACTIVE').sort((a, b) => b.revision - a.revision)[0]
      : matching.find((definition) => definition.revision === Number(revision))
  if (found) return found
  throw new AwsError('ClientException', missing)
}

export function findTask(world: World, call: Call, reference = ''): TaskState {
  const task = Object.values(ecsOf(world, call.region).tasks).find(
    ({ arn, id }) => arn === reference || id === last(reference),
  )
  if (task) return task
  throw new AwsError('InvalidParameterException', 'The referenced task was not found.')
}

export const instancesOf = (world: World, region: string, clusterArn: string): ContainerInstanceState[] =>
  Object.values(ecsOf(world, region).containerInstances).filter((instance) => instance.clusterArn === clusterArn)

export const tasksOf = (world: World, region: string, service: ServiceState): TaskState[] =>
  Object.values(ecsOf(world, region).tasks).filter(({ serviceArn }) => serviceArn === service.arn)

/** Whether a service's deployments move traffic from one target group to another. */
export const shifts = ({ input }: ServiceState): boolean =>
  (input.deploymentConfiguration?.strategy ?? 'ROLLING') !== 'ROLLING'

/** Tasks that count: not stopped and not on their way to it. */
export const isActive = ({ desiredStatus }: TaskState): boolean => desiredStatus === 'RUNNING'
