import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import type { PublicAmi } from './amis.ts'
import { find, invalid, missing } from './find.ts'
import { image } from './images.ts'
import { type InstanceTypeFacts, instanceTypeTable, isOffered } from './instance-type-table.ts'
import { launchTemplate, versionOf } from './launch-templates.ts'
import { groupsOf } from './network-interfaces.ts'
import { defaultVpc, groupOf } from './security-groups.ts'
import type { Ec2State, Subnet } from './state.ts'
import { freeAddresses } from './subnets.ts'
import { merged } from './tags.ts'
import { zonesOf } from './zones.ts'

type Request = Partial<Sdk.RunInstancesRequest>

/** What RunInstances is going to do, after all that AWS checks before it does it. */
export interface LaunchPlan {
  readonly input: Request
  readonly image: PublicAmi
  readonly type: InstanceTypeFacts
  readonly subnet: Subnet
  /** Ids of security groups. */
  readonly groups: readonly string[]
  readonly publicAddress: boolean
  readonly profile: Sdk.IamInstanceProfile | undefined
  readonly tags: Sdk.Tag[]
}

const given = <Shape extends object>(shape: Shape): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape

/** A request with what its launch template says beside it. Tags of both count, the request's first. */
function withTemplate(ec2: Ec2State, input: Request): Request {
  if (!input.LaunchTemplate) return input
  const { Version } = input.LaunchTemplate
  const data = versionOf(launchTemplate(ec2, input.LaunchTemplate), Version).LaunchTemplateData as Request
  return {
    ...data,
    ...given(input),
    TagSpecifications: [...(data.TagSpecifications ?? []), ...(input.TagSpecifications ?? [])],
  }
}

export function planLaunch(world: World, request: Request, call: Call, count = 1): LaunchPlan {
  const { ec2 } = world.region(call.region)
  const input = withTemplate(ec2, request)
  if (!input.ImageId) throw missing('ImageId')
  const ami = image(call.region, resolved(world, input.ImageId, call))
  const type = checkedType(input.InstanceType ?? 'm1.small', ami)
  const { subnet, groups, publicAddress } = place(ec2, call.region, input)
  checkOffered(type.name, subnet.AvailabilityZone, call.region)
  if (freeAddresses(ec2, subnet) < count) {
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet',
      `There are not enough free addresses in subnet '${subnet.SubnetId}' to satisfy the requested number of instances.`,
    )
  }
  return {
    input,
    image: ami,
    type,
    subnet,
    groups,
    publicAddress,
    profile: instanceProfile(world, input.IamInstanceProfile),
    tags: merged(
      [],
      (input.TagSpecifications ?? []).flatMap(({ ResourceType, Tags = [] }) =>
        ResourceType === 'instance' ? Tags : [],
      ),
    ),
  }
}

/** An image can be named by the SSM parameter that holds its id, which is read at every launch. */
function resolved(world: World, imageId: string, call: Call): string {
  const name = /^\{?\{?resolve:ssm:([^}]+)/.exec(imageId)?.[1]
  if (name === undefined) return imageId
  try {
    return world.services.ssm.GetParameter({ Name: name }, call).Parameter?.Value ?? ''
  } catch {
    throw invalid(`Invalid value '${imageId}' for imageId. The Systems Manager parameter ${name} was not found.`)
  }
}

function checkedType(name: string, ami: PublicAmi): InstanceTypeFacts {
  const type = instanceTypeTable.get(name)
  if (!type) throw invalid(`Invalid value '${name}' for InstanceType.`)
  if (type.architecture !== ami.architecture) {
    throw invalid(
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${ami.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    )
  }
  return type
}

function checkOffered(type: string, zone: string, region: string): void {
  if (isOffered(type, zone)) return
  const others = zonesOf(region).filter((other) => isOffered(type, other))
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${others.join(', ')}.`,
  )
}

/** The subnet and groups, which a request gives either for the instance or for its first network interface. */
function place(ec2: Ec2State, region: string, input: Request): Pick<LaunchPlan, 'subnet' | 'groups' | 'publicAddress'> {
  const primary = input.NetworkInterfaces?.find(({ DeviceIndex = 0 }) => DeviceIndex === 0)
  if (input.NetworkInterfaces?.length && (input.SecurityGroupIds?.length || input.SecurityGroups?.length)) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level security groups may not be specified on the same request',
    )
  }
  const id = primary?.SubnetId ?? input.SubnetId
  const subnet = id ? find(ec2, 'subnets', id) : defaultSubnet(ec2, region, input)
  const zone = input.Placement?.AvailabilityZone
  if (zone && zone !== subnet.AvailabilityZone) {
    throw invalid('The specified subnet and Availability Zone do not match.')
  }
  const ids = [
    ...(primary?.Groups ?? []),
    ...(input.SecurityGroupIds ?? []),
    ...(input.SecurityGroups ?? []).map((name) => groupOf(ec2, undefined, name).GroupId),
  ]
  for (const group of ids) find(ec2, 'securityGroups', group)
  return {
    subnet,
    groups: groupsOf(ec2, subnet.VpcId, ids).map(({ GroupId = '' }) => GroupId),
    publicAddress: primary?.AssociatePublicIpAddress ?? subnet.MapPublicIpOnLaunch,
  }
}

/** A default subnet: of the zone that is asked for, or of the first that has the type. */
function defaultSubnet(ec2: Ec2State, region: string, { Placement, InstanceType }: Request): Subnet {
  const vpcId = defaultVpc(ec2)
  const zones = zonesOf(region).filter((zone) => isOffered(InstanceType ?? '', zone))
  const zone = Placement?.AvailabilityZone ?? zones[0]
  const subnet = Object.values(ec2.subnets).find(
    ({ VpcId, DefaultForAz, AvailabilityZone }) => VpcId === vpcId && DefaultForAz && AvailabilityZone === zone,
  )
  if (subnet) return subnet
  throw new AwsError('MissingInput', `No subnets found for the default VPC '${vpcId}'. Please specify a subnet.`)
}

function instanceProfile(
  world: World,
  wanted: Sdk.IamInstanceProfileSpecification | undefined,
): Sdk.IamInstanceProfile | undefined {
  if (!wanted) return undefined
  const profile = Object.values(world.state.iam.instanceProfiles).find(({ arn, name }) =>
    wanted.Arn ? arn === wanted.Arn : name === wanted.Name,
  )
  if (profile) return { Arn: profile.arn, Id: profile.id }
  throw wanted.Arn
    ? invalid(`Value (${wanted.Arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`)
    : invalid(
        `Value (${wanted.Name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
      )
}
