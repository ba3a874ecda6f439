import type { StepAdjustment } from '@aws-sdk/client-application-auto-scaling'
import type { Call, World } from '../../world.ts'
import type { Alarm } from '../cloudwatch/state.ts'
import { bounded, isDeploying, serviceOf, setCapacity } from './capacity.ts'
import { keyOf, type Policy, stateOf } from './state.ts'

/** What ECS services wait by default after they were scaled by target tracking (API reference). */
const TRACKING_COOLDOWN = 300

/** An alarm is in the state in which it invokes a policy: told at the change, and every minute from then on. */
export function onAlarm(
  world: World,
  call: Call,
  policyArn: string,
  alarm: Alarm,
  datapoints: readonly number[],
): void {
  const state = stateOf(world, call)
  const policy = Object.values(state.policies).find(({ arn }) => arn === policyArn)
  const target = policy && state.targets[keyOf(policy)]
  const service = policy && serviceOf(world, call, policy)
  if (!policy || !target || !service) return
  const current = service.desiredCount
  const now = world.clock.now()
  // What an earlier scale-out added counts as part of this one, for as long as it cools down.
  const cooling = policy.lastOut && isWithin(now, policy.lastOut.at, outCooldown(policy))
  const base = cooling && policy.lastOut ? policy.lastOut.from : current
  const proposed = policy.step
    ? stepped(policy.step, alarm, datapoints[0], base)
    : tracked(world, call, policy, alarm, datapoints[0], base)
  if (proposed === undefined) return
  const wanted = bounded(target, proposed)
  const cause = `monitor alarm ${alarm.name} in state ${alarm.state} triggered policy ${policy.name}`
  const { DynamicScalingInSuspended, DynamicScalingOutSuspended } = target.suspended
  if (wanted > current && !DynamicScalingOutSuspended) {
    policy.lastOut = { at: now, from: base }
    delete policy.lastIn
    setCapacity(world, call, policy, wanted, cause)
  } else if (wanted < current && !cooling && !DynamicScalingInSuspended && !isDeploying(service)) {
    if (policy.lastIn && isWithin(now, policy.lastIn, inCooldown(policy))) return
    policy.lastIn = now
    setCapacity(world, call, policy, wanted, cause)
  }
}

const isWithin = (now: Date, since: Date, seconds: number): boolean => now.getTime() - since.getTime() < seconds * 1000

const outCooldown = ({ step, tracking }: Policy): number =>
  step ? (step.Cooldown ?? 0) : (tracking?.ScaleOutCooldown ?? TRACKING_COOLDOWN)
const inCooldown = ({ step, tracking }: Policy): number =>
  step ? (step.Cooldown ?? 0) : (tracking?.ScaleInCooldown ?? TRACKING_COOLDOWN)

/** The capacity that a step asks for; steps are measured from the alarm's threshold. */
function stepped(
  { AdjustmentType, StepAdjustments = [], MinAdjustmentMagnitude = 0 }: NonNullable<Policy['step']>,
  alarm: Alarm,
  value: number | undefined,
  current: number,
): number | undefined {
  const distance = (value ?? alarm.input.Threshold ?? 0) - (alarm.input.Threshold ?? 0)
  const step = StepAdjustments.find((one) => holds(one, distance))
  const { ScalingAdjustment } = step ?? {}
  if (ScalingAdjustment === undefined) return undefined
  if (AdjustmentType === 'ExactCapacity') return ScalingAdjustment
  if (AdjustmentType === 'ChangeInCapacity') return current + ScalingAdjustment
  const share = (current * ScalingAdjustment) / 100
  // Less than one task is one, more than one is rounded down (user guide, "Scaling adjustment types").
  const tasks = Math.sign(share) * (Math.abs(share) < 1 ? Math.ceil(Math.abs(share)) : Math.floor(Math.abs(share)))
  return current + Math.sign(ScalingAdjustment) * Math.max(MinAdjustmentMagnitude, Math.abs(tasks))
}

/** A step has the bound that is nearer to the threshold; the other one is the next step's. */
function holds(
  { MetricIntervalLowerBound: lower = -Infinity, MetricIntervalUpperBound: upper = Infinity }: StepAdjustment,
  distance: number,
): boolean {
  return upper <= 0 ? distance > lower && distance <= upper : distance >= lower && distance < upper
}

/** The capacity at which the metric would be at its target. From none there is no way up: nothing times nothing. */
function tracked(
  world: World,
  call: Call,
  policy: Policy,
  alarm: Alarm,
  value: number | undefined,
  current: number,
): number | undefined {
  const { TargetValue = 1, DisableScaleIn } = policy.tracking ?? {}
  const mine = policy.alarms.find(({ name }) => name === alarm.name)
  if (!mine || value === undefined) return undefined
  const wanted = Math.ceil((current * value) / TargetValue)
  if (mine.high) return Math.max(current, wanted)
  return DisableScaleIn || !allAgree(world, call, policy) ? undefined : Math.min(current, wanted)
}

/** Of several policies that track targets, each has to be ready to scale in. */
function allAgree(world: World, call: Call, policy: Policy): boolean {
  const { alarms } = world.region(call.region).cloudwatch
  return Object.values(stateOf(world, call).policies)
    .filter((one) => keyOf(one) === keyOf(policy) && one.tracking && !one.tracking.DisableScaleIn)
    .every(({ alarms: own }) => own.every(({ name, high }) => high || alarms[name]?.state === 'ALARM'))
}
