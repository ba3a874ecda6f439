import { AwsError } from '../../errors.ts'
import { type ResourceContext, resource } from '../resource.ts'
import { api, retag, tagged, whenFree } from './shared.ts'

interface VpcProperties {
  readonly CidrBlock?: string
  readonly EnableDnsSupport?: boolean
  readonly EnableDnsHostnames?: boolean
  readonly InstanceTenancy?: 'default' | 'dedicated'
  readonly Tags?: unknown
}

interface SubnetProperties {
  readonly VpcId: string
  readonly CidrBlock?: string
  readonly AvailabilityZone?: string
  readonly AvailabilityZoneId?: string
  readonly MapPublicIpOnLaunch?: boolean
  readonly AssignIpv6AddressOnCreation?: boolean
  readonly EnableDns64?: boolean
  readonly Tags?: unknown
}

interface GatewayAttachmentProperties {
  readonly VpcId: string
  readonly InternetGatewayId?: string
  readonly VpnGatewayId?: string
}

function setDns(
  VpcId: string,
  { EnableDnsSupport, EnableDnsHostnames }: VpcProperties,
  context: ResourceContext,
): void {
  const support = { VpcId, EnableDnsSupport: { Value: EnableDnsSupport ?? true } }
  const hostnames = { VpcId, EnableDnsHostnames: { Value: EnableDnsHostnames ?? false } }
  api(context).ModifyVpcAttribute(support, context.call)
  api(context).ModifyVpcAttribute(hostnames, context.call)
}

const vpc = resource<VpcProperties>({
  seconds: 10,
  create({ CidrBlock, InstanceTenancy, Tags, ...dns }, context) {
    const TagSpecifications = tagged(context, 'vpc', Tags)
    const { Vpc } = api(context).CreateVpc({ CidrBlock, InstanceTenancy, TagSpecifications }, context.call)
    setDns(Vpc.VpcId, dns, context)
    return Vpc.VpcId
  },
  update(id, properties, _before, context) {
    setDns(id, properties, context)
    retag(id, properties.Tags, context)
  },
  delete: (id, _properties, context) => whenFree(context, () => api(context).DeleteVpc({ VpcId: id }, context.call)),
  attributes(id, context) {
    const [vpc] = api(context).DescribeVpcs({ VpcIds: [id] }, context.call).Vpcs
    const of = { Filters: [{ Name: 'vpc-id', Values: [id] }] }
    const acls = api(context).DescribeNetworkAcls(of, context.call).NetworkAcls
    const groups = api(context).DescribeSecurityGroups(of, context.call).SecurityGroups
    return {
      VpcId: id,
      CidrBlock: vpc?.CidrBlock,
      CidrBlockAssociations: vpc?.CidrBlockAssociationSet?.map(({ AssociationId }) => AssociationId),
      Ipv6CidrBlocks: [],
      DefaultNetworkAcl: acls.find(({ IsDefault }) => IsDefault)?.NetworkAclId,
      DefaultSecurityGroup: groups.find(({ GroupName }) => GroupName === 'default')?.GroupId,
    }
  },
})

function setSubnet(SubnetId: string, properties: SubnetProperties, context: ResourceContext): void {
  const { MapPublicIpOnLaunch = false, AssignIpv6AddressOnCreation = false, EnableDns64 = false } = properties
  api(context).ModifySubnetAttribute(
    {
      SubnetId,
      MapPublicIpOnLaunch: { Value: MapPublicIpOnLaunch },
      AssignIpv6AddressOnCreation: { Value: AssignIpv6AddressOnCreation },
      EnableDns64: { Value: EnableDns64 },
    },
    context.call,
  )
}

const subnet = resource<SubnetProperties>({
  create(properties, context) {
    const { VpcId, CidrBlock, AvailabilityZone, AvailabilityZoneId } = properties
    const TagSpecifications = tagged(context, 'subnet', properties.Tags)
    const input = { VpcId, CidrBlock, AvailabilityZone, AvailabilityZoneId, TagSpecifications }
    const { SubnetId } = api(context).CreateSubnet(input, context.call).Subnet
    setSubnet(SubnetId, properties, context)
    return SubnetId
  },
  update(id, properties, _before, context) {
    setSubnet(id, properties, context)
    retag(id, properties.Tags, context)
  },
  delete: (id, _properties, context) =>
    whenFree(context, () => api(context).DeleteSubnet({ SubnetId: id }, context.call)),
  attributes(id, context) {
    const [subnet] = api(context).DescribeSubnets({ SubnetIds: [id] }, context.call).Subnets
    const of = { Filters: [{ Name: 'association.subnet-id', Values: [id] }] }
    const [acl] = api(context).DescribeNetworkAcls(of, context.call).NetworkAcls
    return {
      SubnetId: id,
      VpcId: subnet?.VpcId,
      CidrBlock: subnet?.CidrBlock,
      AvailabilityZone: subnet?.AvailabilityZone,
      AvailabilityZoneId: subnet?.AvailabilityZoneId,
      NetworkAclAssociationId: acl?.Associations.find(({ SubnetId }) => SubnetId === id)?.NetworkAclAssociationId,
      Ipv6CidrBlocks: [],
      OutpostArn: '',
    }
  },
})

const internetGateway = resource<{ readonly Tags?: unknown }>({
  seconds: 15,
  create({ Tags }, context) {
    const TagSpecifications = tagged(context, 'internet-gateway', Tags)
    return api(context).CreateInternetGateway({ TagSpecifications }, context.call).InternetGateway.InternetGatewayId
  },
  update(id, { Tags }, _before, context) {
    retag(id, Tags, context)
  },
  delete: (id, _properties, context) =>
    whenFree(context, () => api(context).DeleteInternetGateway({ InternetGatewayId: id }, context.call)),
  attributes: (id) => ({ InternetGatewayId: id }),
})

const gatewayAttachment = resource<GatewayAttachmentProperties>({
  create({ VpcId, InternetGatewayId }, context) {
    if (InternetGatewayId === undefined) {
      throw new AwsError('InvalidRequest', 'The embedded AWS attaches internet gateways only.')
    }
    api(context).AttachInternetGateway({ VpcId, InternetGatewayId }, context.call)
    return `IGW|${VpcId}`
  },
  delete: (_id, { VpcId, InternetGatewayId }, context) =>
    whenFree(context, () => {
      const of = { Filters: [{ Name: 'attachment.vpc-id', Values: [VpcId] }] }
      const [gateway] = api(context).DescribeInternetGateways(of, context.call).InternetGateways
      if (gateway?.InternetGatewayId === InternetGatewayId) {
        api(context).DetachInternetGateway({ VpcId, InternetGatewayId }, context.call)
      }
    }),
  attributes: () => ({ AttachmentType: 'IGW' }),
})

export const vpcResources = {
  'AWS::EC2::VPC': vpc,
  'AWS::EC2::Subnet': subnet,
  'AWS::EC2::InternetGateway': internetGateway,
  'AWS::EC2::VPCGatewayAttachment': gatewayAttachment,
}
