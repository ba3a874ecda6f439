import { bellOf } from '../../bell.ts'
import { OWNER_LABEL } from '../../runtime/labels.ts'
import type { ContainerEvent } from '../../runtime/runtime.ts'
import type { World } from '../../world.ts'
import { holdTasks } from './activities.ts'
import { followLogs } from './log-driver.ts'
import type { ContainerState, TaskState } from './state.ts'
import { stopTask } from './stop-task.ts'
import { startTask } from './task-life.ts'

/** The exit code of a container that the engine has forgotten. */
const KILLED = 137

/** Hears what the containers do, and takes up the tasks that were there before a restart. */
export function watchContainers(world: World): void {
  world.background(async (signal) => {
    world.runtime.watch((event) => hear(world, event), signal)
    const adoption = adopt(world, signal)
    holdTasks(world, adoption)
    await adoption
  })
}

function hear(world: World, event: ContainerEvent): void {
  for (const { ecs } of Object.values(world.state.regions)) {
    for (const task of Object.values(ecs.tasks)) {
      const container = task.containers.find(({ runtimeId }) => runtimeId === event.id)
      if (!container) continue
      if (event.type === 'health') container.health = event.status
      else exited(world, task, container, event.exitCode, event.outOfMemory)
      bellOf(world, task.arn).ring()
      if (task.serviceArn !== undefined) bellOf(world, task.serviceArn).ring()
    }
  }
}

function exited(
  world: World,
  task: TaskState,
  container: ContainerState,
  exitCode: number,
  outOfMemory: boolean,
): void {
  container.lastStatus = 'STOPPED'
  container.exitCode = exitCode
  if (outOfMemory) container.reason = 'OutOfMemoryError: Container killed due to memory usage'
  if (container.essential) stopTask(world, task, 'EssentialContainerExited', 'Essential container in task exited')
}

/** Containers that still run are followed on; tasks whose containers are gone have ended; strays are removed. */
async function adopt(world: World, signal: AbortSignal): Promise<void> {
  // Requests may come in while the engine is asked: their tasks are started already.
  const before = Object.entries(world.state.regions).flatMap(([region, { ecs }]) =>
    Object.values(ecs.tasks).map((task) => ({ region, task, definition: ecs.taskDefinitions[task.definitionArn] })),
  )
  const known = new Map((await world.runtime.find({ [OWNER_LABEL]: world.id })).map((found) => [found.id, found]))
  for (const { region, task, definition } of before) {
    if (task.sharedNetwork && task.lastStatus !== 'STOPPED') known.delete(task.sharedNetwork.runtimeId)
    for (const container of task.containers) {
      const { runtimeId } = container
      if (runtimeId === undefined || container.lastStatus !== 'RUNNING') continue
      const found = known.get(runtimeId)
      known.delete(runtimeId)
      if (found?.health) container.health = found.health
      if (definition) followLogs(world, { region, requestId: world.random.uuid() }, task, definition, container, signal)
      if (!found?.running) exited(world, task, container, found?.exitCode ?? KILLED, found?.outOfMemory ?? false)
    }
    startTask(world, region, task)
  }
  for (const id of known.keys()) await world.runtime.remove(id)
}
