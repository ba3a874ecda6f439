import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { at } from './activities.ts'
import { findGroup, findMember, listing, validationError } from './find.ts'
import { showMember } from './groups.ts'
import { leaveService } from './lifecycle.ts'
import { type Member, stateOf } from './state.ts'

export const instances = (world: World) => {
  const currentActivity = ({ activityId }: Member, call: Call) =>
    stateOf(world, call).activities.find(({ ActivityId }) => ActivityId === activityId)

  return {
    DescribeAutoScalingInstances: (input, call) => {
      const ids = input.InstanceIds ?? []
      const all = Object.values(stateOf(world, call).groups).flatMap(({ AutoScalingGroupName, members }) =>
        members.map((member) => ({ ...showMember(member), AutoScalingGroupName })),
      )
      const wanted = all.filter(({ InstanceId }) => ids.length === 0 || ids.includes(InstanceId))
      const { items, end } = listing(wanted, input)
      return { AutoScalingInstances: items, ...end }
    },

    TerminateInstanceInAutoScalingGroup: ({ InstanceId, ShouldDecrementDesiredCapacity }, call) => {
      const { group, member } = findMember(stateOf(world, call), InstanceId)
      const { DesiredCapacity: before, MinSize } = group
      if (member.LifecycleState.startsWith('Terminating')) return { Activity: currentActivity(member, call) }
      if (ShouldDecrementDesiredCapacity && before <= MinSize) {
        throw validationError(
          `Currently, desiredSize equals minSize (${MinSize}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
        )
      }
      if (ShouldDecrementDesiredCapacity) group.DesiredCapacity -= 1
      const shrinking = ShouldDecrementDesiredCapacity
        ? `, shrinking the capacity from ${before} to ${group.DesiredCapacity}`
        : ''
      const cause = `At ${at(world)} instance ${member.InstanceId} was taken out of service in response to a user request${shrinking}.`
      leaveService(world, call.region, group, member, cause)
      return { Activity: currentActivity(member, call) }
    },

    SetInstanceProtection: ({ AutoScalingGroupName, InstanceIds = [], ProtectedFromScaleIn = false }, call) => {
      const { members } = findGroup(stateOf(world, call), AutoScalingGroupName)
      for (const id of InstanceIds) {
        const member = members.find(({ InstanceId }) => InstanceId === id)
        if (!member) {
          throw validationError(`The instance ${id} is not part of Auto Scaling group ${AutoScalingGroupName}.`)
        }
        member.ProtectedFromScaleIn = ProtectedFromScaleIn
      }
      return {}
    },

    SetInstanceHealth: ({ InstanceId, HealthStatus = 'Healthy' }, call) => {
      findMember(stateOf(world, call), InstanceId).member.HealthStatus = HealthStatus
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
