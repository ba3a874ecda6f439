import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Call, World } from '../../world.ts'

/** Which capacity of which resource is scaled. */
export interface Scaled {
  readonly namespace: Sdk.ServiceNamespace
  readonly resourceId: string
  readonly dimension: Sdk.ScalableDimension
}

export interface Target extends Scaled {
  readonly arn: string
  least: number
  most: number
  suspended: Required<Sdk.SuspendedState>
  readonly createdAt: Date
  tags: Record<string, string>
}

export interface Policy extends Scaled {
  readonly arn: string
  readonly name: string
  type: Sdk.PolicyType
  step?: Sdk.StepScalingPolicyConfiguration
  tracking?: Sdk.TargetTrackingScalingPolicyConfiguration
  /** Those that target tracking made for itself. */
  alarms: { readonly name: string; readonly arn: string; readonly high: boolean }[]
  readonly createdAt: Date
  /** What it last added, until the cooldown is over: from which capacity on. */
  lastOut?: { readonly at: Date; readonly from: number }
  lastIn?: Date
}

export interface ScheduledAction extends Scaled {
  readonly arn: string
  readonly name: string
  schedule: string
  timezone?: string
  startTime?: Date
  endTime?: Date
  action: Sdk.ScalableTargetAction
  readonly createdAt: Date
  /** Up to when it is known to have happened as often as it should. */
  checkedAt: Date
}

export interface ApplicationAutoScalingState {
  /** By what they scale, policies and scheduled actions by their name too. */
  readonly targets: Record<string, Target>
  readonly policies: Record<string, Policy>
  readonly scheduledActions: Record<string, ScheduledAction>
  /** Newest first. */
  activities: Sdk.ScalingActivity[]
}

export const emptyApplicationAutoScaling = (): ApplicationAutoScalingState => ({
  targets: {},
  policies: {},
  scheduledActions: {},
  activities: [],
})

export const stateOf = (world: World, { region }: Pick<Call, 'region'>): ApplicationAutoScalingState =>
  world.region(region).applicationautoscaling

export const keyOf = ({ namespace, resourceId, dimension }: Scaled, name?: string): string =>
  [namespace, resourceId, dimension, ...(name === undefined ? [] : [name])].join('|')

interface Named {
  readonly ServiceNamespace?: Sdk.ServiceNamespace | undefined
  readonly ResourceId?: string | undefined
  readonly ScalableDimension?: Sdk.ScalableDimension | undefined
}

export const scaledBy = ({
  ServiceNamespace: namespace = 'ecs',
  ResourceId: resourceId = '',
  ScalableDimension: dimension = 'ecs:service:DesiredCount',
}: Named): Scaled => ({ namespace, resourceId, dimension })

export const named = ({ namespace, resourceId, dimension }: Scaled) => ({
  ServiceNamespace: namespace,
  ResourceId: resourceId,
  ScalableDimension: dimension,
})

export const isOf = (one: Scaled, other: Scaled): boolean => keyOf(one) === keyOf(other)
