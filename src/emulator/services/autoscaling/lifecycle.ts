import type { World } from '../../world.ts'
import { at, beginActivity, endActivity, waitInActivity } from './activities.ts'
import type { Group, LifecycleAction, Member } from './state.ts'

type Transition = 'autoscaling:EC2_INSTANCE_LAUNCHING' | 'autoscaling:EC2_INSTANCE_TERMINATING'

const newActions = (world: World, group: Group, transition: Transition): LifecycleAction[] =>
  Object.values(group.hooks)
    .filter(({ LifecycleTransition }) => LifecycleTransition === transition)
    .map(({ LifecycleHookName, HeartbeatTimeout, GlobalTimeout }) => ({
      hook: LifecycleHookName,
      token: world.random.uuid(),
      secondsLeft: HeartbeatTimeout,
      secondsAtMost: GlobalTimeout,
    }))

/** Puts a running instance into service, or lets it wait for the hooks on its launch. */
export function enterService(world: World, region: string, group: Group, member: Member): void {
  member.actions = newActions(world, group, 'autoscaling:EC2_INSTANCE_LAUNCHING')
  if (member.actions.length === 0) {
    serve(world, region, member)
  } else {
    member.LifecycleState = 'Pending:Wait'
    waitInActivity(world, region, member.activityId, true)
  }
}

function serve(world: World, region: string, member: Member): void {
  member.LifecycleState = 'InService'
  endActivity(world, region, member.activityId, 'Successful')
}

/** Takes an instance out of service. It waits for the hooks on its termination, unless these are to be skipped. */
export function leaveService(
  world: World,
  region: string,
  group: Group,
  member: Member,
  cause: string,
  { hooks = true }: { readonly hooks?: boolean } = {},
): void {
  const subnet = world.region(region).ec2.instances[member.InstanceId]?.SubnetId ?? ''
  const activity = beginActivity(world, region, group, {
    description: `Terminating EC2 instance: ${member.InstanceId}`,
    cause,
    subnet,
    zone: member.AvailabilityZone,
  })
  endActivity(world, region, member.activityId, 'Cancelled')
  member.activityId = activity.ActivityId
  member.actions = hooks ? newActions(world, group, 'autoscaling:EC2_INSTANCE_TERMINATING') : []
  member.LifecycleState = member.actions.length > 0 ? 'Terminating:Wait' : 'Terminating'
  if (member.actions.length > 0) waitInActivity(world, region, member.activityId, true)
  else terminate(world, region, member)
}

function terminate(world: World, region: string, member: Member): void {
  member.terminated = true
  const instance = world.region(region).ec2.instances[member.InstanceId]
  if (!instance) return
  const call = { region, requestId: world.random.uuid() }
  world.services.ec2.TerminateInstances({ InstanceIds: [member.InstanceId] }, call)
}

/** Ends a lifecycle action. Nothing else waits for an instance whose launch is abandoned. */
export function complete(
  world: World,
  region: string,
  group: Group,
  member: Member,
  action: LifecycleAction,
  result: string,
  why = `Lifecycle Action Completed with ${result} Result`,
): void {
  member.actions = result === 'ABANDON' ? [] : member.actions.filter((other) => other !== action)
  if (member.LifecycleState === 'Pending:Wait' && result === 'ABANDON') {
    const text = `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${action.token} was abandoned: ${why}`
    endActivity(world, region, member.activityId, 'Cancelled', text)
    leaveService(
      world,
      region,
      group,
      member,
      `At ${at(world)} an instance was taken out of service in response to a launch lifecycle action that was abandoned.`,
    )
    return
  }
  if (member.actions.length > 0) return
  waitInActivity(world, region, member.activityId, false)
  if (member.LifecycleState === 'Pending:Wait') serve(world, region, member)
  if (member.LifecycleState === 'Terminating:Wait') {
    member.LifecycleState = 'Terminating:Proceed'
    terminate(world, region, member)
  }
}

/** Counts down the actions that an instance waits for. */
export function waitOn(world: World, region: string, group: Group, member: Member, seconds: number): void {
  for (const action of [...member.actions]) {
    if (!member.actions.includes(action)) continue
    action.secondsLeft -= seconds
    action.secondsAtMost -= seconds
    if (action.secondsLeft > 0 && action.secondsAtMost > 0) continue
    const result = group.hooks[action.hook]?.DefaultResult ?? 'ABANDON'
    complete(world, region, group, member, action, result, 'Heartbeat Timeout')
  }
}

/** Forgets an instance that EC2 no longer has. */
export function forget(world: World, region: string, group: Group, member: Member): void {
  endActivity(world, region, member.activityId, 'Successful')
  group.members = group.members.filter((other) => other !== member)
}
