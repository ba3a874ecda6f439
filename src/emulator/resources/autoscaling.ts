import type * as Sdk from '@aws-sdk/client-auto-scaling'
import { autoScalingPartResources } from './autoscaling-parts.ts'
import { changed, notStabilized } from './ec2/shared.ts'
import { type ResourceContext, resource, until } from './resource.ts'

interface GroupTag {
  readonly Key: string
  readonly Value: string
  readonly PropagateAtLaunch: boolean
}

type GroupProperties = Omit<
  Sdk.CreateAutoScalingGroupType,
  'AutoScalingGroupName' | 'MinSize' | 'MaxSize' | 'DesiredCapacity' | 'DefaultCooldown' | 'VPCZoneIdentifier' | 'Tags'
> & {
  readonly AutoScalingGroupName?: string
  readonly MinSize: string
  readonly MaxSize: string
  readonly DesiredCapacity?: string
  readonly Cooldown?: string
  readonly VPCZoneIdentifier?: readonly string[]
  readonly MetricsCollection?: readonly { readonly Granularity: string; readonly Metrics?: string[] }[]
  readonly Tags?: readonly GroupTag[]
}

const api = ({ world }: ResourceContext) => world.services.autoscaling

/** What create and update have in common, in the API's types. */
function settings(properties: GroupProperties) {
  const { MinSize, MaxSize, DesiredCapacity, Cooldown, VPCZoneIdentifier, Tags, MetricsCollection, ...shared } =
    properties
  const { LifecycleHookSpecificationList, LoadBalancerNames, TargetGroupARNs, TrafficSources, ...updatable } = shared
  return {
    ...updatable,
    MinSize: Number(MinSize),
    MaxSize: Number(MaxSize),
    ...(DesiredCapacity !== undefined && { DesiredCapacity: Number(DesiredCapacity) }),
    ...(Cooldown !== undefined && { DefaultCooldown: Number(Cooldown) }),
    ...(VPCZoneIdentifier && { VPCZoneIdentifier: VPCZoneIdentifier.join(',') }),
  }
}

/** The tags of the template, and those of the stack, which reach the instances too. */
const groupTags = (AutoScalingGroupName: string, own: readonly GroupTag[] = [], context: ResourceContext): Sdk.Tag[] =>
  context.tags(own).map(({ Key, Value }) => ({
    ResourceId: AutoScalingGroupName,
    ResourceType: 'auto-scaling-group',
    Key,
    Value,
    PropagateAtLaunch: own.find((tag) => tag.Key === Key)?.PropagateAtLaunch ?? true,
  }))

const groupOf = (name: string, context: ResourceContext) =>
  api(context).DescribeAutoScalingGroups({ AutoScalingGroupNames: [name] }, context.call).AutoScalingGroups[0]

function collectMetrics(
  AutoScalingGroupName: string,
  { MetricsCollection }: GroupProperties,
  context: ResourceContext,
) {
  for (const { Granularity, Metrics } of MetricsCollection ?? []) {
    api(context).EnableMetricsCollection({ AutoScalingGroupName, Granularity, Metrics }, context.call)
  }
}

const SECONDS_BETWEEN_LOOKS = 10
const MOST_LOOKS = 360

/** Looks until it is settled, at most for an hour. Then the last failed activity says what is wrong. */
async function settledWithinAnHour(name: string, context: ResourceContext, settled: () => boolean): Promise<void> {
  let looks = 0
  await until(context, SECONDS_BETWEEN_LOOKS, () => {
    if (settled()) return true
    if (++looks < MOST_LOOKS) return false
    const input = { AutoScalingGroupName: name }
    const [last] = api(context).DescribeScalingActivities(input, context.call).Activities
    throw notStabilized(`Group did not stabilize. Last scaling activity: ${last?.StatusMessage ?? last?.Description}`)
  })
}

const autoScalingGroup = resource<GroupProperties>({
  create(properties, context) {
    const AutoScalingGroupName = properties.AutoScalingGroupName ?? context.name(255)
    const { TargetGroupARNs, LoadBalancerNames, LifecycleHookSpecificationList, TrafficSources } = properties
    api(context).CreateAutoScalingGroup(
      {
        ...settings(properties),
        AutoScalingGroupName,
        TargetGroupARNs,
        LoadBalancerNames,
        LifecycleHookSpecificationList,
        TrafficSources,
        Tags: groupTags(AutoScalingGroupName, properties.Tags, context),
      },
      context.call,
    )
    collectMetrics(AutoScalingGroupName, properties, context)
    return AutoScalingGroupName
  },
  stabilize: (name, context) =>
    settledWithinAnHour(name, context, () => {
      const { Instances = [], MinSize = 0 } = groupOf(name, context) ?? {}
      return Instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length >= MinSize
    }),
  update(AutoScalingGroupName, properties, before, context) {
    api(context).UpdateAutoScalingGroup({ ...settings(properties), AutoScalingGroupName }, context.call)
    const { LifecycleHookSpecificationList: hooks = [] } = properties
    for (const hook of hooks) api(context).PutLifecycleHook({ ...hook, AutoScalingGroupName }, context.call)
    for (const { LifecycleHookName } of before.LifecycleHookSpecificationList ?? []) {
      if (hooks.some((hook) => hook.LifecycleHookName === LifecycleHookName)) continue
      api(context).DeleteLifecycleHook({ AutoScalingGroupName, LifecycleHookName }, context.call)
    }
    if (changed(before.MetricsCollection, properties.MetricsCollection)) {
      api(context).DisableMetricsCollection({ AutoScalingGroupName }, context.call)
      collectMetrics(AutoScalingGroupName, properties, context)
    }
    const Tags = groupTags(AutoScalingGroupName, properties.Tags, context)
    const stale = groupTags(AutoScalingGroupName, before.Tags, context).filter(
      ({ Key }) => !Tags.some((tag) => tag.Key === Key),
    )
    api(context).CreateOrUpdateTags({ Tags }, context.call)
    api(context).DeleteTags({ Tags: stale }, context.call)
  },
  async delete(AutoScalingGroupName, _properties, context) {
    const empty = { AutoScalingGroupName, MinSize: 0, MaxSize: 0, DesiredCapacity: 0 }
    if (!groupOf(AutoScalingGroupName, context)) return
    api(context).UpdateAutoScalingGroup(empty, context.call)
    await settledWithinAnHour(
      AutoScalingGroupName,
      context,
      () => groupOf(AutoScalingGroupName, context)?.Instances.length === 0,
    )
    api(context).DeleteAutoScalingGroup({ AutoScalingGroupName }, context.call)
  },
  attributes: (name, context) => ({ AutoScalingGroupARN: groupOf(name, context)?.AutoScalingGroupARN }),
})

export const autoScalingResources = {
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroup,
  ...autoScalingPartResources,
}
