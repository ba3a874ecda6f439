import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { dependencyViolation, find, invalid, select } from './find.ts'
import { newId } from './ids.ts'
import type { RouteTable } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.RouteTable> = {
  'association.gateway-id': 'Associations.GatewayId',
  'association.main': 'Associations.Main',
  'association.route-table-association-id': 'Associations.RouteTableAssociationId',
  'association.route-table-id': 'Associations.RouteTableId',
  'association.subnet-id': 'Associations.SubnetId',
  'owner-id': 'OwnerId',
  'route.destination-cidr-block': 'Routes.DestinationCidrBlock',
  'route.destination-prefix-list-id': 'Routes.DestinationPrefixListId',
  'route.gateway-id': 'Routes.GatewayId',
  'route.instance-id': 'Routes.InstanceId',
  'route.nat-gateway-id': 'Routes.NatGatewayId',
  'route.origin': 'Routes.Origin',
  'route.state': 'Routes.State',
  'route-table-id': 'RouteTableId',
  'vpc-id': 'VpcId',
}

export const routeTables = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = (table: RouteTable) => ({ ...table, OwnerId: world.account })

  const association = (call: Call, id: string | undefined) => {
    for (const table of Object.values(ec2(call).routeTables)) {
      const found = table.Associations.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id)
      if (found) return { table, found }
    }
    throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
  }
  const remove = (table: RouteTable, gone: Sdk.RouteTableAssociation) => {
    table.Associations = table.Associations.filter((association) => association !== gone)
  }
  const add = (table: RouteTable, subject: Pick<Sdk.RouteTableAssociation, 'SubnetId' | 'GatewayId' | 'Main'>) => {
    const RouteTableAssociationId = newId(world, 'rtbassoc')
    table.Associations.push({
      Main: false,
      ...subject,
      RouteTableAssociationId,
      RouteTableId: table.RouteTableId,
      AssociationState: { State: 'associated' },
    })
    return { AssociationId: RouteTableAssociationId, AssociationState: { State: 'associated' as const } }
  }

  return {
    CreateRouteTable: ({ VpcId, TagSpecifications }, call) => {
      const vpc = find(ec2(call), 'vpcs', VpcId)
      const table: RouteTable = {
        RouteTableId: newId(world, 'rtb'),
        VpcId: vpc.VpcId,
        Associations: [],
        Routes: [
          { DestinationCidrBlock: vpc.CidrBlock, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
        ],
        PropagatingVgws: [],
        Tags: tagsFor('route-table', TagSpecifications),
      }
      ec2(call).routeTables[table.RouteTableId] = table
      return { RouteTable: show(table) }
    },

    DescribeRouteTables: (input, call) => {
      const shown = select(ec2(call), 'routeTables', input.RouteTableIds).map(show)
      const { items, next } = describe(shown, input, paths)
      return { RouteTables: items, ...next }
    },

    DeleteRouteTable: ({ RouteTableId }, call) => {
      const table = find(ec2(call), 'routeTables', RouteTableId)
      if (table.Associations.length > 0) throw dependencyViolation('routeTable', table.RouteTableId)
      delete ec2(call).routeTables[table.RouteTableId]
      return {}
    },

    AssociateRouteTable: ({ RouteTableId, SubnetId, GatewayId }, call) => {
      const table = find(ec2(call), 'routeTables', RouteTableId)
      if (SubnetId === undefined) return add(table, { GatewayId })
      const subnet = find(ec2(call), 'subnets', SubnetId)
      if (subnet.VpcId !== table.VpcId) {
        throw invalid(`Route table ${table.RouteTableId} and subnet ${SubnetId} belong to different networks`)
      }
      const present = Object.values(ec2(call).routeTables)
        .flatMap(({ Associations }) => Associations)
        .find((association) => association.SubnetId === SubnetId)
      if (present?.RouteTableId === table.RouteTableId) {
        return { AssociationId: present.RouteTableAssociationId, AssociationState: present.AssociationState }
      }
      if (present) {
        throw new AwsError(
          'Resource.AlreadyAssociated',
          `the specified association for route table ${table.RouteTableId} conflicts with an existing association`,
        )
      }
      return add(table, { SubnetId })
    },

    DisassociateRouteTable: ({ AssociationId }, call) => {
      const { table, found } = association(call, AssociationId)
      if (found.Main) throw invalid(`cannot disassociate the main route table association ${AssociationId}`)
      remove(table, found)
      return {}
    },

    ReplaceRouteTableAssociation: ({ AssociationId, RouteTableId }, call) => {
      const { table, found } = association(call, AssociationId)
      const target = find(ec2(call), 'routeTables', RouteTableId)
      remove(table, found)
      const { AssociationId: NewAssociationId, AssociationState } = add(target, {
        SubnetId: found.SubnetId,
        GatewayId: found.GatewayId,
        Main: found.Main,
      })
      return { NewAssociationId, AssociationState }
    },
  } satisfies Handlers<typeof Sdk>
}
