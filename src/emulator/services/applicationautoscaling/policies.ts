import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { keyOf, named, type Policy, type Scaled, scaledBy, stateOf } from './state.ts'
import { findTarget, invalid } from './targets.ts'
import { putTrackingAlarms } from './tracking.ts'

function check({
  PolicyType,
  StepScalingPolicyConfiguration: step,
  TargetTrackingScalingPolicyConfiguration: tracking,
}: Sdk.PutScalingPolicyRequest): void {
  if (PolicyType === 'StepScaling' && !step?.StepAdjustments?.length) {
    throw invalid('StepScalingPolicyConfiguration with step adjustments must be specified for step scaling.')
  }
  if (PolicyType !== 'TargetTrackingScaling') return
  if (!tracking) throw invalid('TargetTrackingScalingPolicyConfiguration must be specified for target tracking.')
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom, TargetValue } = tracking
  if (!predefined === !custom) throw invalid('Either a predefined or a customized metric must be specified.')
  if (TargetValue === undefined || TargetValue <= 0) throw invalid('The target value must be greater than 0.')
}

export const policies = (world: World) => {
  const find = (call: Call, scaled: Scaled, name = ''): Policy => {
    const policy = stateOf(world, call).policies[keyOf(scaled, name)]
    if (policy) return policy
    throw new AwsError(
      'ObjectNotFoundException',
      `No scaling policy found for service namespace: ${scaled.namespace}, resource ID: ${scaled.resourceId}, scalable dimension: ${scaled.dimension}, policy name: ${name}`,
    )
  }
  const alarmsOf = ({ alarms }: Policy): Sdk.Alarm[] =>
    alarms.map(({ name, arn: AlarmARN }) => ({ AlarmName: name, AlarmARN }))
  const deleteAlarms = ({ alarms }: Policy, call: Call) => {
    const known = world.region(call.region).cloudwatch.alarms
    const AlarmNames = alarms.map(({ name }) => name).filter((name) => name in known)
    world.services.monitoring.DeleteAlarms({ AlarmNames }, call)
  }

  return {
    PutScalingPolicy: (input, call) => {
      const scaled = scaledBy(input)
      const { PolicyName: name = '', PolicyType: type = 'StepScaling' } = input
      findTarget(world, call, scaled)
      check({ ...input, PolicyType: type })
      const state = stateOf(world, call)
      const known = state.policies[keyOf(scaled, name)]
      const resource = `scalingPolicy:${world.random.uuid()}:resource/${scaled.namespace}/${scaled.resourceId}:policyName/${name}`
      const { StepScalingPolicyConfiguration: step, TargetTrackingScalingPolicyConfiguration: tracking } = input
      const policy: Policy = {
        ...scaled,
        name,
        arn: known?.arn ?? arn(world, 'autoscaling', call.region, resource),
        type,
        alarms: known?.alarms ?? [],
        createdAt: known?.createdAt ?? world.clock.now(),
        ...(step && { step }),
        ...(tracking && { tracking }),
      }
      state.policies[keyOf(scaled, name)] = policy
      putTrackingAlarms(world, call, policy)
      return { PolicyARN: policy.arn, Alarms: alarmsOf(policy) }
    },

    DescribeScalingPolicies: (input, call) => {
      const { ServiceNamespace, ResourceId, ScalableDimension, PolicyNames, MaxResults = 50, NextToken } = input
      const wanted = Object.values(stateOf(world, call).policies).filter(
        ({ namespace, resourceId, dimension, name }) =>
          namespace === ServiceNamespace &&
          (ResourceId === undefined || resourceId === ResourceId) &&
          (ScalableDimension === undefined || dimension === ScalableDimension) &&
          (!PolicyNames?.length || PolicyNames.includes(name)),
      )
      const { items, next } = page(wanted, MaxResults, NextToken)
      return {
        ScalingPolicies: items.map((policy) => ({
          ...named(policy),
          PolicyARN: policy.arn,
          PolicyName: policy.name,
          PolicyType: policy.type,
          ...(policy.step && { StepScalingPolicyConfiguration: policy.step }),
          ...(policy.tracking && { TargetTrackingScalingPolicyConfiguration: policy.tracking }),
          Alarms: alarmsOf(policy),
          CreationTime: policy.createdAt,
        })),
        ...(next && { NextToken: next }),
      }
    },

    DeleteScalingPolicy: (input, call) => {
      const scaled = scaledBy(input)
      const policy = find(call, scaled, input.PolicyName)
      deleteAlarms(policy, call)
      delete stateOf(world, call).policies[keyOf(scaled, policy.name)]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
