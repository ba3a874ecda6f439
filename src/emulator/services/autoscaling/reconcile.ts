import { AwsError } from '../../errors.ts'
import type { World } from '../../world.ts'
import type { Subnet } from '../ec2/state.ts'
import { at, beginActivity, causeOf, endActivity } from './activities.ts'
import { active, type Launch, launchesIn, subnetsOf } from './launching.ts'
import { enterService, forget, leaveService, waitOn } from './lifecycle.ts'
import { type Group, type Member, removeGroup, stateOf } from './state.ts'

/** How often a group is compared with what it should be. */
const PERIOD = 5
const FIRST_RETRY = 60
const LAST_RETRY = 900

/** Keeps a group at its desired capacity until it is gone. */
export function tend(world: World, region: string, name: string): void {
  world.background(async (signal) => {
    for (;;) {
      await world.clock.sleep(PERIOD * 1000, signal)
      const group = stateOf(world, { region }).groups[name]
      if (!group) return
      reconcile(world, region, group)
    }
  })
}

function reconcile(world: World, region: string, group: Group): void {
  for (const member of [...group.members]) observe(world, region, group, member)
  if (group.Status !== undefined) {
    if (group.members.length === 0) removeGroup(stateOf(world, { region }), group.AutoScalingGroupName)
    return
  }
  const surplus = active(group).length - group.DesiredCapacity
  if (surplus < 0) launchMissing(world, region, group)
  if (surplus > 0 && !isSuspended(group, 'Terminate')) shrink(world, region, group, surplus)
  if (active(group).length === group.DesiredCapacity) delete group.reason
}

const isSuspended = ({ SuspendedProcesses }: Group, process: string): boolean =>
  SuspendedProcesses.some(({ ProcessName }) => ProcessName === process)

/** Brings a member to what its instance is now. */
function observe(world: World, region: string, group: Group, member: Member): void {
  const state = world.region(region).ec2.instances[member.InstanceId]?.State.Name ?? 'terminated'
  if (member.LifecycleState.startsWith('Terminating')) {
    if (state === 'terminated') forget(world, region, group, member)
    else waitOn(world, region, group, member, PERIOD)
    return
  }
  if (state !== 'pending' && state !== 'running') member.HealthStatus = 'Unhealthy'
  if (member.HealthStatus === 'Unhealthy' && !isSuspended(group, 'ReplaceUnhealthy')) {
    replace(world, region, group, member, state)
  } else if (member.LifecycleState === 'Pending' && state === 'running') {
    enterService(world, region, group, member)
  } else if (member.LifecycleState === 'Pending:Wait') {
    waitOn(world, region, group, member, PERIOD)
  }
}

function replace(world: World, region: string, group: Group, member: Member, state: string): void {
  const check =
    state === 'pending' || state === 'running'
      ? 'a user health-check.'
      : 'an EC2 health check indicating it has been terminated or stopped.'
  if (member.LifecycleState.startsWith('Pending')) {
    endActivity(
      world,
      region,
      member.activityId,
      'Failed',
      'Instance became unhealthy while waiting for instance to be in InService state.',
    )
  }
  group.unhealthy += 1
  leaveService(
    world,
    region,
    group,
    member,
    `At ${at(world)} an instance was taken out of service in response to ${check}`,
  )
}

function launchMissing(world: World, region: string, group: Group): void {
  if (isSuspended(group, 'Launch')) return
  if (group.retry && group.retry.secondsLeft > 0) {
    group.retry.secondsLeft -= PERIOD
    return
  }
  const from = active(group).length
  while (active(group).length < group.DesiredCapacity) {
    if (!launchOne(world, region, group, from)) {
      const seconds = Math.min((group.retry?.seconds ?? FIRST_RETRY / 2) * 2, LAST_RETRY)
      group.retry = { seconds, secondsLeft: seconds }
      return
    }
  }
  delete group.retry
}

/** Launches in the zone that has the fewest instances, else in the next one. Returns whether a zone had one. */
function launchOne(world: World, region: string, group: Group, from: number): boolean {
  const inZone = ({ AvailabilityZone }: Subnet) =>
    active(group).filter((member) => member.AvailabilityZone === AvailabilityZone).length
  const subnets = subnetsOf(world, region, group)
    .map((subnet) => ({ subnet, count: inZone(subnet) }))
    .sort((a, b) => a.count - b.count)
  const zones = new Map(subnets.map(({ subnet }) => [subnet.AvailabilityZone, subnet]))
  return [...zones.values()].some((subnet) => launchInSubnet(world, region, group, from, subnet))
}

function launchInSubnet(world: World, region: string, group: Group, from: number, subnet: Subnet): boolean {
  const why =
    group.unhealthy > 0
      ? `At ${at(world)} an instance was launched in response to an unhealthy instance needing to be replaced.`
      : `At ${at(world)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${from} to ${group.DesiredCapacity}.`
  const activity = beginActivity(world, region, group, {
    description: 'Launching a new EC2 instance',
    cause: group.unhealthy > 0 ? why : causeOf(group.reason, why),
    subnet: subnet.SubnetId,
    zone: subnet.AvailabilityZone,
  })
  let spot = false
  try {
    const member = firstOf(launchesIn(world, region, group, subnet), (launch) => {
      spot = launch.spot
      return run(world, region, group, subnet, launch, activity.ActivityId)
    })
    activity.Description = `Launching a new EC2 instance: ${member.InstanceId}`
    activity.Progress = 30
    group.members.push(member)
    group.unhealthy = Math.max(0, group.unhealthy - 1)
    return true
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const text = error.message.replace(/\.$/, '')
    const market = spot ? 'Spot' : 'On-Demand'
    const reason = group.MixedInstancesPolicy ? `Could not launch ${market} Instances. ${error.code} - ${text}` : text
    endActivity(world, region, activity.ActivityId, 'Failed', `${reason}. Launching EC2 instance failed.`)
    return false
  }
}

/** The first that succeeds; when none does, throws why the last one did not. */
function firstOf<Item, Result>([item, ...others]: readonly Item[], attempt: (item: Item) => Result): Result {
  if (item === undefined) throw new Error('There is nothing to choose from.')
  try {
    return attempt(item)
  } catch (error) {
    if (others.length === 0 || !(error instanceof AwsError)) throw error
    return firstOf(others, attempt)
  }
}

function run(world: World, region: string, group: Group, subnet: Subnet, launch: Launch, activityId: string): Member {
  const call = { region, requestId: world.random.uuid() }
  const { Instances } = world.services.ec2.RunInstances(launch.request, call)
  const [instance] = Instances
  return {
    InstanceId: instance?.InstanceId ?? '',
    InstanceType: instance?.InstanceType,
    AvailabilityZone: subnet.AvailabilityZone,
    AvailabilityZoneId: subnet.AvailabilityZoneId,
    LifecycleState: 'Pending',
    HealthStatus: 'Healthy',
    LaunchTemplate: launch.template,
    ProtectedFromScaleIn: group.NewInstancesProtectedFromScaleIn ?? false,
    spot: launch.spot,
    activityId,
    actions: [],
    terminated: false,
  }
}

/** Takes instances out of the fullest zones, those of old template versions first, then the oldest; protected ones stay. */
function shrink(world: World, region: string, group: Group, surplus: number): void {
  const from = active(group).length
  for (let left = surplus; left > 0; left--) {
    const victim = selectVictim(group)
    if (!victim) return
    const now = at(world)
    const cause = causeOf(
      group.reason,
      `At ${now} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${from} to ${group.DesiredCapacity}.`,
      `At ${now} instance ${victim.InstanceId} was selected for termination.`,
    )
    leaveService(world, region, group, victim, cause)
  }
}

function selectVictim(group: Group): Member | undefined {
  const candidates = active(group).filter(({ ProtectedFromScaleIn }) => !ProtectedFromScaleIn)
  const fill = (zone: string) => active(group).filter(({ AvailabilityZone }) => AvailabilityZone === zone).length
  const version = ({ LaunchTemplate }: Member) => Number(LaunchTemplate?.Version ?? 0)
  const [first] = candidates.sort(
    (a, b) => fill(b.AvailabilityZone) - fill(a.AvailabilityZone) || version(a) - version(b),
  )
  return first
}
