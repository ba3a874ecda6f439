import type * as Sdk from '@aws-sdk/client-auto-scaling'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

type HookProperties = Omit<Sdk.PutLifecycleHookType, 'LifecycleHookName'> & { readonly LifecycleHookName?: string }
type PolicyProperties = Omit<Sdk.PutScalingPolicyType, 'PolicyName' | 'Cooldown'> & { readonly Cooldown?: string }
type ActionProperties = Omit<Sdk.PutScheduledUpdateGroupActionType, 'ScheduledActionName' | 'StartTime' | 'EndTime'> & {
  readonly StartTime?: string
  readonly EndTime?: string
}

const api = ({ world }: ResourceContext) => world.services.autoscaling

/** A group that is gone took them with it. */
const ABSENT = ['ValidationError']

const lifecycleHook = resource<HookProperties>({
  create(properties, context) {
    const LifecycleHookName = properties.LifecycleHookName ?? context.name(255)
    api(context).PutLifecycleHook({ ...properties, LifecycleHookName }, context.call)
    return LifecycleHookName
  },
  update(LifecycleHookName, properties, _before, context) {
    api(context).PutLifecycleHook({ ...properties, LifecycleHookName }, context.call)
  },
  delete: (LifecycleHookName, { AutoScalingGroupName }, context) =>
    ignoringAbsent(ABSENT, () =>
      api(context).DeleteLifecycleHook({ AutoScalingGroupName, LifecycleHookName }, context.call),
    ),
})

const policyInput = ({ Cooldown, ...properties }: PolicyProperties, PolicyName: string) => ({
  ...properties,
  PolicyName,
  ...(Cooldown !== undefined && { Cooldown: Number(Cooldown) }),
})

const policyName = (arn: string): string => arn.split(':policyName/').at(-1) ?? ''

/** Its physical id is its ARN. */
const scalingPolicy = resource<PolicyProperties>({
  create: (properties, context) =>
    api(context).PutScalingPolicy(policyInput(properties, context.name(255)), context.call).PolicyARN,
  update(arn, properties, _before, context) {
    api(context).PutScalingPolicy(policyInput(properties, policyName(arn)), context.call)
  },
  delete: (PolicyName, _properties, context) =>
    ignoringAbsent(ABSENT, () => api(context).DeletePolicy({ PolicyName }, context.call)),
  attributes: (arn) => ({ Arn: arn, PolicyName: policyName(arn) }),
})

const actionInput = ({ StartTime, EndTime, ...properties }: ActionProperties, ScheduledActionName: string) => ({
  ...properties,
  ScheduledActionName,
  ...(StartTime && { StartTime: new Date(StartTime) }),
  ...(EndTime && { EndTime: new Date(EndTime) }),
})

const scheduledAction = resource<ActionProperties>({
  create(properties, context) {
    const name = context.name(255)
    api(context).PutScheduledUpdateGroupAction(actionInput(properties, name), context.call)
    return name
  },
  update(name, properties, _before, context) {
    api(context).PutScheduledUpdateGroupAction(actionInput(properties, name), context.call)
  },
  delete: (ScheduledActionName, { AutoScalingGroupName }, context) =>
    ignoringAbsent(ABSENT, () =>
      api(context).DeleteScheduledAction({ AutoScalingGroupName, ScheduledActionName }, context.call),
    ),
  attributes: (name) => ({ ScheduledActionName: name }),
})

/** Its physical id is the group's name. */
const warmPool = resource<Sdk.PutWarmPoolType>({
  stored: ['InstanceReusePolicy', 'MaxGroupPreparedCapacity', 'MinSize', 'PoolState'],
  create(properties, context) {
    api(context).PutWarmPool(properties, context.call)
    return properties.AutoScalingGroupName ?? ''
  },
  update(_id, properties, _before, context) {
    api(context).PutWarmPool(properties, context.call)
  },
  delete: (AutoScalingGroupName, _properties, context) =>
    ignoringAbsent(ABSENT, () => api(context).DeleteWarmPool({ AutoScalingGroupName }, context.call)),
})

export const autoScalingPartResources = {
  'AWS::AutoScaling::LifecycleHook': lifecycleHook,
  'AWS::AutoScaling::ScalingPolicy': scalingPolicy,
  'AWS::AutoScaling::ScheduledAction': scheduledAction,
  'AWS::AutoScaling::WarmPool': warmPool,
}
