import type { PlacementConstraint, PlacementStrategy, TaskDefinitionPlacementConstraint } from '@aws-sdk/client-ecs'
import type { World } from '../../world.ts'
import { clusterQuery, type Subjects } from './cluster-query.ts'
import { ecsOf, instancesOf } from './find.ts'
import { needsOf, type Remaining, remainingOn, type ShortOf, shortOf } from './needs.ts'
import type { ContainerInstanceState, ServiceState, TaskDefinitionState, TaskState } from './state.ts'

export type Lack = ShortOf | 'ATTRIBUTE' | 'memberOf' | 'distinctInstance'

export type Placement =
  | { readonly instance: ContainerInstanceState; readonly gpuIds: readonly string[] }
  /** What each instance that could be asked lacks. */
  | { readonly lacking: readonly { readonly instance: ContainerInstanceState; readonly lack: Lack }[] }

/** What says where a task may run. */
export type Placed = Pick<TaskState, 'clusterArn' | 'serviceArn' | 'capacityProvider' | 'group' | 'launchType'> &
  Partial<Pick<TaskState, 'placement'>>

/** External instances have it (developer guide, "Amazon ECS clusters for external instances"). */
export const EXTERNAL = 'ecs.capability.external'
export const AGENT_VERSION = '1.106.2'

const SPREAD: readonly PlacementStrategy[] = [
  { type: 'spread', field: 'attribute:ecs.availability-zone' },
  { type: 'spread', field: 'instanceId' },
]

interface Candidate {
  readonly instance: ContainerInstanceState
  readonly remaining: Remaining
}

/** The instance for a task by its constraints and strategies and those of its service, or why none will do. */
export function place(world: World, region: string, task: Placed, definition: TaskDefinitionState): Placement {
  const needs = needsOf(definition)
  const suits = suitability(world, region, task, definition)
  const fitting: Candidate[] = []
  const lacking: { instance: ContainerInstanceState; lack: Lack }[] = []
  for (const instance of reachable(world, region, task)) {
    const remaining = remainingOn(world, region, instance)
    const lack = suits(instance) ?? shortOf(needs, remaining)
    if (lack === undefined) fitting.push({ instance, remaining })
    else lacking.push({ instance, lack })
  }
  const { strategy = [] } = rulesOf(world, region, task)
  const [best] = (strategy.length > 0 ? strategy : SPREAD).reduce(
    (left: readonly Candidate[], one) => narrowed(world, region, task, left, one),
    fitting,
  )
  return best ? { instance: best.instance, gpuIds: best.remaining.gpuIds.slice(0, needs.gpus) } : { lacking }
}

/** The instances on which a service that has a task on each instance should have one. */
export function placesOfDaemon(
  world: World,
  region: string,
  { arn, name, clusterArn, input }: ServiceState,
  definition: TaskDefinitionState,
): ContainerInstanceState[] {
  const task = { clusterArn, serviceArn: arn, group: `service:${name}`, launchType: input.launchType ?? 'EC2' }
  const suits = suitability(world, region, task, definition)
  return reachable(world, region, task).filter((instance) => [undefined, 'distinctInstance'].includes(suits(instance)))
}

/** Active instances of the launch type and capacity provider that the task asks for. */
const reachable = (world: World, region: string, { clusterArn, capacityProvider, launchType }: Placed) =>
  instancesOf(world, region, clusterArn).filter(
    (one) =>
      one.status === 'ACTIVE' &&
      one.agentConnected &&
      isExternal(one) === (launchType === 'EXTERNAL') &&
      (capacityProvider === undefined ? one.managed !== true : one.capacityProvider === capacityProvider),
  )

const isExternal = ({ attributes }: ContainerInstanceState): boolean => attributes.some(({ name }) => name === EXTERNAL)

interface Rules {
  readonly constraints?: readonly PlacementConstraint[]
  readonly strategy?: readonly PlacementStrategy[]
  readonly daemon?: boolean
}

function rulesOf(world: World, region: string, { serviceArn, placement }: Placed): Rules {
  const input = serviceArn === undefined ? undefined : ecsOf(world, region).services[serviceArn]?.input
  if (!input) return placement ?? {}
  return {
    constraints: input.placementConstraints ?? [],
    strategy: input.placementStrategy ?? [],
    daemon: input.schedulingStrategy === 'DAEMON',
  }
}

/** What keeps a task off an instance, however much room is there. */
function suitability(
  world: World,
  region: string,
  task: Placed,
  { input }: TaskDefinitionState,
): (instance: ContainerInstanceState) => Lack | undefined {
  const { constraints = [], daemon = false } = rulesOf(world, region, task)
  const all: readonly (PlacementConstraint | TaskDefinitionPlacementConstraint)[] = [
    ...constraints,
    ...(input.placementConstraints ?? []),
  ]
  const queries = all.filter(({ type }) => type === 'memberOf').map(({ expression = '' }) => clusterQuery(expression))
  const distinct = daemon || all.some(({ type }) => type === 'distinctInstance')
  const architecture = input.runtimePlatform?.cpuArchitecture?.toLowerCase()
  return (instance) => {
    const attribute = instance.attributes.find(({ name }) => name === 'ecs.cpu-architecture')?.value
    if (architecture !== undefined && attribute !== undefined && attribute !== architecture) return 'ATTRIBUTE'
    const subjects = subjectsOf(world, region, instance)
    if (!queries.every((query) => query(subjects))) return 'memberOf'
    const taken = tasksHere(world, region, instance).some(({ group }) => group === task.group)
    return distinct && taken ? 'distinctInstance' : undefined
  }
}

const tasksHere = (world: World, region: string, { arn }: ContainerInstanceState): TaskState[] =>
  Object.values(ecsOf(world, region).tasks).filter(
    (one) => one.containerInstanceArn === arn && one.lastStatus !== 'STOPPED',
  )

export const subjectsOf =
  (world: World, region: string, instance: ContainerInstanceState): Subjects =>
  (subject) => {
    const [kind, ...rest] = subject.split(':')
    if (kind === 'attribute') {
      const wanted = rest.join(':')
      return instance.attributes.flatMap(({ name, value = '' }) => (name === wanted ? value : []))
    }
    const here = tasksHere(world, region, instance)
    const known: Readonly<Record<string, readonly string[]>> = {
      'task:group': here.map(({ group }) => group),
      agentConnected: [String(instance.agentConnected)],
      agentVersion: [AGENT_VERSION],
      ec2InstanceId: [instance.ec2InstanceId],
      registeredAt: [instance.registeredAt.toISOString()],
      runningTasksCount: [String(here.filter(({ lastStatus }) => lastStatus === 'RUNNING').length)],
    }
    return known[subject] ?? []
  }

/** The candidates that a strategy likes best. */
function narrowed(
  world: World,
  region: string,
  task: Placed,
  candidates: readonly Candidate[],
  { type, field = '' }: PlacementStrategy,
): Candidate[] {
  if (type === 'random') return candidates.slice(Math.floor(world.random.fraction() * candidates.length)).slice(0, 1)
  const rank = type === 'binpack' ? leftOver(field) : crowd(world, region, task, field)
  const ranks = candidates.map(rank)
  const least = Math.min(...ranks)
  return candidates.filter((_, index) => ranks[index] === least)
}

const leftOver =
  (field: string) =>
  ({ remaining }: Candidate): number =>
    field.toLowerCase() === 'cpu' ? remaining.cpu : remaining.memoryMiB

/** How many tasks of the same service or group run where the field has the same value. */
function crowd(world: World, region: string, task: Placed, field: string): (candidate: Candidate) => number {
  const placeOf = (instance: ContainerInstanceState) => {
    if (!field.startsWith('attribute:')) return instance.arn
    return instance.attributes.find(({ name }) => `attribute:${name}` === field)?.value ?? ''
  }
  const instances = instancesOf(world, region, task.clusterArn)
  return ({ instance }) =>
    instances
      .filter((one) => placeOf(one) === placeOf(instance))
      .flatMap((one) => tasksHere(world, region, one))
      .filter(({ group }) => group === task.group).length
}

const IN_WORDS: Readonly<Record<Lack, string>> = {
  GPU: 'has insufficient GPU resource available',
  CPU: 'has insufficient CPU units available',
  MEMORY: 'has insufficient memory available',
  PORTS: 'is already using a port required by your task',
  ATTRIBUTE: 'is missing an attribute required by your task',
  memberOf: 'encountered error "MemberOf placement constraint unsatisfied."',
  distinctInstance: 'encountered error "DistinctInstance placement constraint unsatisfied."',
}

/** Why RunTask placed no task on an instance. */
export const failureReason = (lack: Lack): string =>
  lack === 'memberOf' || lack === 'distinctInstance'
    ? `${lack === 'memberOf' ? 'MemberOf' : 'DistinctInstance'} placement constraint unsatisfied.`
    : lack === 'ATTRIBUTE'
      ? 'ATTRIBUTE'
      : `RESOURCE:${lack}`

/** Why no instance took a service's task, as its events tell it. */
export function placementFailure({ lacking }: Extract<Placement, { lacking: unknown }>, provider?: string): string {
  const closest = lacking.at(-1)
  const why = closest
    ? `The closest matching (container-instance ${closest.instance.arn.split('/').at(-1)}) ${IN_WORDS[closest.lack]}.`
    : `Reason: No Container Instances were found in your ${provider === undefined ? 'cluster' : 'capacity provider'}.`
  return `was unable to place a task because no container instance met all of its requirements. ${why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`
}
