import type {
  AvailabilityZone,
  CreateLoadBalancerInput,
  SubnetMapping,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import { validationError } from './find.ts'

export interface Placement {
  readonly vpcId: string
  readonly zones: AvailabilityZone[]
}

type Wanted = Pick<CreateLoadBalancerInput, 'Subnets' | 'SubnetMappings' | 'Type' | 'Scheme'>

/** The zones of the subnets that a load balancer is to have. */
export function place(world: World, call: Call, { Subnets, SubnetMappings, Type, Scheme }: Wanted): Placement {
  if (Subnets?.length && SubnetMappings?.length) {
    throw validationError('Exactly one of subnets or subnet mappings must be specified')
  }
  const { subnets, addresses, internetGateways } = world.region(call.region).ec2
  const mappings: SubnetMapping[] = SubnetMappings ?? Subnets?.map((SubnetId) => ({ SubnetId })) ?? []
  const found = mappings.map(({ SubnetId = '', AllocationId, PrivateIPv4Address }) => {
    const subnet = subnets[SubnetId]
    if (!subnet) throw new AwsError('SubnetNotFound', `The subnet ID '${SubnetId}' does not exist`)
    const address = {
      ...(AllocationId && { AllocationId, IpAddress: addresses[AllocationId]?.PublicIp }),
      ...(PrivateIPv4Address && { PrivateIPv4Address }),
    }
    const LoadBalancerAddresses = Object.keys(address).length > 0 ? [address] : []
    return { vpcId: subnet.VpcId, zone: { ZoneName: subnet.AvailabilityZone, SubnetId, LoadBalancerAddresses } }
  })
  const zones = new Set(found.map(({ zone }) => zone.ZoneName))
  const [first] = found
  if (!first) throw validationError('At least one subnet must be specified')
  if (new Set(found.map(({ vpcId }) => vpcId)).size > 1) {
    throw new AwsError('InvalidConfigurationRequest', 'The subnets must all belong to the same VPC')
  }
  if (zones.size < found.length) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    )
  }
  if (Type !== 'network' && zones.size < 2) {
    throw validationError('At least two subnets in two different Availability Zones must be specified')
  }
  const attached = Object.values(internetGateways).some(({ Attachments }) =>
    Attachments.some(({ VpcId }) => VpcId === first.vpcId),
  )
  if (Scheme !== 'internal' && !attached) {
    throw new AwsError('InvalidSubnet', `VPC ${first.vpcId} has no internet gateway`)
  }
  return { vpcId: first.vpcId, zones: found.map(({ zone }) => zone) }
}

/** The security groups that were asked for, if they are the VPC's own. */
export function securityGroups(world: World, call: Call, vpcId: string, ids: readonly string[]): string[] {
  const known = world.region(call.region).ec2.securityGroups
  for (const id of ids) {
    if (!known[id]) throw new AwsError('InvalidSecurityGroup', `The security group '${id}' does not exist`)
    if (known[id].VpcId !== vpcId) {
      throw new AwsError('InvalidConfigurationRequest', `Security group '${id}' does not belong to VPC '${vpcId}'`)
    }
  }
  return [...ids]
}

export const defaultSecurityGroup = (world: World, call: Call, vpcId: string): string[] =>
  Object.values(world.region(call.region).ec2.securityGroups)
    .filter(({ VpcId, GroupName }) => VpcId === vpcId && GroupName === 'default')
    .map(({ GroupId }) => GroupId)
