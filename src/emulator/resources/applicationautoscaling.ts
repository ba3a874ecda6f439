import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import { tagRecord } from '../tags.ts'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface ScheduledAction extends Omit<Sdk.ScheduledAction, 'StartTime' | 'EndTime'> {
  readonly StartTime?: string
  readonly EndTime?: string
}
type TargetProperties = Omit<Sdk.RegisterScalableTargetRequest, 'Tags'> & {
  readonly ScheduledActions?: readonly ScheduledAction[]
  readonly Tags?: unknown
}
type PolicyProperties = Sdk.PutScalingPolicyRequest & { readonly ScalingTargetId?: string }

const ABSENT = ['ObjectNotFoundException']

const api = ({ world }: ResourceContext) => world.services['application-autoscaling']

/** `service/cluster/name|ecs:service:DesiredCount|ecs`: its physical id names what is scaled. */
const scaledOf = (id: string) => {
  const [ResourceId = '', dimension = '', namespace = ''] = id.split('|')
  return {
    ResourceId,
    ScalableDimension: dimension as Sdk.ScalableDimension,
    ServiceNamespace: namespace as Sdk.ServiceNamespace,
  }
}

function register({ ScheduledActions = [], Tags, ...properties }: TargetProperties, context: ResourceContext): string {
  const { ResourceId, ScalableDimension, ServiceNamespace } = properties
  api(context).RegisterScalableTarget({ ...properties, Tags: tagRecord(context.tags(Tags)) }, context.call)
  for (const { StartTime, EndTime, ...action } of ScheduledActions) {
    api(context).PutScheduledAction(
      {
        ...action,
        ServiceNamespace,
        ResourceId,
        ScalableDimension,
        ...(StartTime && { StartTime: new Date(StartTime) }),
        ...(EndTime && { EndTime: new Date(EndTime) }),
      },
      context.call,
    )
  }
  return [ResourceId, ScalableDimension, ServiceNamespace].join('|')
}

const scalableTarget = resource<TargetProperties>({
  stored: ({ ServiceNamespace }) => (ServiceNamespace === 'ecs' ? [] : ['ServiceNamespace']),
  create: register,
  update(id, properties, before, context) {
    register(properties, context)
    for (const { ScheduledActionName } of before.ScheduledActions ?? []) {
      if (properties.ScheduledActions?.some((one) => one.ScheduledActionName === ScheduledActionName)) continue
      api(context).DeleteScheduledAction({ ...scaledOf(id), ScheduledActionName }, context.call)
    }
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(ABSENT, () => api(context).DeregisterScalableTarget(scaledOf(id), context.call)),
  attributes: (id) => ({ Id: id }),
})

const policyInput = ({ ScalingTargetId, ...properties }: PolicyProperties): Sdk.PutScalingPolicyRequest => ({
  ...properties,
  ...(ScalingTargetId !== undefined && scaledOf(ScalingTargetId)),
})

/** Its physical id is its ARN. */
const scalingPolicy = resource<PolicyProperties>({
  stored: ['PredictiveScalingPolicyConfiguration'],
  create: (properties, context) => api(context).PutScalingPolicy(policyInput(properties), context.call).PolicyARN,
  update: (_arn, properties, _before, context) =>
    void api(context).PutScalingPolicy(policyInput(properties), context.call),
  delete: (_arn, properties, context) =>
    ignoringAbsent(ABSENT, () => api(context).DeleteScalingPolicy(policyInput(properties), context.call)),
  attributes: (arn) => ({ Arn: arn }),
})

export const applicationAutoScalingResources = {
  'AWS::ApplicationAutoScaling::ScalableTarget': scalableTarget,
  'AWS::ApplicationAutoScaling::ScalingPolicy': scalingPolicy,
}
