import { ATTACHED } from './gateway-state.ts'
import { fixedId } from './ids.ts'
import type { Ec2State } from './state.ts'
import { newVpc } from './vpc-parts.ts'
import { zoneId, zonesOf } from './zones.ts'

type Network = Pick<
  Ec2State,
  'vpcs' | 'subnets' | 'internetGateways' | 'routeTables' | 'networkAcls' | 'securityGroups'
>

/** The default VPC: a public subnet in every zone. Ids follow from the region's name. */
export function defaultNetwork(region: string): Network {
  const id = (prefix: string, ...parts: string[]) => fixedId(prefix, region, 'default', ...parts)
  const { vpc, routeTable, networkAcl, securityGroup } = newVpc('172.31.0.0/16', id)
  vpc.IsDefault = true
  vpc.attributes.EnableDnsHostnames = true

  const gateway = {
    InternetGatewayId: id('igw'),
    Attachments: [{ VpcId: vpc.VpcId, State: ATTACHED }],
    Tags: [],
  }
  routeTable.Routes.push({
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: gateway.InternetGatewayId,
    Origin: 'CreateRoute',
    State: 'active',
  })
  const subnets = zonesOf(region).map((zone, index) => ({
    SubnetId: id('subnet', zone),
    VpcId: vpc.VpcId,
    State: 'available' as const,
    CidrBlock: `172.31.${index * 16}.0/20`,
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(zone),
    DefaultForAz: true,
    MapPublicIpOnLaunch: true,
    AssignIpv6AddressOnCreation: false,
    Tags: [],
  }))
  for (const { SubnetId } of subnets) {
    networkAcl.Associations.push({
      NetworkAclAssociationId: id('aclassoc', SubnetId),
      NetworkAclId: networkAcl.NetworkAclId,
      SubnetId,
    })
  }
  return {
    vpcs: { [vpc.VpcId]: vpc },
    subnets: Object.fromEntries(subnets.map((subnet) => [subnet.SubnetId, subnet])),
    internetGateways: { [gateway.InternetGatewayId]: gateway },
    routeTables: { [routeTable.RouteTableId]: routeTable },
    networkAcls: { [networkAcl.NetworkAclId]: networkAcl },
    securityGroups: { [securityGroup.GroupId]: securityGroup },
  }
}
