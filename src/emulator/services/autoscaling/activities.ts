import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { findGroup, listing } from './find.ts'
import { type Activity, type Group, stateOf } from './state.ts'

/** Older ones are dropped; AWS keeps six weeks. */
const MAXIMUM_ACTIVITIES = 500

/** A point in time as causes have it. */
export const at = (world: World): string => `${world.clock.now().toISOString().slice(0, 19)}Z`

/** The sentences of a cause stand two spaces apart. */
export const causeOf = (...sentences: readonly (string | undefined)[]): string =>
  sentences.filter((sentence) => sentence !== undefined).join('  ')

export function beginActivity(
  world: World,
  region: string,
  group: Group,
  { description, cause, subnet, zone }: Record<'description' | 'cause' | 'subnet' | 'zone', string>,
): Activity {
  const state = stateOf(world, { region })
  const activity: Activity = {
    ActivityId: world.random.uuid(),
    AutoScalingGroupName: group.AutoScalingGroupName,
    AutoScalingGroupARN: group.AutoScalingGroupARN,
    Description: description,
    Cause: cause,
    StartTime: world.clock.now(),
    StatusCode: 'InProgress',
    Progress: 0,
    Details: JSON.stringify({ 'Subnet ID': subnet, 'Availability Zone': zone }),
  }
  state.activities = [activity, ...state.activities].slice(0, MAXIMUM_ACTIVITIES)
  return activity
}

/** Ends an activity, if it has not ended. A text says why it did not succeed. */
export function endActivity(
  world: World,
  region: string,
  id: string,
  status: 'Successful' | 'Failed' | 'Cancelled',
  text?: string,
): void {
  const activity = stateOf(world, { region }).activities.find(({ ActivityId }) => ActivityId === id)
  if (!activity || activity.EndTime) return
  activity.StatusCode = status
  activity.EndTime = world.clock.now()
  activity.Progress = 100
  if (text === undefined) return
  activity.StatusMessage = text
  activity.Description += `.  Status Reason: ${text}`
}

export function waitInActivity(world: World, region: string, id: string, waiting: boolean): void {
  const activity = stateOf(world, { region }).activities.find(({ ActivityId }) => ActivityId === id)
  if (!activity) return
  activity.StatusCode = waiting ? 'MidLifecycleAction' : 'InProgress'
  activity.Progress = waiting ? 40 : 60
}

export const activities = (world: World) =>
  ({
    DescribeScalingActivities: (input, call) => {
      const state = stateOf(world, call)
      const { AutoScalingGroupName: name, ActivityIds = [], IncludeDeletedGroups } = input
      if (name !== undefined && !IncludeDeletedGroups) findGroup(state, name)
      const wanted = state.activities.filter(
        ({ AutoScalingGroupName, ActivityId }) =>
          (name === undefined || AutoScalingGroupName === name) &&
          (IncludeDeletedGroups || AutoScalingGroupName in state.groups) &&
          (ActivityIds.length === 0 || ActivityIds.includes(ActivityId)),
      )
      const { items, end } = listing(wanted, { MaxRecords: 100, ...input })
      const shown = items.map((activity) =>
        activity.AutoScalingGroupName in state.groups ? activity : { ...activity, AutoScalingGroupState: 'Deleted' },
      )
      return { Activities: shown, ...end }
    },
  }) satisfies Handlers<typeof Sdk>
