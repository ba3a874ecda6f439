import { readSchedule } from '../../../formats/schedule.ts'
import type { Call, World } from '../../world.ts'
import { keepBounds } from './capacity.ts'
import { keyOf, type ScheduledAction, stateOf } from './state.ts'

/** Lets everything happen whose time has come. */
export function runSchedules(world: World, call: Call): void {
  const now = world.clock.now()
  for (const scheduled of Object.values(stateOf(world, call).scheduledActions)) {
    const isDue = comesBefore(scheduled, now)
    scheduled.checkedAt = now
    if (isDue) perform(world, call, scheduled)
  }
}

/** Whether its time came after the last look. */
function comesBefore(scheduled: ScheduledAction, now: Date): boolean {
  const { schedule, timezone, startTime = scheduled.createdAt, endTime, checkedAt } = scheduled
  const after = checkedAt < startTime ? new Date(startTime.getTime() - 1) : checkedAt
  const next = readSchedule(schedule, timezone).next(after, startTime)
  return next !== undefined && next <= now && (endTime === undefined || next < endTime)
}

function perform(world: World, call: Call, { name, action, ...scaled }: ScheduledAction): void {
  const target = stateOf(world, call).targets[keyOf(scaled)]
  if (!target || target.suspended.ScheduledScalingSuspended) return
  target.least = action.MinCapacity ?? target.least
  target.most = action.MaxCapacity ?? target.most
  keepBounds(world, call, target, ` while scheduled action ${name} was executed`)
}
