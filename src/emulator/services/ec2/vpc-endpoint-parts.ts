import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { World } from '../../world.ts'
import { type EndpointService, prefixListId, privateDomain } from './endpoint-services.ts'
import { find, invalid } from './find.ts'
import { fixedId } from './ids.ts'
import { createNetworkInterface } from './network-interfaces.ts'
import type { Ec2State, VpcEndpoint } from './state.ts'

export function addRouteTable(ec2: Ec2State, region: string, endpoint: VpcEndpoint, tableId: string): void {
  const { VpcEndpointId, VpcId, ServiceName } = endpoint
  const table = find(ec2, 'routeTables', tableId)
  const DestinationPrefixListId = prefixListId(region, ServiceName)
  if (table.VpcId !== VpcId) throw invalid(`Route table ${tableId} and VPC ${VpcId} belong to different networks`)
  if (table.Routes.some((route) => route.DestinationPrefixListId === DestinationPrefixListId)) {
    throw new AwsError(
      'RouteAlreadyExists',
      `route table ${tableId} already has a route with destination-prefix-list-id ${DestinationPrefixListId}`,
    )
  }
  table.Routes.push({ DestinationPrefixListId, GatewayId: VpcEndpointId, Origin: 'CreateRoute', State: 'active' })
  endpoint.RouteTableIds.push(tableId)
}

export function removeRouteTable(ec2: Ec2State, endpoint: VpcEndpoint, tableId: string): void {
  const table = ec2.routeTables[tableId]
  if (table) table.Routes = table.Routes.filter(({ GatewayId }) => GatewayId !== endpoint.VpcEndpointId)
  endpoint.RouteTableIds = endpoint.RouteTableIds.filter((id) => id !== tableId)
}

export function addSubnet(world: World, region: string, endpoint: VpcEndpoint, subnetId: string): void {
  const { ec2 } = world.region(region)
  const subnets = [...endpoint.SubnetIds, subnetId].map((id) => find(ec2, 'subnets', id))
  if (subnets.some(({ VpcId }) => VpcId !== endpoint.VpcId)) {
    throw new AwsError('InvalidParameter', `The subnet ID '${subnetId}' does not belong to VPC ${endpoint.VpcId}`)
  }
  if (new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).size < subnets.length) {
    throw new AwsError(
      'DuplicateSubnetsInSameZone',
      `Found another VPC endpoint subnet in the availability zone of ${subnetId}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
    )
  }
  const { NetworkInterfaceId } = createNetworkInterface(world, region, {
    subnetId,
    groups: endpoint.Groups.map(({ GroupId = '' }) => GroupId),
    description: `VPC Endpoint Interface ${endpoint.VpcEndpointId}`,
    type: 'vpc_endpoint',
    requester: 'amazon-vpce',
  })
  endpoint.SubnetIds.push(subnetId)
  endpoint.NetworkInterfaceIds.push(NetworkInterfaceId)
}

export function removeSubnet({ networkInterfaces }: Ec2State, endpoint: VpcEndpoint, subnetId: string): void {
  const gone = endpoint.NetworkInterfaceIds.filter((id) => networkInterfaces[id]?.SubnetId === subnetId)
  for (const id of gone) delete networkInterfaces[id]
  endpoint.NetworkInterfaceIds = endpoint.NetworkInterfaceIds.filter((id) => !gone.includes(id))
  endpoint.SubnetIds = endpoint.SubnetIds.filter((id) => id !== subnetId)
}

/** Private DNS needs a VPC that has both DNS attributes, and only one endpoint can have a service's name. */
export function checkPrivateDns(
  ec2: Ec2State,
  region: string,
  vpcId: string,
  { name, service }: EndpointService,
): void {
  const { attributes } = find(ec2, 'vpcs', vpcId)
  if (!attributes.EnableDnsSupport || !attributes.EnableDnsHostnames) {
    throw new AwsError(
      'InvalidParameter',
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`,
    )
  }
  const conflicting = Object.values(ec2.vpcEndpoints).some(
    ({ VpcId, ServiceName, PrivateDnsEnabled }) => VpcId === vpcId && ServiceName === name && PrivateDnsEnabled,
  )
  if (conflicting) {
    throw new AwsError(
      'InvalidParameter',
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${privateDomain(region, service)} in the VPC ${vpcId}`,
    )
  }
}

export function dnsEntries(
  region: string,
  id: string,
  { service }: EndpointService,
  isPrivate: boolean,
): Sdk.DnsEntry[] {
  const HostedZoneId = fixedId('Z', region, 'vpce').replace('-', '').toUpperCase()
  const names = [
    `${id}-${id.slice(-8)}.${service}.${region}.vpce.amazonaws.com`,
    ...(isPrivate ? [privateDomain(region, service)] : []),
  ]
  return names.map((DnsName) => ({ DnsName, HostedZoneId }))
}
