import type { ContainerDefinition, PlacementStrategy } from '@aws-sdk/client-ecs'
import type { World } from '../../world.ts'
import { sizeIn } from './checks.ts'
import { ecsOf, instancesOf } from './find.ts'
import type { ContainerInstanceState, TaskDefinitionState, TaskState } from './state.ts'

/** What a task takes from an instance. */
export interface Needs {
  readonly cpu: number
  readonly memoryMiB: number
  readonly gpus: number
  readonly hostPorts: readonly number[]
}

export function needsOf({ input }: TaskDefinitionState): Needs {
  const containers = input.containerDefinitions ?? []
  const host = input.networkMode === 'host'
  const sum = (of: (container: ContainerDefinition) => number) => containers.reduce((total, one) => total + of(one), 0)
  return {
    cpu: input.cpu === undefined ? sum(({ cpu = 0 }) => cpu) : sizeIn(input.cpu, 'vcpu'),
    memoryMiB:
      input.memory === undefined
        ? sum(({ memory = 0, memoryReservation = memory }) => memoryReservation)
        : sizeIn(input.memory, 'gb'),
    gpus: sum(gpusOf),
    hostPorts: containers.flatMap(({ portMappings = [] }) =>
      portMappings.flatMap(({ containerPort = 0, hostPort = 0 }) => (host ? containerPort : hostPort) || []),
    ),
  }
}

export const gpusOf = ({ resourceRequirements = [] }: ContainerDefinition): number =>
  resourceRequirements.reduce((total, { type, value }) => total + (type === 'GPU' ? Number(value) : 0), 0)

/** What is left on an instance, and which of its GPUs no task has. */
export interface Remaining {
  readonly cpu: number
  readonly memoryMiB: number
  readonly gpuIds: readonly string[]
  readonly hostPorts: ReadonlySet<number>
}

export function remainingOn(world: World, region: string, instance: ContainerInstanceState): Remaining {
  const { tasks, taskDefinitions } = ecsOf(world, region)
  const here = Object.values(tasks).filter(
    (task) => task.containerInstanceArn === instance.arn && task.lastStatus !== 'STOPPED',
  )
  const needs = here.flatMap(({ definitionArn }) => {
    const definition = taskDefinitions[definitionArn]
    return definition ? [needsOf(definition)] : []
  })
  const taken = new Set(here.flatMap(({ containers }) => containers.flatMap(({ gpuIds }) => gpuIds)))
  return {
    cpu: instance.cpu - needs.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryMiB: instance.memoryMiB - needs.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
    gpuIds: instance.gpuIds.filter((id) => !taken.has(id)),
    hostPorts: new Set(needs.flatMap(({ hostPorts }) => hostPorts)),
  }
}

export type Lack = 'GPU' | 'CPU' | 'MEMORY' | 'PORTS' | 'distinctInstance'

export type Placement =
  | { readonly instance: ContainerInstanceState; readonly gpuIds: readonly string[] }
  /** What each instance that could be asked lacks. */
  | { readonly lacking: readonly { readonly instance: ContainerInstanceState; readonly lack: Lack }[] }

/** What says where a task may run. */
type Placed = Pick<TaskState, 'clusterArn' | 'serviceArn' | 'capacityProvider'>

/** The instance for a task by its service's constraints and strategies, or why none will do. */
export function place(world: World, region: string, task: Placed, definition: TaskDefinitionState): Placement {
  const service = task.serviceArn === undefined ? undefined : ecsOf(world, region).services[task.serviceArn]
  const distinct = service?.input.placementConstraints?.some(({ type }) => type === 'distinctInstance') ?? false
  const instances = instancesOf(world, region, task.clusterArn).filter(
    ({ status, agentConnected, capacityProvider }) =>
      status === 'ACTIVE' &&
      agentConnected &&
      (task.capacityProvider === undefined || capacityProvider === task.capacityProvider),
  )
  const needs = needsOf(definition)
  const fitting: { instance: ContainerInstanceState; remaining: Remaining }[] = []
  const lacking: { instance: ContainerInstanceState; lack: Lack }[] = []
  for (const instance of instances) {
    const remaining = remainingOn(world, region, instance)
    const lack =
      lackOf(needs, remaining) ?? (distinct && serves(world, region, instance, task) ? 'distinctInstance' : undefined)
    if (lack === undefined) fitting.push({ instance, remaining })
    else lacking.push({ instance, lack })
  }
  const tasksOn = (instance: ContainerInstanceState) =>
    Object.values(ecsOf(world, region).tasks).filter(
      (one) => one.containerInstanceArn === instance.arn && one.lastStatus !== 'STOPPED',
    ).length
  const tasksIn = (zone: string) =>
    instances.filter(({ availabilityZone }) => availabilityZone === zone).reduce((sum, one) => sum + tasksOn(one), 0)
  const [strategy = { type: 'spread', field: 'attribute:ecs.availability-zone' } as PlacementStrategy] =
    service?.input.placementStrategy ?? []
  const rank = ({ instance, remaining }: (typeof fitting)[number]) => {
    if (strategy.type === 'binpack') return strategy.field === 'cpu' ? remaining.cpu : remaining.memoryMiB
    return strategy.field?.includes('zone')
      ? tasksIn(instance.availabilityZone) * 1000 + tasksOn(instance)
      : tasksOn(instance)
  }
  const [best] = [...fitting].sort((a, b) => rank(a) - rank(b))
  return best ? { instance: best.instance, gpuIds: best.remaining.gpuIds.slice(0, needs.gpus) } : { lacking }
}

function lackOf(needs: Needs, remaining: Remaining): Lack | undefined {
  if (needs.gpus > remaining.gpuIds.length) return 'GPU'
  if (needs.cpu > remaining.cpu) return 'CPU'
  if (needs.memoryMiB > remaining.memoryMiB) return 'MEMORY'
  if (needs.hostPorts.some((port) => remaining.hostPorts.has(port))) return 'PORTS'
  return undefined
}

const IN_WORDS: Readonly<Record<Lack, string>> = {
  GPU: 'has insufficient GPU resource available',
  CPU: 'has insufficient CPU units available',
  MEMORY: 'has insufficient memory available',
  PORTS: 'is already using a port required by your task',
  distinctInstance: 'is already in use by a task of this service',
}

/** Why no instance took a service's task, as its events tell it. */
export function placementFailure({ lacking }: Extract<Placement, { lacking: unknown }>, provider?: string): string {
  const closest = lacking.at(-1)
  const why = closest
    ? `The closest matching (container-instance ${closest.instance.arn.split('/').at(-1)}) ${IN_WORDS[closest.lack]}.`
    : `Reason: No Container Instances were found in your ${provider === undefined ? 'cluster' : 'capacity provider'}.`
  return `was unable to place a task because no container instance met all of its requirements. ${why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`
}

const serves = (world: World, region: string, instance: ContainerInstanceState, { serviceArn }: Placed): boolean =>
  Object.values(ecsOf(world, region).tasks).some(
    (one) => one.serviceArn === serviceArn && one.containerInstanceArn === instance.arn && one.lastStatus !== 'STOPPED',
  )
