import type { TaskStopCode } from '@aws-sdk/client-ecs'
import { bellOf } from '../../bell.ts'
import type { World } from '../../world.ts'
import type { TaskState } from './state.ts'

/** Asks a task to end; the first reason stands. */
export function stopTask(world: World, task: TaskState, code: TaskStopCode, reason: string): void {
  if (task.desiredStatus === 'STOPPED') return
  task.desiredStatus = 'STOPPED'
  task.stopCode = code
  task.stoppedReason = reason
  task.stoppingAt = world.clock.now()
  bellOf(world, task.arn).ring()
}
