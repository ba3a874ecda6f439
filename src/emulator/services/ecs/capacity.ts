import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import { setStatus, tasksOn } from './container-instances.ts'
import { ecsOf } from './find.ts'
import { needsOf } from './needs.ts'
import type { CapacityProviderState } from './state.ts'
import { superviseProviders } from './supervision.ts'

/** The lifecycle hook with which ECS holds a terminating instance until its tasks are gone. */
export const MANAGED_DRAINING_HOOK = 'ecs-managed-draining-termination-hook'
const DRAINING_CHECK_SECONDS = 5
const SCALING_CHECK_SECONDS = 60
/** Scale-in needs 15 datapoints of a minute each (containers-roadmap#1220). */
const SCALE_IN_CHECKS = 15

export const groupName = (autoScalingGroupArn = ''): string =>
  autoScalingGroupArn.split('autoScalingGroupName/').at(-1) ?? ''

/** Managed scaling and managed draining of all capacity providers. */
export function superviseCapacity(world: World): void {
  const idleChecks = new Map<string, number>()
  superviseProviders(world, DRAINING_CHECK_SECONDS, hasGroup, (call, provider) =>
    drainTerminating(world, call, provider),
  )
  superviseProviders(world, SCALING_CHECK_SECONDS, hasGroup, (call, provider) =>
    scale(world, call, provider, idleChecks),
  )
}

type GroupProvider = CapacityProviderState & Required<Pick<CapacityProviderState, 'provider'>>

const hasGroup = (one: CapacityProviderState): one is GroupProvider => one.provider !== undefined

function drainTerminating(world: World, call: Call, { provider }: GroupProvider): void {
  if (provider.managedDraining === 'DISABLED') return
  const AutoScalingGroupName = groupName(provider.autoScalingGroupArn)
  const { AutoScalingGroups: [group] = [] } = world.services.autoscaling.DescribeAutoScalingGroups(
    { AutoScalingGroupNames: [AutoScalingGroupName] },
    call,
  )
  for (const { InstanceId, LifecycleState } of group?.Instances ?? []) {
    if (LifecycleState !== 'Terminating:Wait' || InstanceId === undefined) continue
    const instance = Object.values(ecsOf(world, call.region).containerInstances).find(
      (one) => one.ec2InstanceId === InstanceId,
    )
    if (instance && instance.status !== 'DRAINING') setStatus(world, call.region, instance, 'DRAINING')
    if (instance && tasksOn(world, call.region, instance).length > 0) continue
    completeDraining(world, call, AutoScalingGroupName, InstanceId)
  }
}

/** The instance may wait for another hook than ours, or for ours no longer. */
function completeDraining(world: World, call: Call, AutoScalingGroupName: string, InstanceId: string): void {
  const hook = { AutoScalingGroupName, InstanceId, LifecycleHookName: MANAGED_DRAINING_HOOK }
  try {
    world.services.autoscaling.CompleteLifecycleAction({ ...hook, LifecycleActionResult: 'CONTINUE' }, call)
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ValidationError')) throw error
  }
}

/** Brings the group to the instances that its tasks need: up at once, down only after a quarter of an hour. */
function scale(
  world: World,
  call: Call,
  { arn, name, provider }: GroupProvider,
  idleChecks: Map<string, number>,
): void {
  if (provider.managedScaling?.status !== 'ENABLED') return
  const AutoScalingGroupName = groupName(provider.autoScalingGroupArn)
  const { AutoScalingGroups: [group] = [] } = world.services.autoscaling.DescribeAutoScalingGroups(
    { AutoScalingGroupNames: [AutoScalingGroupName] },
    call,
  )
  if (!group) return
  const { MinSize = 0, MaxSize = 0, DesiredCapacity = 0 } = group
  const { targetCapacity = 100, maximumScalingStepSize = 10_000 } = provider.managedScaling
  const needed = Math.ceil((instancesNeeded(world, call, name) * 100) / targetCapacity)
  const wanted = Math.min(MaxSize, Math.max(MinSize, needed, Math.min(DesiredCapacity, needed)))
  const idle = wanted < DesiredCapacity ? (idleChecks.get(arn) ?? 0) + 1 : 0
  idleChecks.set(arn, idle)
  const next =
    wanted > DesiredCapacity
      ? Math.min(wanted, DesiredCapacity + maximumScalingStepSize)
      : idle >= SCALE_IN_CHECKS
        ? DesiredCapacity - 1
        : DesiredCapacity
  if (next !== DesiredCapacity) {
    world.services.autoscaling.SetDesiredCapacity({ AutoScalingGroupName, DesiredCapacity: next }, call)
  }
}

/** Instances with a task, and as many more as the waiting tasks fill. */
function instancesNeeded(world: World, { region }: Call, providerName: string): number {
  const { tasks, taskDefinitions, containerInstances } = ecsOf(world, region)
  const mine = Object.values(tasks).filter(
    (task) => task.capacityProvider === providerName && task.lastStatus !== 'STOPPED',
  )
  const used = new Set(mine.flatMap(({ containerInstanceArn }) => containerInstanceArn ?? [])).size
  const [sample] = Object.values(containerInstances).filter(({ capacityProvider }) => capacityProvider === providerName)
  const waiting = mine.filter(
    ({ lastStatus, desiredStatus }) => lastStatus === 'PROVISIONING' && desiredStatus === 'RUNNING',
  )
  const shares = waiting.map(({ definitionArn }) => {
    const definition = taskDefinitions[definitionArn]
    if (!definition || !sample) return 1
    const { cpu, memoryMiB, gpus } = needsOf(definition)
    return Math.max(
      cpu / sample.cpu,
      memoryMiB / sample.memoryMiB,
      sample.gpuIds.length > 0 ? gpus / sample.gpuIds.length : 0,
    )
  })
  return used + Math.ceil(shares.reduce((sum, share) => sum + share, 0))
}
