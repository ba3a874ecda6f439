import type * as Sdk from '@aws-sdk/client-auto-scaling'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { planLaunch } from '../ec2/launch-plan.ts'
import { zonesOf } from '../ec2/zones.ts'
import { at } from './activities.ts'
import { findGroup, listing, validationError } from './find.ts'
import { launchesIn, subnetsOf } from './launching.ts'
import { leaveService } from './lifecycle.ts'
import { newHook } from './lifecycle-hooks.ts'
import { tend } from './reconcile.ts'
import { type Group, type Member, removeGroup, stateOf } from './state.ts'
import { groupTags } from './tags.ts'

type Settings = Omit<Sdk.UpdateAutoScalingGroupType, 'AutoScalingGroupName'>

export const showMember = ({ spot: _, activityId: __, actions: ___, terminated: ____, ...member }: Member) => member

const show = ({ members, hooks: _, reason: __, unhealthy: ___, retry: ____, ...group }: Group) => ({
  ...group,
  Instances: members.map(showMember),
})

function checkSizes({
  MinSize,
  MaxSize,
  DesiredCapacity,
}: Pick<Group, 'MinSize' | 'MaxSize' | 'DesiredCapacity'>): void {
  if (MinSize > MaxSize) {
    throw validationError(`Max bound, ${MaxSize}, must be greater than or equal to min bound, ${MinSize}`)
  }
  if (DesiredCapacity < MinSize || DesiredCapacity > MaxSize) {
    throw validationError(
      `Desired capacity:${DesiredCapacity} must be between the specified min size:${MinSize} and max size:${MaxSize}`,
    )
  }
}

/** Zones that are asked for, or those of the subnets that are. */
function placement(world: World, region: string, { VPCZoneIdentifier = '', AvailabilityZones = [] }: Settings) {
  if (VPCZoneIdentifier === '' && AvailabilityZones.length === 0) {
    throw validationError('At least one Availability Zone or VPC Subnet is required.')
  }
  const unknown = AvailabilityZones.find((zone) => !zonesOf(region).includes(zone))
  if (unknown) throw validationError(`Invalid availability zone: ${unknown}`)
  const subnets = subnetsOf(world, region, { VPCZoneIdentifier, AvailabilityZones })
  const zones = [...new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone))].sort()
  if (AvailabilityZones.some((zone) => !zones.includes(zone))) {
    throw validationError('The availability zones of the specified subnets and the Auto Scaling group do not match')
  }
  return { VPCZoneIdentifier, AvailabilityZones: zones }
}

/** What can only be known to fail at a launch, is left to the launch. */
const ONLY_AT_LAUNCH = ['Unsupported', 'InsufficientFreeAddressesInSubnet']

function checkTemplate(world: World, group: Group, call: Call): void {
  const [subnet] = subnetsOf(world, call.region, group)
  if (!subnet) return
  try {
    const [launch] = launchesIn(world, call.region, group, subnet)
    if (launch) planLaunch(world, launch.request, call)
  } catch (error) {
    if (!(error instanceof AwsError) || ONLY_AT_LAUNCH.includes(error.code)) return
    throw validationError(`You must use a valid fully-formed launch template. ${error.message}`)
  }
}

export const groups = (world: World) => {
  function create(input: Sdk.CreateAutoScalingGroupType, call: Call): Group {
    const { AutoScalingGroupName = '', LifecycleHookSpecificationList, Tags, InstanceId: _, ...settings } = input
    const { MinSize = 0, MaxSize = 0, DesiredCapacity = MinSize } = settings
    if (settings.LaunchConfigurationName) {
      throw validationError(
        `Launch configuration name not found - Launch configuration with name: ${settings.LaunchConfigurationName} does not exist`,
      )
    }
    if (!settings.LaunchTemplate && !settings.MixedInstancesPolicy) {
      throw validationError(
        'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
      )
    }
    const name = `autoScalingGroup:${world.random.uuid()}:autoScalingGroupName/${AutoScalingGroupName}`
    const group: Group = {
      DefaultCooldown: 300,
      HealthCheckType: 'EC2',
      HealthCheckGracePeriod: 0,
      TerminationPolicies: ['Default'],
      NewInstancesProtectedFromScaleIn: false,
      CapacityRebalance: false,
      LoadBalancerNames: [],
      TargetGroupARNs: [],
      TrafficSources: [],
      ServiceLinkedRoleARN: `arn:aws:iam::${world.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
      ...settings,
      ...placement(world, call.region, settings),
      AutoScalingGroupName,
      AutoScalingGroupARN: arn(world, 'autoscaling', call.region, name),
      CreatedTime: world.clock.now(),
      MinSize,
      MaxSize,
      DesiredCapacity,
      SuspendedProcesses: [],
      EnabledMetrics: [],
      Tags: groupTags(AutoScalingGroupName, Tags),
      members: [],
      hooks: {},
      unhealthy: 0,
      ...(DesiredCapacity > 0 && {
        reason: `At ${at(world)} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${DesiredCapacity}.`,
      }),
    }
    checkSizes(group)
    checkTemplate(world, group, call)
    for (const hook of LifecycleHookSpecificationList ?? []) {
      group.hooks[hook.LifecycleHookName ?? ''] = newHook({ ...hook, AutoScalingGroupName })
    }
    return group
  }

  return {
    CreateAutoScalingGroup: (input, call) => {
      const { groups } = stateOf(world, call)
      const { AutoScalingGroupName = '' } = input
      if (groups[AutoScalingGroupName]) {
        throw new AwsError(
          'AlreadyExists',
          `AutoScalingGroup by this name already exists - A group with the name ${AutoScalingGroupName} already exists`,
        )
      }
      groups[AutoScalingGroupName] = create(input, call)
      tend(world, call.region, AutoScalingGroupName)
      return {}
    },

    DescribeAutoScalingGroups: (input, call) => {
      const names = input.AutoScalingGroupNames ?? []
      const tagged = ({ Tags }: Group) =>
        (input.Filters ?? []).every(({ Name = '', Values = [] }) =>
          Tags.some(({ Key = '', Value = '' }) =>
            Name.startsWith('tag:')
              ? Name === `tag:${Key}` && Values.includes(Value)
              : Values.includes(Name === 'tag-key' ? Key : Value),
          ),
        )
      const wanted = Object.values(stateOf(world, call).groups).filter(
        (group) => (names.length === 0 || names.includes(group.AutoScalingGroupName)) && tagged(group),
      )
      const { items, end } = listing(wanted, input)
      return { AutoScalingGroups: items.map(show), ...end }
    },

    /** A capacity that is not given is kept within the new bounds. */
    UpdateAutoScalingGroup: ({ AutoScalingGroupName, ...settings }, call) => {
      const group = findGroup(stateOf(world, call), AutoScalingGroupName)
      const { MinSize = group.MinSize, MaxSize = group.MaxSize } = settings
      const kept = Math.min(Math.max(group.DesiredCapacity, MinSize), MaxSize)
      const { DesiredCapacity = kept } = settings
      checkSizes({ MinSize, MaxSize, DesiredCapacity })
      const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
      const moved = settings.VPCZoneIdentifier !== undefined || settings.AvailabilityZones !== undefined
      const changed: Group = {
        ...group,
        ...given,
        ...(moved && placement(world, call.region, settings)),
      }
      if (settings.LaunchTemplate) delete changed.MixedInstancesPolicy
      if (settings.MixedInstancesPolicy) delete changed.LaunchTemplate
      if (settings.LaunchTemplate || settings.MixedInstancesPolicy || moved) checkTemplate(world, changed, call)
      if (DesiredCapacity !== group.DesiredCapacity) {
        changed.reason = `At ${at(world)} a user request update of AutoScalingGroup constraints to min: ${MinSize}, max: ${MaxSize}, desired: ${DesiredCapacity} changing the desired capacity from ${group.DesiredCapacity} to ${DesiredCapacity}.`
      }
      delete changed.retry
      stateOf(world, call).groups[group.AutoScalingGroupName] = { ...changed, DesiredCapacity }
      return {}
    },

    SetDesiredCapacity: ({ AutoScalingGroupName, DesiredCapacity = 0 }, call) => {
      const group = findGroup(stateOf(world, call), AutoScalingGroupName)
      const refuse = (bound: string) =>
        validationError(`New SetDesiredCapacity value ${DesiredCapacity} is ${bound} for the AutoScalingGroup.`)
      if (DesiredCapacity < group.MinSize) throw refuse(`below min value ${group.MinSize}`)
      if (DesiredCapacity > group.MaxSize) throw refuse(`above max value ${group.MaxSize}`)
      if (DesiredCapacity === group.DesiredCapacity) return {}
      group.reason = `At ${at(world)} a user request explicitly set group desired capacity changing the desired capacity from ${group.DesiredCapacity} to ${DesiredCapacity}.`
      group.DesiredCapacity = DesiredCapacity
      delete group.retry
      return {}
    },

    DeleteAutoScalingGroup: ({ AutoScalingGroupName, ForceDelete }, call) => {
      const state = stateOf(world, call)
      const group = findGroup(state, AutoScalingGroupName)
      if (group.members.length === 0) {
        removeGroup(state, group.AutoScalingGroupName)
        return {}
      }
      if (!ForceDelete) {
        throw new AwsError(
          'ResourceInUse',
          'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
        )
      }
      group.Status = 'Delete in progress'
      group.MinSize = 0
      group.DesiredCapacity = 0
      for (const member of group.members.filter(({ terminated }) => !terminated)) {
        const cause = `At ${at(world)} an instance was taken out of service in response to a user request that force deleted the AutoScalingGroup.`
        leaveService(world, call.region, group, member, cause, { hooks: false })
      }
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
