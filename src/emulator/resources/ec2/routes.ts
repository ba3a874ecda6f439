import { ignoringAbsent, type ResourceContext, resource } from '../resource.ts'
import { api, retag, tagged, whenFree } from './shared.ts'

interface RouteTableProperties {
  readonly VpcId: string
  readonly Tags?: unknown
}

interface RouteProperties {
  readonly RouteTableId: string
  readonly DestinationCidrBlock?: string
  readonly DestinationIpv6CidrBlock?: string
  readonly DestinationPrefixListId?: string
  readonly GatewayId?: string
  readonly NatGatewayId?: string
  readonly InstanceId?: string
  readonly NetworkInterfaceId?: string
  readonly VpcEndpointId?: string
}

interface AssociationProperties {
  readonly RouteTableId: string
  readonly SubnetId: string
}

const routeTable = resource<RouteTableProperties>({
  seconds: 5,
  create({ VpcId, Tags }, context) {
    const TagSpecifications = tagged(context, 'route-table', Tags)
    return api(context).CreateRouteTable({ VpcId, TagSpecifications }, context.call).RouteTable.RouteTableId
  },
  update(id, { Tags }, _before, context) {
    retag(id, Tags, context)
  },
  delete: (id, _properties, context) =>
    whenFree(context, () => api(context).DeleteRouteTable({ RouteTableId: id }, context.call)),
  attributes: (id) => ({ RouteTableId: id }),
})

const destination = ({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }: RouteProperties) =>
  DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId ?? ''

const route = resource<RouteProperties>({
  create(properties, context) {
    api(context).CreateRoute(properties, context.call)
    return `${properties.RouteTableId}|${destination(properties)}`
  },
  update(_id, properties, _before, context) {
    api(context).ReplaceRoute(properties, context.call)
  },
  delete: (_id, { RouteTableId, ...to }, context) =>
    ignoringAbsent(['InvalidRoute.NotFound', 'InvalidRouteTableID.NotFound'], () => {
      const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = to
      const input = { RouteTableId, DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }
      api(context).DeleteRoute(input, context.call)
    }),
  attributes: (id) => ({ CidrBlock: id.split('|')[1] }),
})

/** An association that is replaced has another id afterwards: the old one is looked for by its subnet. */
const associationOf = (SubnetId: string, context: ResourceContext) => {
  const of = { Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] }
  return api(context)
    .DescribeRouteTables(of, context.call)
    .RouteTables.flatMap(({ Associations }) => Associations)
    .find((association) => association.SubnetId === SubnetId)
}

const subnetRouteTableAssociation = resource<AssociationProperties>({
  create({ RouteTableId, SubnetId }, context) {
    const present = associationOf(SubnetId, context)
    if (present) {
      const input = { AssociationId: present.RouteTableAssociationId, RouteTableId }
      return api(context).ReplaceRouteTableAssociation(input, context.call).NewAssociationId
    }
    return api(context).AssociateRouteTable({ RouteTableId, SubnetId }, context.call).AssociationId ?? ''
  },
  delete: (AssociationId, _properties, context) =>
    ignoringAbsent(['InvalidAssociationID.NotFound'], () =>
      api(context).DisassociateRouteTable({ AssociationId }, context.call),
    ),
  attributes: (id) => ({ Id: id }),
})

export const routeResources = {
  'AWS::EC2::RouteTable': routeTable,
  'AWS::EC2::Route': route,
  'AWS::EC2::SubnetRouteTableAssociation': subnetRouteTableAssociation,
}
