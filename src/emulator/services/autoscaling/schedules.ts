import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { findGroup, listing, validationError } from './find.ts'
import { stateOf } from './state.ts'

const keyOf = (group: string | undefined, name: string | undefined): string => `${group}/${name}`

/** Policies, scheduled actions and warm pools: kept, but nothing acts on them. */
export const schedules = (world: World) => {
  const newArn = (call: Call, kind: string, group: string, name: string) =>
    arn(world, 'autoscaling', call.region, `${kind}:${world.random.uuid()}:autoScalingGroupName/${group}:${name}`)

  return {
    PutScalingPolicy: ({ AutoScalingGroupName = '', PolicyName = '', ...policy }, call) => {
      const { policies } = stateOf(world, call)
      findGroup(stateOf(world, call), AutoScalingGroupName)
      const key = keyOf(AutoScalingGroupName, PolicyName)
      const PolicyARN =
        policies[key]?.PolicyARN ?? newArn(call, 'scalingPolicy', AutoScalingGroupName, `policyName/${PolicyName}`)
      policies[key] = {
        PolicyType: 'SimpleScaling',
        Enabled: true,
        ...policy,
        AutoScalingGroupName,
        PolicyName,
        PolicyARN,
      }
      return { PolicyARN, Alarms: [] }
    },

    DescribePolicies: ({ AutoScalingGroupName, PolicyNames = [], ...paging }, call) => {
      const wanted = Object.values(stateOf(world, call).policies).filter(
        (policy) =>
          (AutoScalingGroupName === undefined || policy.AutoScalingGroupName === AutoScalingGroupName) &&
          (PolicyNames.length === 0 ||
            PolicyNames.some((name) => name === policy.PolicyName || name === policy.PolicyARN)),
      )
      const { items, end } = listing(wanted, paging)
      return { ScalingPolicies: items, ...end }
    },

    DeletePolicy: ({ AutoScalingGroupName, PolicyName }, call) => {
      const { policies } = stateOf(world, call)
      const policy = Object.values(policies).find(
        (policy) =>
          policy.PolicyARN === PolicyName ||
          (policy.PolicyName === PolicyName && policy.AutoScalingGroupName === AutoScalingGroupName),
      )
      if (!policy) throw validationError(`Policy not found - No scaling policy found with name ${PolicyName}`)
      delete policies[keyOf(policy.AutoScalingGroupName, policy.PolicyName)]
      return {}
    },

    PutScheduledUpdateGroupAction: ({ AutoScalingGroupName = '', ScheduledActionName = '', ...action }, call) => {
      const { scheduledActions } = stateOf(world, call)
      findGroup(stateOf(world, call), AutoScalingGroupName)
      const key = keyOf(AutoScalingGroupName, ScheduledActionName)
      const name = `scheduledActionName/${ScheduledActionName}`
      const ScheduledActionARN =
        scheduledActions[key]?.ScheduledActionARN ??
        newArn(call, 'scheduledUpdateGroupAction', AutoScalingGroupName, name)
      scheduledActions[key] = { ...action, AutoScalingGroupName, ScheduledActionName, ScheduledActionARN }
      return {}
    },

    DescribeScheduledActions: ({ AutoScalingGroupName, ScheduledActionNames = [], ...paging }, call) => {
      const wanted = Object.values(stateOf(world, call).scheduledActions).filter(
        (action) =>
          (AutoScalingGroupName === undefined || action.AutoScalingGroupName === AutoScalingGroupName) &&
          (ScheduledActionNames.length === 0 || ScheduledActionNames.includes(action.ScheduledActionName)),
      )
      const { items, end } = listing(wanted, paging)
      return { ScheduledUpdateGroupActions: items, ...end }
    },

    DeleteScheduledAction: ({ AutoScalingGroupName, ScheduledActionName }, call) => {
      const { scheduledActions } = stateOf(world, call)
      const key = keyOf(AutoScalingGroupName, ScheduledActionName)
      if (!scheduledActions[key]) throw validationError(`Scheduled action name not found - ${ScheduledActionName}`)
      delete scheduledActions[key]
      return {}
    },

    PutWarmPool: ({ AutoScalingGroupName = '', ...configuration }, call) => {
      findGroup(stateOf(world, call), AutoScalingGroupName)
      stateOf(world, call).warmPools[AutoScalingGroupName] = { MinSize: 0, PoolState: 'Stopped', ...configuration }
      return {}
    },

    DescribeWarmPool: ({ AutoScalingGroupName }, call) => {
      const { AutoScalingGroupName: name } = findGroup(stateOf(world, call), AutoScalingGroupName)
      return { WarmPoolConfiguration: stateOf(world, call).warmPools[name], Instances: [] }
    },

    DeleteWarmPool: ({ AutoScalingGroupName = '' }, call) => {
      findGroup(stateOf(world, call), AutoScalingGroupName)
      delete stateOf(world, call).warmPools[AutoScalingGroupName]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
