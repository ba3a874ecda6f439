import type { StateValue } from '@aws-sdk/client-cloudwatch'
import type { Call, World } from '../../world.ts'
import { onAlarm } from '../applicationautoscaling/policies-at-work.ts'
import type { Evaluation } from './evaluation.ts'
import { note } from './history.ts'
import type { Alarm } from './state.ts'

export interface Finding {
  readonly state: StateValue
  readonly reason: string
  readonly data?: string
  readonly datapoints?: readonly number[]
}

/** Gives an alarm a state. A change of it is told to those that the alarm names; a scaling policy hears of it every time. */
export function setState(
  world: World,
  call: Call,
  alarm: Alarm,
  { state, reason, data, datapoints = [] }: Finding,
): void {
  const before = alarm.state
  const now = world.clock.now()
  const changed = before !== state
  if (changed || alarm.reason !== reason) alarm.updatedAt = now
  Object.assign(alarm, { state, reason })
  if (data !== undefined) alarm.reasonData = data
  if (changed) {
    alarm.changedAt = now
    note(world, call, alarm.name, 'StateUpdate', `Alarm updated from ${before} to ${state}`, {
      oldState: { stateValue: before },
      newState: { stateValue: state, stateReason: reason },
    })
  }
  if (alarm.input.ActionsEnabled === false) return
  for (const action of actionsIn(alarm, state)) act(world, call, alarm, action, changed, datapoints)
}

function actionsIn(
  { input: { AlarmActions, OKActions, InsufficientDataActions } }: Alarm,
  state: StateValue,
): string[] {
  return (state === 'ALARM' ? AlarmActions : state === 'OK' ? OKActions : InsufficientDataActions) ?? []
}

function act(
  world: World,
  call: Call,
  alarm: Alarm,
  action: string,
  changed: boolean,
  datapoints: Evaluation['datapoints'],
): void {
  const isPolicy = action.includes(':autoscaling:') && action.includes(':scalingPolicy:')
  if (isPolicy) onAlarm(world, call, action, alarm, datapoints)
  if (!changed) return
  const text = isPolicy ? 'Successfully executed action' : 'The embedded AWS does not perform the action'
  note(world, call, alarm.name, 'Action', `${text} ${action}`, { actionState: isPolicy ? 'Succeeded' : 'Failed' })
}
