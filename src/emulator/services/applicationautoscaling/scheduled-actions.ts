import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import { readSchedule } from '../../../formats/schedule.ts'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type World } from '../../world.ts'
import { keyOf, named, type ScheduledAction, scaledBy, stateOf } from './state.ts'
import { findTarget, invalid } from './targets.ts'

function checkSchedule(schedule: string, timezone: string | undefined): void {
  try {
    readSchedule(schedule, timezone)
  } catch (error) {
    throw invalid(`Invalid schedule ${schedule}: ${(error as Error).message}`)
  }
}

const description = (one: ScheduledAction): Sdk.ScheduledAction => ({
  ...named(one),
  ScheduledActionName: one.name,
  ScheduledActionARN: one.arn,
  Schedule: one.schedule,
  ...(one.timezone !== undefined && { Timezone: one.timezone }),
  ...(one.startTime && { StartTime: one.startTime }),
  ...(one.endTime && { EndTime: one.endTime }),
  ScalableTargetAction: one.action,
  CreationTime: one.createdAt,
})

export const scheduledActions = (world: World) =>
  ({
    PutScheduledAction: (input, call) => {
      const scaled = scaledBy(input)
      findTarget(world, call, scaled)
      const { scheduledActions: all } = stateOf(world, call)
      const { ScheduledActionName: name = '' } = input
      const known = all[keyOf(scaled, name)]
      const { Schedule: schedule = known?.schedule ?? '', Timezone: timezone = known?.timezone } = input
      const { StartTime: startTime = known?.startTime, EndTime: endTime = known?.endTime } = input
      checkSchedule(schedule, timezone)
      const resource = `scheduledAction:${world.random.uuid()}:resource/${scaled.namespace}/${scaled.resourceId}:scheduledActionName/${name}`
      const now = world.clock.now()
      all[keyOf(scaled, name)] = {
        ...scaled,
        name,
        arn: known?.arn ?? arn(world, 'autoscaling', call.region, resource),
        schedule,
        action: input.ScalableTargetAction ?? known?.action ?? {},
        createdAt: known?.createdAt ?? now,
        checkedAt: now,
        ...(timezone !== undefined && { timezone }),
        ...(startTime && { startTime }),
        ...(endTime && { endTime }),
      }
      return {}
    },

    DescribeScheduledActions: (input, call) => {
      const { ServiceNamespace, ResourceId, ScalableDimension, ScheduledActionNames, MaxResults = 50 } = input
      const wanted = Object.values(stateOf(world, call).scheduledActions).filter(
        ({ namespace, resourceId, dimension, name }) =>
          namespace === ServiceNamespace &&
          (ResourceId === undefined || resourceId === ResourceId) &&
          (ScalableDimension === undefined || dimension === ScalableDimension) &&
          (!ScheduledActionNames?.length || ScheduledActionNames.includes(name)),
      )
      const { items, next } = page(wanted, MaxResults, input.NextToken)
      return { ScheduledActions: items.map(description), ...(next && { NextToken: next }) }
    },

    DeleteScheduledAction: (input, call) => {
      const { scheduledActions: all } = stateOf(world, call)
      const key = keyOf(scaledBy(input), input.ScheduledActionName)
      if (!all[key]) {
        throw new AwsError(
          'ObjectNotFoundException',
          `No scheduled action found with name ${input.ScheduledActionName}`,
        )
      }
      delete all[key]
      return {}
    },
  }) satisfies Handlers<typeof Sdk>
