import type { AvailabilityZoneAddress } from '@aws-sdk/client-ec2'
import { ignoringAbsent, type ResourceContext, resource, until } from '../resource.ts'
import { api, changed, notStabilized, retag, tagged, without } from './shared.ts'

interface NatGatewayProperties {
  readonly SubnetId?: string
  readonly AllocationId?: string
  readonly ConnectivityType?: 'public' | 'private'
  readonly AvailabilityMode?: 'zonal' | 'regional'
  readonly VpcId?: string
  readonly PrivateIpAddress?: string
  readonly AvailabilityZoneAddresses?: AvailabilityZoneAddress[]
  readonly Tags?: unknown
}

interface AddressProperties {
  readonly InstanceId?: string
  readonly Domain?: 'vpc' | 'standard'
  readonly Tags?: unknown
}

interface VpcEndpointProperties {
  readonly VpcId: string
  readonly ServiceName?: string
  readonly VpcEndpointType?: 'Gateway' | 'Interface'
  readonly RouteTableIds?: string[]
  readonly SubnetIds?: string[]
  readonly SecurityGroupIds?: string[]
  readonly PrivateDnsEnabled?: boolean
  readonly PolicyDocument?: string | object
  readonly Tags?: unknown
}

const natGatewayOf = (id: string, context: ResourceContext) =>
  api(context).DescribeNatGateways({ NatGatewayIds: [id] }, context.call).NatGateways[0]

const natGateway = resource<NatGatewayProperties>({
  create({ Tags, ...properties }, context) {
    const input = { ...properties, TagSpecifications: tagged(context, 'natgateway', Tags) }
    return api(context).CreateNatGateway(input, context.call).NatGateway.NatGatewayId
  },
  stabilize: (id, context) =>
    until(context, 10, () => {
      const gateway = natGatewayOf(id, context)
      if (gateway?.State === 'failed') {
        throw notStabilized(
          `NatGateway ${id} is in state failed and hence failed to stabilize. Detailed failure message: ${gateway.FailureMessage}`,
        )
      }
      return gateway?.State === 'available'
    }),
  update(id, { Tags }, _before, context) {
    retag(id, Tags, context)
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(['NatGatewayNotFound'], async () => {
      api(context).DeleteNatGateway({ NatGatewayId: id }, context.call)
      await until(context, 10, () => natGatewayOf(id, context)?.State === 'deleted')
    }),
  attributes(id, context) {
    const gateway = natGatewayOf(id, context)
    return {
      NatGatewayId: id,
      EniId: gateway?.NatGatewayAddresses[0]?.NetworkInterfaceId,
      AutoProvisionZones: gateway?.AutoProvisionZones,
      AutoScalingIps: gateway?.AutoScalingIps,
      RouteTableId: gateway?.RouteTableId,
    }
  },
})

const addressOf = (PublicIp: string, context: ResourceContext) =>
  api(context).DescribeAddresses({ PublicIps: [PublicIp] }, context.call).Addresses[0]

function pointTo(AllocationId: string | undefined, InstanceId: string | undefined, context: ResourceContext): void {
  if (InstanceId) api(context).AssociateAddress({ AllocationId, InstanceId }, context.call)
}

const elasticIp = resource<AddressProperties>({
  seconds: 15,
  create({ InstanceId, Tags }, context) {
    const TagSpecifications = tagged(context, 'elastic-ip', Tags)
    const { PublicIp, AllocationId } = api(context).AllocateAddress({ TagSpecifications }, context.call)
    pointTo(AllocationId, InstanceId, context)
    return PublicIp
  },
  update(id, { InstanceId, Tags }, before, context) {
    const AllocationId = addressOf(id, context)?.AllocationId
    if (changed(before.InstanceId, InstanceId)) pointTo(AllocationId, InstanceId, context)
    retag(AllocationId ?? '', Tags, context)
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(['InvalidAddress.NotFound'], () => {
      const address = addressOf(id, context)
      const { AllocationId, AssociationId } = address ?? {}
      if (AssociationId) api(context).DisassociateAddress({ AssociationId }, context.call)
      api(context).ReleaseAddress({ AllocationId }, context.call)
    }),
  attributes: (id, context) => ({ PublicIp: id, AllocationId: addressOf(id, context)?.AllocationId }),
})

const text = (policy: string | object | undefined): string | undefined =>
  policy === undefined || typeof policy === 'string' ? policy : JSON.stringify(policy)

const endpointOf = (id: string, context: ResourceContext) =>
  api(context).DescribeVpcEndpoints({ VpcEndpointIds: [id] }, context.call).VpcEndpoints[0]

const vpcEndpoint = resource<VpcEndpointProperties>({
  create({ Tags, PolicyDocument, ...properties }, context) {
    const TagSpecifications = tagged(context, 'vpc-endpoint', Tags)
    // Other than the API, CloudFormation leaves private DNS off unless the template turns it on.
    const PrivateDnsEnabled = properties.PrivateDnsEnabled ?? false
    const input = { ...properties, PrivateDnsEnabled, PolicyDocument: text(PolicyDocument), TagSpecifications }
    return api(context).CreateVpcEndpoint(input, context.call).VpcEndpoint.VpcEndpointId
  },
  stabilize: (id, context) => until(context, 10, () => String(endpointOf(id, context)?.State) === 'available'),
  update(VpcEndpointId, properties, before, context) {
    api(context).ModifyVpcEndpoint(
      {
        VpcEndpointId,
        AddRouteTableIds: without(properties.RouteTableIds, before.RouteTableIds),
        RemoveRouteTableIds: without(before.RouteTableIds, properties.RouteTableIds),
        AddSubnetIds: without(properties.SubnetIds, before.SubnetIds),
        RemoveSubnetIds: without(before.SubnetIds, properties.SubnetIds),
        AddSecurityGroupIds: without(properties.SecurityGroupIds, before.SecurityGroupIds),
        RemoveSecurityGroupIds: without(before.SecurityGroupIds, properties.SecurityGroupIds),
        PrivateDnsEnabled: properties.PrivateDnsEnabled,
        PolicyDocument: text(properties.PolicyDocument),
      },
      context.call,
    )
    retag(VpcEndpointId, properties.Tags, context)
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(['InvalidVpcEndpointId.NotFound'], async () => {
      api(context).DeleteVpcEndpoints({ VpcEndpointIds: [id] }, context.call)
      await until(context, 10, () => endpointOf(id, context) === undefined)
    }),
  attributes(id, context) {
    const endpoint = endpointOf(id, context)
    return {
      Id: id,
      CreationTimestamp: endpoint?.CreationTimestamp?.toISOString(),
      NetworkInterfaceIds: endpoint?.NetworkInterfaceIds,
      DnsEntries: endpoint?.DnsEntries?.map(({ HostedZoneId, DnsName }) => `${HostedZoneId}:${DnsName}`),
    }
  },
})

export const gatewayResources = {
  'AWS::EC2::NatGateway': natGateway,
  'AWS::EC2::EIP': elasticIp,
  'AWS::EC2::VPCEndpoint': vpcEndpoint,
}
