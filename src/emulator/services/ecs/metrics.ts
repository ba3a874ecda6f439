import type { ContainerUsage } from '../../runtime/runtime.ts'
import type { World } from '../../world.ts'
import { measure } from '../cloudwatch/metrics.ts'
import { needsOf } from './needs.ts'
import type { TaskState } from './state.ts'

/** What ECS measures of each service in a minute: the share of what its tasks reserve, once for each running task. */
export async function reportTasks(world: World, region: string, at: Date): Promise<void> {
  const { services, tasks, taskDefinitions } = world.region(region).ecs
  const running = Object.values(tasks).filter(
    ({ lastStatus, serviceArn }) => lastStatus === 'RUNNING' && serviceArn !== undefined,
  )
  if (running.length === 0) return
  const usage = await world.runtime.usage(running.flatMap(containersOf))
  for (const task of running) {
    const [, cluster = '', service = ''] = services[task.serviceArn ?? '']?.arn.split('/') ?? []
    const definition = taskDefinitions[task.definitionArn]
    if (!definition) continue
    const { cpu, memoryMiB } = needsOf(definition)
    const taken = sumOf(containersOf(task).flatMap((id) => usage.get(id) ?? []))
    const report = (name: string, share: number) => {
      const dimensions = { ClusterName: cluster, ServiceName: service }
      measure(world, region, { namespace: 'AWS/ECS', name, dimensions, value: share * 100, unit: 'Percent', at })
    }
    // Of nothing there is no share.
    if (cpu > 0) report('CPUUtilization', taken.cpuUnits / cpu)
    if (memoryMiB > 0) report('MemoryUtilization', taken.memoryMiB / memoryMiB)
  }
}

const containersOf = ({ containers }: TaskState): string[] => containers.flatMap(({ runtimeId }) => runtimeId ?? [])

const sumOf = (all: readonly ContainerUsage[]): ContainerUsage => ({
  cpuUnits: all.reduce((sum, { cpuUnits }) => sum + cpuUnits, 0),
  memoryMiB: all.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
})
