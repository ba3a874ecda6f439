import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import type { World } from '../../world.ts'
import { ecsOf } from './find.ts'
import { sizeIn } from './sizes.ts'
import type { ContainerInstanceState, TaskDefinitionState } from './state.ts'

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

/** Share of an instance's memory that its system keeps: a 16 GiB instance registers about 15.3 GiB (measured on g6.xlarge). */
const SYSTEM_SHARE = 0.045

export const memoryForTasks = (memoryMiB: number): number => Math.floor(memoryMiB * (1 - SYSTEM_SHARE))

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

export type ShortOf = 'GPU' | 'CPU' | 'MEMORY' | 'PORTS'

export function shortOf(needs: Needs, remaining: Remaining): ShortOf | undefined {
  if (needs.gpus > remaining.gpuIds.length) return 'GPU'
  if (needs.cpu > remaining.cpu) return 'CPU'
  if (needs.memoryMiB > remaining.memoryMiB) return 'MEMORY'
  if (needs.hostPorts.some((port) => remaining.hostPorts.has(port))) return 'PORTS'
  return undefined
}
