import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { type Cidr, cidrText, contains, overlaps, parseCidr, sizeOf } from './cidr.ts'
import { describe, type FilterPaths } from './describe.ts'
import { dependencyViolation, find, invalid, missing, select } from './find.ts'
import { newId } from './ids.ts'
import type { Ec2State, Subnet } from './state.ts'
import { tagsFor } from './tags.ts'
import { zoneId, zonesOf } from './zones.ts'

const paths: FilterPaths<Sdk.Subnet> = {
  'availability-zone': 'AvailabilityZone',
  availabilityZone: 'AvailabilityZone',
  'availability-zone-id': 'AvailabilityZoneId',
  availabilityZoneId: 'AvailabilityZoneId',
  'available-ip-address-count': 'AvailableIpAddressCount',
  cidr: 'CidrBlock',
  'cidr-block': 'CidrBlock',
  cidrBlock: 'CidrBlock',
  'default-for-az': 'DefaultForAz',
  defaultForAz: 'DefaultForAz',
  'map-public-ip-on-launch': 'MapPublicIpOnLaunch',
  'owner-id': 'OwnerId',
  state: 'State',
  'subnet-arn': 'SubnetArn',
  'subnet-id': 'SubnetId',
  'vpc-id': 'VpcId',
}

/** AWS keeps the first four addresses of a subnet and the last one. */
export const RESERVED_AT_START = 4
export const RESERVED = RESERVED_AT_START + 1

export const freeAddresses = (ec2: Ec2State, subnet: Subnet): number => {
  const taken = Object.values(ec2.networkInterfaces).filter(({ SubnetId }) => SubnetId === subnet.SubnetId)
  const cidr = parseCidr(subnet.CidrBlock)
  return cidr ? sizeOf(cidr) - RESERVED - taken.length : 0
}

function checkedCidr(ec2: Ec2State, vpcId: string, text: string): Cidr {
  const cidr = parseCidr(text)
  if (!cidr) throw invalid(`Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`)
  const vpc = parseCidr(find(ec2, 'vpcs', vpcId).CidrBlock)
  if (cidr.prefix < 16 || cidr.prefix > 28 || !vpc || !contains(vpc, cidr)) {
    throw new AwsError('InvalidSubnet.Range', `The CIDR '${text}' is invalid.`)
  }
  for (const { VpcId, CidrBlock } of Object.values(ec2.subnets)) {
    const other = parseCidr(CidrBlock)
    if (VpcId === vpcId && other && overlaps(other, cidr)) {
      throw new AwsError('InvalidSubnet.Conflict', `The CIDR '${text}' conflicts with another subnet`)
    }
  }
  return cidr
}

function checkedZone(region: string, name: string | undefined, id: string | undefined): string {
  const zones = zonesOf(region)
  const zone = zones.find((zone) => (name === undefined || zone === name) && (id === undefined || zoneId(zone) === id))
  if (zone) return zone
  const [parameter, value] = name === undefined ? ['availabilityZoneId', id] : ['availabilityZone', name]
  throw invalid(
    `Value (${value}) for parameter ${parameter} is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`,
  )
}

export const subnets = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = (subnet: Subnet, call: Call) => ({
    ...subnet,
    AvailableIpAddressCount: freeAddresses(ec2(call), subnet),
    OwnerId: world.account,
    SubnetArn: arn(world, 'ec2', call.region, `subnet/${subnet.SubnetId}`),
  })

  return {
    CreateSubnet: ({ VpcId, CidrBlock, AvailabilityZone, AvailabilityZoneId, TagSpecifications }, call) => {
      const state = ec2(call)
      const vpc = find(state, 'vpcs', VpcId)
      if (CidrBlock === undefined) throw missing('cidrBlock')
      const cidr = checkedCidr(state, vpc.VpcId, CidrBlock)
      const zone = checkedZone(call.region, AvailabilityZone, AvailabilityZoneId)
      const subnet: Subnet = {
        SubnetId: newId(world, 'subnet'),
        VpcId: vpc.VpcId,
        State: 'available',
        CidrBlock: cidrText(cidr),
        AvailabilityZone: zone,
        AvailabilityZoneId: zoneId(zone),
        DefaultForAz: false,
        MapPublicIpOnLaunch: false,
        AssignIpv6AddressOnCreation: false,
        Tags: tagsFor('subnet', TagSpecifications),
      }
      state.subnets[subnet.SubnetId] = subnet
      const acl = Object.values(state.networkAcls).find((acl) => acl.VpcId === vpc.VpcId && acl.IsDefault)
      acl?.Associations.push({
        NetworkAclAssociationId: newId(world, 'aclassoc'),
        NetworkAclId: acl.NetworkAclId,
        SubnetId: subnet.SubnetId,
      })
      return { Subnet: show(subnet, call) }
    },

    DescribeSubnets: (input, call) => {
      const shown = select(ec2(call), 'subnets', input.SubnetIds).map((subnet) => show(subnet, call))
      const { items, next } = describe(shown, input, paths)
      return { Subnets: items, ...next }
    },

    DeleteSubnet: (input, call) => {
      const { subnets, networkInterfaces, routeTables, networkAcls } = ec2(call)
      const { SubnetId } = find(ec2(call), 'subnets', input.SubnetId)
      const inIt = (item: { readonly SubnetId?: string | undefined }) => item.SubnetId === SubnetId
      if (Object.values(networkInterfaces).some(inIt)) throw dependencyViolation('subnet', SubnetId)
      for (const item of [...Object.values(routeTables), ...Object.values(networkAcls)]) {
        item.Associations = item.Associations.filter((association) => !inIt(association))
      }
      delete subnets[SubnetId]
      return {}
    },

    ModifySubnetAttribute: ({ SubnetId, MapPublicIpOnLaunch, AssignIpv6AddressOnCreation, EnableDns64 }, call) => {
      const subnet = find(ec2(call), 'subnets', SubnetId)
      if (MapPublicIpOnLaunch) subnet.MapPublicIpOnLaunch = MapPublicIpOnLaunch.Value ?? false
      if (AssignIpv6AddressOnCreation) subnet.AssignIpv6AddressOnCreation = AssignIpv6AddressOnCreation.Value
      if (EnableDns64) subnet.EnableDns64 = EnableDns64.Value
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
