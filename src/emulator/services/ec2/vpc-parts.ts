import type { NetworkAcl, RouteTable, SecurityGroup, Vpc } from './state.ts'

/** A VPC and what AWS makes with it: a main route table, a network ACL and a security group. */
export function newVpc(
  cidr: string,
  id: (prefix: string, ...parts: string[]) => string,
): { vpc: Vpc; routeTable: RouteTable; networkAcl: NetworkAcl; securityGroup: SecurityGroup } {
  const VpcId = id('vpc')
  const vpc: Vpc = {
    VpcId,
    State: 'available',
    CidrBlock: cidr,
    DhcpOptionsId: id('dopt'),
    InstanceTenancy: 'default',
    IsDefault: false,
    CidrBlockAssociationSet: [
      { AssociationId: id('vpc-cidr-assoc'), CidrBlock: cidr, CidrBlockState: { State: 'associated' } },
    ],
    Tags: [],
    attributes: { EnableDnsSupport: true, EnableDnsHostnames: false, EnableNetworkAddressUsageMetrics: false },
  }
  const RouteTableId = id('rtb')
  const routeTable: RouteTable = {
    RouteTableId,
    VpcId,
    Associations: [
      {
        RouteTableAssociationId: id('rtbassoc'),
        RouteTableId,
        Main: true,
        AssociationState: { State: 'associated' },
      },
    ],
    Routes: [{ DestinationCidrBlock: cidr, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' }],
    PropagatingVgws: [],
    Tags: [],
  }
  const entry = (Egress: boolean, RuleNumber: number, RuleAction: 'allow' | 'deny') => ({
    Egress,
    RuleNumber,
    RuleAction,
    Protocol: '-1',
    CidrBlock: '0.0.0.0/0',
  })
  const networkAcl: NetworkAcl = {
    NetworkAclId: id('acl'),
    VpcId,
    IsDefault: true,
    Associations: [],
    Entries: [true, false].flatMap((egress) => [entry(egress, 100, 'allow'), entry(egress, 32_767, 'deny')]),
    Tags: [],
  }
  const GroupId = id('sg')
  const securityGroup: SecurityGroup = {
    GroupId,
    GroupName: 'default',
    Description: 'default VPC security group',
    VpcId,
    Tags: [],
    rules: [
      {
        SecurityGroupRuleId: id('sgr', 'ingress'),
        IsEgress: false,
        IpProtocol: '-1',
        FromPort: -1,
        ToPort: -1,
        ReferencedGroupInfo: { GroupId },
        Tags: [],
      },
      {
        SecurityGroupRuleId: id('sgr', 'egress'),
        IsEgress: true,
        IpProtocol: '-1',
        FromPort: -1,
        ToPort: -1,
        CidrIpv4: '0.0.0.0/0',
        Tags: [],
      },
    ],
  }
  return { vpc, routeTable, networkAcl, securityGroup }
}
