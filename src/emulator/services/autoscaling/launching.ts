import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { _InstanceType, RunInstancesRequest } from '@aws-sdk/client-ec2'
import type { World } from '../../world.ts'
import { isOffered } from '../ec2/instance-type-table.ts'
import { launchTemplate, versionOf } from '../ec2/launch-templates.ts'
import type { Subnet } from '../ec2/state.ts'
import { validationError } from './find.ts'
import type { Group, Member } from './state.ts'

/** The subnets of a group: those that it names, or the default ones of its zones. */
export function subnetsOf(
  world: World,
  region: string,
  group: Pick<Group, 'VPCZoneIdentifier' | 'AvailabilityZones'>,
): Subnet[] {
  const { subnets } = world.region(region).ec2
  const named = group.VPCZoneIdentifier.split(',').filter((id) => id !== '')
  if (named.length > 0) {
    return named.map((id) => {
      const subnet = subnets[id.trim()]
      if (subnet) return subnet
      throw validationError(`The subnet ID '${id}' does not exist`)
    })
  }
  return Object.values(subnets).filter(
    ({ DefaultForAz, AvailabilityZone }) => DefaultForAz && group.AvailabilityZones.includes(AvailabilityZone),
  )
}

/** Members that count for the desired capacity. */
export const active = ({ members }: Group): Member[] =>
  members.filter(({ LifecycleState }) => !LifecycleState.startsWith('Terminating'))

/** On-demand instances come first: the base, and their share of what is above it. */
function isSpot(group: Group): boolean {
  const distribution = group.MixedInstancesPolicy?.InstancesDistribution
  const { OnDemandBaseCapacity: base = 0, OnDemandPercentageAboveBaseCapacity: percentage = 100 } = distribution ?? {}
  const wanted = base + Math.ceil((Math.max(0, group.DesiredCapacity - base) * percentage) / 100)
  return active(group).filter(({ spot }) => !spot).length >= Math.min(wanted, group.DesiredCapacity)
}

export interface Launch {
  readonly request: RunInstancesRequest
  readonly template: Sdk.LaunchTemplateSpecification
  readonly type: string | undefined
  readonly spot: boolean
}

/** What a group asks of EC2 for its next instance in a subnet: one type after the other, until one can be had. */
export function launchesIn(world: World, region: string, group: Group, subnet: Subnet): Launch[] {
  const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []
  const offered = overrides.filter(({ InstanceType = '' }) => isOffered(InstanceType, subnet.AvailabilityZone))
  const [first] = overrides
  if (first && offered.length === 0) {
    return [launchOf(world, region, group, subnet, first.InstanceType ? { InstanceType: first.InstanceType } : {})]
  }
  return (first ? offered : [undefined]).map((override) => launchOf(world, region, group, subnet, override))
}

function launchOf(
  world: World,
  region: string,
  group: Group,
  subnet: Subnet,
  override: Sdk.LaunchTemplateOverrides | undefined,
): Launch {
  const policy = group.MixedInstancesPolicy
  const specification =
    override?.LaunchTemplateSpecification ?? policy?.LaunchTemplate?.LaunchTemplateSpecification ?? group.LaunchTemplate
  const template = launchTemplate(world.region(region).ec2, specification ?? {})
  const version = versionOf(template, specification?.Version)
  const spot = policy !== undefined && isSpot(group)
  const InstanceType = override?.InstanceType
  const Tags = [
    ...group.Tags.filter(({ PropagateAtLaunch }) => PropagateAtLaunch).map(({ Key, Value = '' }) => ({ Key, Value })),
    { Key: 'aws:autoscaling:groupName', Value: group.AutoScalingGroupName },
  ]
  return {
    template: {
      LaunchTemplateId: template.LaunchTemplateId,
      LaunchTemplateName: template.LaunchTemplateName,
      Version: String(version.VersionNumber),
    },
    type: InstanceType ?? version.LaunchTemplateData.InstanceType,
    spot,
    request: {
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnet.SubnetId,
      LaunchTemplate: { LaunchTemplateId: template.LaunchTemplateId, Version: String(version.VersionNumber) },
      ...(InstanceType && { InstanceType: InstanceType as _InstanceType }),
      ...(override?.ImageId && { ImageId: override.ImageId }),
      ...(spot && { InstanceMarketOptions: { MarketType: 'spot' } }),
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
    },
  }
}
