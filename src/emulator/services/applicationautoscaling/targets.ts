import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { keepBounds, serviceOf } from './capacity.ts'
import { isOf, keyOf, named, type Scaled, scaledBy, stateOf, type Target } from './state.ts'

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message)

const ROLE = 'ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService'

export function findTarget(world: World, call: Call, scaled: Scaled): Target {
  const target = stateOf(world, call).targets[keyOf(scaled)]
  if (target) return target
  throw new AwsError(
    'ObjectNotFoundException',
    `No scalable target registered for service namespace: ${scaled.namespace}, resource ID: ${scaled.resourceId}, scalable dimension: ${scaled.dimension}`,
  )
}

export const targets = (world: World) => {
  const description = (target: Target): Sdk.ScalableTarget => ({
    ServiceNamespace: target.namespace,
    ResourceId: target.resourceId,
    ScalableDimension: target.dimension,
    MinCapacity: target.least,
    MaxCapacity: target.most,
    RoleARN: `arn:aws:iam::${world.account}:role/aws-service-role/${ROLE}`,
    CreationTime: target.createdAt,
    SuspendedState: target.suspended,
    ScalableTargetARN: target.arn,
  })
  const byArn = (call: Call, wanted: string | undefined): Target => {
    const found = Object.values(stateOf(world, call).targets).find((one) => one.arn === wanted)
    if (found) return found
    throw new AwsError('ResourceNotFoundException', `Scalable target ${wanted} not found.`, 404)
  }

  return {
    RegisterScalableTarget: (input, call) => {
      const scaled = scaledBy(input)
      const state = stateOf(world, call)
      const known = state.targets[keyOf(scaled)]
      const least = input.MinCapacity ?? known?.least
      const most = input.MaxCapacity ?? known?.most
      if (least === undefined || most === undefined) {
        throw invalid('Minimum and maximum capacity must be specified when a scalable target is registered first.')
      }
      if (least > most) throw invalid('Maximum capacity cannot be less than minimum capacity')
      if (least < 0) throw invalid('Minimum capacity cannot be less than 0')
      if (scaled.namespace === 'ecs' && !serviceOf(world, call, scaled)) {
        throw invalid(`ECS service doesn't exist: ${scaled.resourceId}`)
      }
      const target: Target = {
        ...scaled,
        arn:
          known?.arn ?? arn(world, 'application-autoscaling', call.region, `scalable-target/${world.random.hex(32)}`),
        least,
        most,
        suspended: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
          ...known?.suspended,
          ...input.SuspendedState,
        },
        createdAt: known?.createdAt ?? world.clock.now(),
        tags: { ...known?.tags, ...input.Tags },
      }
      state.targets[keyOf(scaled)] = target
      keepBounds(world, call, target)
      return { ScalableTargetARN: target.arn }
    },

    DescribeScalableTargets: (input, call) => {
      const { ServiceNamespace, ResourceIds, ScalableDimension, MaxResults = 50, NextToken } = input
      const wanted = Object.values(stateOf(world, call).targets).filter(
        ({ namespace, resourceId, dimension }) =>
          namespace === ServiceNamespace &&
          (!ResourceIds?.length || ResourceIds.includes(resourceId)) &&
          (ScalableDimension === undefined || dimension === ScalableDimension),
      )
      const { items, next } = page(wanted, MaxResults, NextToken)
      return { ScalableTargets: items.map(description), ...(next && { NextToken: next }) }
    },

    /** Takes with it what scales the target. */
    DeregisterScalableTarget: (input, call) => {
      const state = stateOf(world, call)
      const target = findTarget(world, call, scaledBy(input))
      delete state.targets[keyOf(target)]
      const { 'application-autoscaling': own } = world.services
      for (const policy of Object.values(state.policies).filter((one) => isOf(one, target))) {
        own.DeleteScalingPolicy({ ...named(policy), PolicyName: policy.name }, call)
      }
      for (const [key, action] of Object.entries(state.scheduledActions)) {
        if (isOf(action, target)) delete state.scheduledActions[key]
      }
      return {}
    },

    DescribeScalingActivities: (input, call) => {
      const { ServiceNamespace, ResourceId, ScalableDimension, MaxResults = 50, NextToken } = input
      const wanted = stateOf(world, call).activities.filter(
        (one) =>
          one.ServiceNamespace === ServiceNamespace &&
          (ResourceId === undefined || one.ResourceId === ResourceId) &&
          (ScalableDimension === undefined || one.ScalableDimension === ScalableDimension),
      )
      const { items, next } = page(wanted, MaxResults, NextToken)
      return { ScalingActivities: items, ...(next && { NextToken: next }) }
    },

    TagResource: ({ ResourceARN, Tags }, call) => {
      Object.assign(byArn(call, ResourceARN).tags, Tags)
      return {}
    },

    UntagResource: ({ ResourceARN, TagKeys = [] }, call) => {
      const { tags } = byArn(call, ResourceARN)
      for (const key of TagKeys) delete tags[key]
      return {}
    },

    ListTagsForResource: ({ ResourceARN }, call) => ({ Tags: { ...byArn(call, ResourceARN).tags } }),
  } satisfies Handlers<typeof Sdk>
}
