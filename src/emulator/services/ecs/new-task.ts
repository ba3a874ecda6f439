import type { CapacityProviderStrategyItem, LaunchType, RunTaskCommandInput } from '@aws-sdk/client-ecs'
import { arn, type Call, type World } from '../../world.ts'
import { ecsOf } from './find.ts'
import { type Placement, place } from './placement.ts'
import type { ContainerState, DeploymentState, ServiceState, TaskDefinitionState, TaskState } from './state.ts'
import { targetsOfSide } from './targets.ts'
import { occupy, startTask } from './task-life.ts'

type Origin = Pick<TaskState, 'clusterArn' | 'group' | 'tags'> &
  Partial<
    Pick<
      TaskState,
      | 'startedBy'
      | 'clientToken'
      | 'serviceArn'
      | 'deploymentId'
      | 'loadBalancers'
      | 'network'
      | 'overrides'
      | 'platformVersion'
      | 'enableExecuteCommand'
      | 'placement'
    >
  >

/** A task of a service's deployment. */
export function createTask(world: World, call: Call, service: ServiceState, deployment: DeploymentState): TaskState {
  const { input } = service
  const { taskDefinitions, tasks } = ecsOf(world, call.region)
  const definition = taskDefinitions[deployment.taskDefinition] as TaskDefinitionState
  const siblings = Object.values(tasks).filter(
    ({ deploymentId, desiredStatus }) => deploymentId === deployment.id && desiredStatus === 'RUNNING',
  )
  return addTask(world, call, definition, capacityFor(world, call, service.clusterArn, input, siblings), {
    clusterArn: service.clusterArn,
    group: `service:${service.name}`,
    startedBy: deployment.id,
    serviceArn: service.arn,
    deploymentId: deployment.id,
    loadBalancers: targetsOfSide(input.loadBalancers ?? [], deployment.alternate ?? false),
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    tags:
      input.propagateTags === 'SERVICE'
        ? service.tags
        : input.propagateTags === 'TASK_DEFINITION'
          ? definition.tags
          : [],
    ...(input.networkConfiguration && { network: input.networkConfiguration }),
    ...(input.platformVersion !== undefined && { platformVersion: input.platformVersion }),
  })
}

/** A task of its own, as RunTask starts it: on an instance at once, or not at all, where no capacity provider waits for one. */
export function runTask(
  world: World,
  call: Call,
  definition: TaskDefinitionState,
  clusterArn: string,
  input: RunTaskCommandInput,
): TaskState | Extract<Placement, { lacking: unknown }> {
  const capacity = capacityFor(world, call, clusterArn, input, [])
  const atOnce = capacity.launchType !== 'FARGATE' && capacity.capacityProvider === undefined
  const group = input.group ?? `family:${definition.family}`
  const rules = { constraints: input.placementConstraints ?? [], strategy: input.placementStrategy ?? [] }
  const placed = { clusterArn, group, placement: rules, ...capacity }
  const placement = atOnce ? place(world, call.region, placed, definition) : undefined
  if (placement && 'lacking' in placement) return placement
  const task = addTask(world, call, definition, capacity, {
    clusterArn,
    group,
    placement: rules,
    overrides: input.overrides?.containerOverrides ?? [],
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    tags: [...(input.propagateTags === 'TASK_DEFINITION' ? definition.tags : []), ...(input.tags ?? [])],
    ...(input.clientToken !== undefined && { clientToken: input.clientToken }),
    ...(input.startedBy !== undefined && { startedBy: input.startedBy }),
    ...(input.networkConfiguration && { network: input.networkConfiguration }),
    ...(input.platformVersion !== undefined && { platformVersion: input.platformVersion }),
  })
  if (placement) occupy(task, definition, placement)
  return task
}

interface Capacity {
  readonly launchType: LaunchType
  readonly capacityProvider?: string
}

/** The launch type, or the provider of the strategy that is furthest behind its base and weight. */
function capacityFor(
  world: World,
  call: Call,
  clusterArn: string,
  { launchType, capacityProviderStrategy }: Pick<RunTaskCommandInput, 'launchType' | 'capacityProviderStrategy'>,
  siblings: readonly TaskState[],
): Capacity {
  if (launchType !== undefined) return { launchType }
  const strategy = capacityProviderStrategy ?? ecsOf(world, call.region).clusters[clusterArn]?.defaultStrategy ?? []
  const provider = nextProvider(strategy, siblings)
  if (provider === undefined) return { launchType: 'EC2' }
  if (provider.startsWith('FARGATE')) return { launchType: 'FARGATE', capacityProvider: provider }
  const managed = Object.values(ecsOf(world, call.region).capacityProviders).find(
    ({ name }) => name === provider,
  )?.managed
  return { launchType: managed ? 'MANAGED_INSTANCES' : 'EC2', capacityProvider: provider }
}

function nextProvider(
  strategy: readonly CapacityProviderStrategyItem[],
  siblings: readonly TaskState[],
): string | undefined {
  const count = (name: string | undefined) =>
    siblings.filter(({ capacityProvider }) => capacityProvider === name).length
  const below = strategy.find(({ base = 0, capacityProvider }) => count(capacityProvider) < base)
  if (below) return below.capacityProvider
  const weighted = strategy.filter(({ weight = 0 }) => weight > 0)
  const share = ({ base = 0, weight = 1, capacityProvider }: CapacityProviderStrategyItem) =>
    (count(capacityProvider) - base) / weight
  const [best = strategy[0]] = [...weighted].sort((a, b) => share(a) - share(b))
  return best?.capacityProvider
}

function addTask(
  world: World,
  call: Call,
  definition: TaskDefinitionState,
  capacity: Capacity,
  origin: Origin,
): TaskState {
  const id = world.random.hex(32)
  const cluster = origin.clusterArn.split('/').at(-1)
  const containers = (definition.input.containerDefinitions ?? []).map(
    ({ name = '', image = '', essential }): ContainerState => ({
      name,
      arn: arn(world, 'ecs', call.region, `container/${cluster}/${id}/${world.random.uuid()}`),
      image,
      essential: essential !== false,
      lastStatus: 'PENDING',
      health: 'UNKNOWN',
      ports: [],
      gpuIds: [],
    }),
  )
  const { network, ...rest } = origin
  const task: TaskState = {
    overrides: [],
    enableExecuteCommand: false,
    ...rest,
    ...capacity,
    ...(network && definition.input.networkMode === 'awsvpc' && { network }),
    ...(capacity.launchType === 'FARGATE' && { platformVersion: '1.4.0' }),
    arn: arn(world, 'ecs', call.region, `task/${cluster}/${id}`),
    id,
    definitionArn: definition.arn,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    createdAt: world.clock.now(),
    containers,
  }
  ecsOf(world, call.region).tasks[task.arn] = task
  startTask(world, call.region, task)
  return task
}
