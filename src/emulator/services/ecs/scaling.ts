import type { Call, World } from '../../world.ts'
import { addServiceEvent } from './deployments.ts'
import { createTask } from './new-task.ts'
import type { DeploymentState, ServiceState, TaskState } from './state.ts'
import { stopTask } from './stop-task.ts'

export function startTasks(
  world: World,
  call: Call,
  service: ServiceState,
  deployment: DeploymentState,
  count: number,
): void {
  const started = Array.from({ length: Math.max(0, count) }, () => createTask(world, call, service, deployment))
  if (started.length === 0) return
  addServiceEvent(
    world,
    service,
    `has started ${started.length} tasks: ${started.map(({ id }) => `(task ${id})`).join(' ')}.`,
  )
}

export function stopSurplus(
  world: World,
  service: ServiceState,
  tasks: readonly TaskState[],
  { id }: DeploymentState,
): void {
  if (tasks.length === 0) return
  for (const task of tasks)
    stopTask(world, task, 'ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${id})`)
  addServiceEvent(
    world,
    service,
    `has stopped ${tasks.length} running tasks: ${tasks.map((task) => `(task ${task.id})`).join(' ')}.`,
  )
}
