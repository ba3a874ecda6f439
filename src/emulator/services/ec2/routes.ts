import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { cidrText, parseCidr } from './cidr.ts'
import { find, invalid, missing } from './find.ts'
import { gatewayOf } from './internet-gateways.ts'
import type { Ec2State, RouteTable } from './state.ts'

type Destination = Pick<
  Sdk.CreateRouteRequest,
  'DestinationCidrBlock' | 'DestinationIpv6CidrBlock' | 'DestinationPrefixListId'
>
type Target = Pick<
  Sdk.CreateRouteRequest,
  'GatewayId' | 'NatGatewayId' | 'InstanceId' | 'NetworkInterfaceId' | 'VpcEndpointId'
>

function destinationOf(input: Destination): Destination {
  const { DestinationCidrBlock: text, DestinationIpv6CidrBlock, DestinationPrefixListId } = input
  if (text === undefined) return { DestinationIpv6CidrBlock, DestinationPrefixListId }
  const cidr = parseCidr(text)
  if (cidr) return { DestinationCidrBlock: cidrText(cidr) }
  throw invalid(`Value (${text}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`)
}

const named = ({ DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId }: Destination) =>
  DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? DestinationPrefixListId

const present = (table: RouteTable, destination: Destination) =>
  table.Routes.find((route) => named(route) === named(destination))

/** What a route leads to, which must be there and in the same VPC. */
function targetOf(ec2: Ec2State, table: RouteTable, input: Target): Partial<Sdk.Route> {
  if (input.NatGatewayId) {
    const gateway = ec2.natGateways[input.NatGatewayId]
    if (!gateway || gateway.State === 'deleted') {
      throw new AwsError('InvalidNatGatewayID.NotFound', `The natGateway ID '${input.NatGatewayId}' does not exist`)
    }
    sameNetwork(table, `NAT gateway ${input.NatGatewayId}`, gateway.VpcId)
    return { NatGatewayId: input.NatGatewayId }
  }
  if (input.GatewayId?.startsWith('igw-')) {
    const gateway = find(ec2, 'internetGateways', input.GatewayId)
    if (gatewayOf(ec2, table.VpcId) !== gateway) {
      sameNetwork(table, `network gateway ${input.GatewayId}`, undefined)
    }
    return { GatewayId: input.GatewayId }
  }
  if (input.GatewayId) {
    throw new AwsError('InvalidGatewayID.NotFound', `The gateway ID '${input.GatewayId}' does not exist`)
  }
  if (input.InstanceId) return { InstanceId: find(ec2, 'instances', input.InstanceId).InstanceId }
  if (input.NetworkInterfaceId) {
    return { NetworkInterfaceId: find(ec2, 'networkInterfaces', input.NetworkInterfaceId).NetworkInterfaceId }
  }
  throw missing('gatewayId')
}

function sameNetwork(table: RouteTable, target: string, vpcId: string | undefined): void {
  if (table.VpcId !== vpcId) {
    throw invalid(`route table ${table.RouteTableId} and ${target} belong to different networks`)
  }
}

export const routes = (world: World) => {
  const table = (call: Call, id: string | undefined) => find(world.region(call.region).ec2, 'routeTables', id)
  const target = (call: Call, table: RouteTable, input: Target) => targetOf(world.region(call.region).ec2, table, input)

  const existing = (table: RouteTable, destination: Destination, verb: string) => {
    const route = present(table, destination)
    if (route && route.Origin === 'CreateRoute') return route
    if (route) throw invalid(`cannot ${verb} local route ${named(destination)} in route table ${table.RouteTableId}`)
    throw new AwsError(
      'InvalidRoute.NotFound',
      `no route with destination-cidr-block ${named(destination)} in route table ${table.RouteTableId}`,
    )
  }

  return {
    CreateRoute: (input, call) => {
      const to = table(call, input.RouteTableId)
      const destination = destinationOf(input)
      if (present(to, destination)) {
        throw new AwsError('RouteAlreadyExists', `The route identified by ${named(destination)} already exists.`)
      }
      to.Routes.unshift({ ...destination, ...target(call, to, input), Origin: 'CreateRoute', State: 'active' })
      return { Return: true }
    },

    ReplaceRoute: (input, call) => {
      const { Routes } = table(call, input.RouteTableId)
      const destination = destinationOf(input)
      const of = table(call, input.RouteTableId)
      const route = existing(of, destination, 'replace')
      const replacement = { ...destination, ...target(call, of, input), Origin: route.Origin, State: 'active' as const }
      Routes.splice(Routes.indexOf(route), 1, replacement)
      return {}
    },

    DeleteRoute: (input, call) => {
      const { Routes } = table(call, input.RouteTableId)
      const route = existing(table(call, input.RouteTableId), destinationOf(input), 'remove')
      Routes.splice(Routes.indexOf(route), 1)
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
