import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { freePrivateAddress, freePublicAddress, privateName, publicName } from './addressing.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find, invalid, select } from './find.ts'
import { newId } from './ids.ts'
import type { Ec2State, NetworkInterface } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.NetworkInterface> = {
  'addresses.association.public-ip': 'PrivateIpAddresses.Association.PublicIp',
  'addresses.primary': 'PrivateIpAddresses.Primary',
  'addresses.private-ip-address': 'PrivateIpAddresses.PrivateIpAddress',
  'association.allocation-id': 'Association.AllocationId',
  'association.association-id': 'Association.AssociationId',
  'association.public-ip': 'Association.PublicIp',
  'attachment.attachment-id': 'Attachment.AttachmentId',
  'attachment.delete-on-termination': 'Attachment.DeleteOnTermination',
  'attachment.device-index': 'Attachment.DeviceIndex',
  'attachment.instance-id': 'Attachment.InstanceId',
  'attachment.status': 'Attachment.Status',
  'availability-zone': 'AvailabilityZone',
  description: 'Description',
  'group-id': 'Groups.GroupId',
  'group-name': 'Groups.GroupName',
  'interface-type': 'InterfaceType',
  'mac-address': 'MacAddress',
  'network-interface-id': 'NetworkInterfaceId',
  'owner-id': 'OwnerId',
  'private-dns-name': 'PrivateDnsName',
  'private-ip-address': 'PrivateIpAddress',
  'requester-id': 'RequesterId',
  'requester-managed': 'RequesterManaged',
  status: 'Status',
  'subnet-id': 'SubnetId',
  'vpc-id': 'VpcId',
}

export interface NewNetworkInterface {
  readonly subnetId: string | undefined
  /** Ids of security groups; the VPC's default one when there are none. */
  readonly groups?: readonly string[] | undefined
  readonly privateIpAddress?: string | undefined
  readonly description?: string | undefined
  readonly type?: Sdk.NetworkInterfaceType | undefined
  readonly tags?: Sdk.Tag[]
  /** The AWS service that uses it. Its interfaces are in use without being attached to an instance. */
  readonly requester?: string
}

/** The groups of a VPC by id. Without ids its default group. */
export function groupsOf(ec2: Ec2State, vpcId: string, ids: readonly string[] = []): Sdk.GroupIdentifier[] {
  const inVpc = Object.values(ec2.securityGroups).filter(({ VpcId }) => VpcId === vpcId)
  const wanted = ids.length > 0 ? ids : inVpc.filter(({ GroupName }) => GroupName === 'default').map((g) => g.GroupId)
  return wanted.map((id) => {
    const group = inVpc.find(({ GroupId }) => GroupId === id)
    if (group) return { GroupId: id, GroupName: group.GroupName }
    throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist in VPC '${vpcId}'`)
  })
}

/** Makes a network interface with an address of its subnet that no one else has. */
export function createNetworkInterface(world: World, region: string, wanted: NewNetworkInterface): NetworkInterface {
  const { ec2 } = world.region(region)
  const subnet = find(ec2, 'subnets', wanted.subnetId)
  const groups = groupsOf(ec2, subnet.VpcId, wanted.groups)
  const address = freePrivateAddress(world, ec2, subnet, wanted.privateIpAddress)
  const networkInterface: NetworkInterface = {
    NetworkInterfaceId: newId(world, 'eni'),
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    AvailabilityZone: subnet.AvailabilityZone,
    AvailabilityZoneId: subnet.AvailabilityZoneId,
    Description: wanted.description ?? '',
    Groups: groups,
    InterfaceType: wanted.type ?? 'interface',
    MacAddress: `0a:${world.random.hex(10).replace(/..(?!$)/g, '$&:')}`,
    PrivateIpAddress: address,
    PrivateDnsName: privateName(region, address),
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address, PrivateDnsName: privateName(region, address) }],
    Ipv6Addresses: [],
    SourceDestCheck: true,
    Status: wanted.requester ? 'in-use' : 'available',
    RequesterManaged: wanted.requester !== undefined,
    ...(wanted.requester && { RequesterId: wanted.requester }),
    Tags: wanted.tags ?? [],
  }
  ec2.networkInterfaces[networkInterface.NetworkInterfaceId] = networkInterface
  return networkInterface
}

/** Gives a network interface an address of the internet, or that of an Elastic IP. */
export function associate(
  region: string,
  networkInterface: NetworkInterface,
  association: Sdk.NetworkInterfaceAssociation & { readonly PublicIp: string },
): void {
  const PublicDnsName = publicName(region, association.PublicIp)
  networkInterface.Association = { IpOwnerId: 'amazon', ...association, PublicDnsName }
  networkInterface.PublicDnsName = PublicDnsName
  const [primary] = networkInterface.PrivateIpAddresses ?? []
  if (primary) primary.Association = networkInterface.Association
}

export function dissociate(networkInterface: NetworkInterface): void {
  delete networkInterface.Association
  delete networkInterface.PublicDnsName
  const [primary] = networkInterface.PrivateIpAddresses ?? []
  if (primary) delete primary.Association
}

/** The public address of a network interface, which it is given if it has none. */
export function assignPublicIp(world: World, region: string, networkInterfaceId: string): string {
  const { ec2 } = world.region(region)
  const networkInterface = find(ec2, 'networkInterfaces', networkInterfaceId)
  const present = networkInterface.Association?.PublicIp
  if (present) return present
  const PublicIp = freePublicAddress(world, ec2)
  associate(region, networkInterface, { PublicIp })
  return PublicIp
}

export const networkInterfaces = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = ({ Tags, ...networkInterface }: NetworkInterface) => ({
    ...networkInterface,
    OwnerId: world.account,
    TagSet: Tags,
  })

  return {
    CreateNetworkInterface: ({ SubnetId, Groups, PrivateIpAddress, Description, TagSpecifications }, call) => {
      const created = createNetworkInterface(world, call.region, {
        subnetId: SubnetId,
        groups: Groups,
        privateIpAddress: PrivateIpAddress,
        description: Description,
        tags: tagsFor('network-interface', TagSpecifications),
      })
      return { NetworkInterface: show(created) }
    },

    DescribeNetworkInterfaces: (input, call) => {
      const shown = select(ec2(call), 'networkInterfaces', input.NetworkInterfaceIds).map(show)
      const { items, next } = describe(shown, input, paths)
      return { NetworkInterfaces: items, ...next }
    },

    DeleteNetworkInterface: ({ NetworkInterfaceId }, call) => {
      const { NetworkInterfaceId: id, Status } = find(ec2(call), 'networkInterfaces', NetworkInterfaceId)
      if (Status === 'in-use') throw invalid(`Network interface '${id}' is currently in use.`)
      delete ec2(call).networkInterfaces[id]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
