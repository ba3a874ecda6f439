import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { Call, World } from '../../world.ts'

/** A shape of the SDK, of which some members are known to be there. */
type With<Shape, Known extends keyof Shape> = Shape & { [Name in Known]-?: NonNullable<Shape[Name]> }

/** A lifecycle action that an instance waits for. Its time is counted down, as AWS's time may run faster than the clock. */
export interface LifecycleAction {
  readonly hook: string
  readonly token: string
  /** Until the action times out for want of a heartbeat, and at the latest. */
  secondsLeft: number
  secondsAtMost: number
}

export type Member = With<
  Sdk.Instance,
  'InstanceId' | 'AvailabilityZone' | 'LifecycleState' | 'HealthStatus' | 'ProtectedFromScaleIn'
> & {
  readonly spot: boolean
  /** The activity that is about this instance now. */
  activityId: string
  actions: LifecycleAction[]
  /** Whether EC2 has been asked to terminate it. */
  terminated: boolean
}

export type LifecycleHook = With<
  Sdk.LifecycleHook,
  | 'LifecycleHookName'
  | 'AutoScalingGroupName'
  | 'LifecycleTransition'
  | 'HeartbeatTimeout'
  | 'GlobalTimeout'
  | 'DefaultResult'
>
export type Activity = With<
  Sdk.Activity,
  'ActivityId' | 'AutoScalingGroupName' | 'Description' | 'Cause' | 'StatusCode'
>

export type Group = With<
  Omit<Sdk.AutoScalingGroup, 'Instances'>,
  | 'AutoScalingGroupName'
  | 'AutoScalingGroupARN'
  | 'MinSize'
  | 'MaxSize'
  | 'DesiredCapacity'
  | 'AvailabilityZones'
  | 'VPCZoneIdentifier'
  | 'SuspendedProcesses'
  | 'EnabledMetrics'
  | 'Tags'
> & {
  members: Member[]
  readonly hooks: Record<string, LifecycleHook>
  /** Why the desired capacity is what it is: the first sentence of the causes to come. */
  reason?: string
  /** How many instances are to be replaced because they were unhealthy. */
  unhealthy: number
  /** After a launch that failed: the seconds until the next one, and how many they were. */
  retry?: { secondsLeft: number; readonly seconds: number }
}

export interface AutoScalingState {
  readonly groups: Record<string, Group>
  /** The newest first. They stay when their group has gone. */
  activities: Activity[]
  /** By group and name. Kept, but nothing acts on them. */
  readonly policies: Record<string, With<Sdk.ScalingPolicy, 'AutoScalingGroupName' | 'PolicyName' | 'PolicyARN'>>
  readonly scheduledActions: Record<
    string,
    With<Sdk.ScheduledUpdateGroupAction, 'AutoScalingGroupName' | 'ScheduledActionName' | 'ScheduledActionARN'>
  >
  readonly warmPools: Record<string, Sdk.WarmPoolConfiguration>
}

export const emptyAutoScaling = (): AutoScalingState => ({
  groups: {},
  activities: [],
  policies: {},
  scheduledActions: {},
  warmPools: {},
})

/** A group takes with it what is kept for it; its activities stay. */
export function removeGroup(state: AutoScalingState, name: string): void {
  delete state.groups[name]
  delete state.warmPools[name]
  for (const kept of [state.policies, state.scheduledActions]) {
    for (const [key, { AutoScalingGroupName }] of Object.entries(kept)) {
      if (AutoScalingGroupName === name) delete kept[key]
    }
  }
}

export const stateOf = (world: World, { region }: Pick<Call, 'region'>): AutoScalingState =>
  world.region(region).autoscaling
