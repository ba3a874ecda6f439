import type { Route, RouteTable } from '@aws-sdk/client-ec2'
import type { Lookups } from '../../context.ts'
import type { Clients } from '../clients.ts'
import { allPages } from '../pages.ts'
import { quotaLimits } from './quota.ts'

/** Networks and what is in them. */
export function networkLookups({
  ec2,
  elb,
  quotas,
}: Clients): Pick<Lookups, 'vpcs' | 'defaultVpc' | 'loadBalancers' | 'subnets' | 'endpoints'> {
  const limitOf = quotaLimits(quotas)

  async function routeTables(vpcs: readonly string[]): Promise<RouteTable[]> {
    const { DescribeRouteTablesCommand } = await import('@aws-sdk/client-ec2')
    const client = await ec2()
    const Filters = [{ Name: 'vpc-id', Values: [...vpcs] }]
    return allPages(async (NextToken) => {
      const answer = await client.send(new DescribeRouteTablesCommand({ Filters, NextToken }))
      return { items: answer.RouteTables ?? [], next: answer.NextToken }
    })
  }

  return {
    async vpcs() {
      const { DescribeVpcsCommand } = await import('@aws-sdk/client-ec2')
      const client = await ec2()
      const [limit, vpcs] = await Promise.all([
        limitOf('vpc', 'L-F678F1CE'),
        allPages(async (NextToken) => {
          const answer = await client.send(new DescribeVpcsCommand({ NextToken }))
          return { items: answer.Vpcs ?? [], next: answer.NextToken }
        }),
      ])
      return { limit, used: vpcs.length }
    },

    async defaultVpc() {
      const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2')
      const Filters = [{ Name: 'default-for-az', Values: ['true'] }]
      const { Subnets = [] } = await (await ec2()).send(new DescribeSubnetsCommand({ Filters }))
      const [first] = Subnets
      if (first?.VpcId === undefined) return undefined
      return { id: first.VpcId, subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).sort() }
    },

    async loadBalancers() {
      const { DescribeLoadBalancersCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2')
      const client = await elb()
      const [limit, balancers] = await Promise.all([
        limitOf('elasticloadbalancing', 'L-53DA6B97'),
        allPages(async (Marker) => {
          const answer = await client.send(new DescribeLoadBalancersCommand({ Marker }))
          return { items: answer.LoadBalancers ?? [], next: answer.NextMarker }
        }),
      ])
      return { limit, used: balancers.filter(({ Type }) => Type === 'application').length }
    },

    async subnets(ids) {
      const { DescribeSubnetsCommand } = await import('@aws-sdk/client-ec2')
      // A filter finds those that there are; a list of ids fails when one is not.
      const Filters = [{ Name: 'subnet-id', Values: [...ids] }]
      const { Subnets = [] } = await (await ec2()).send(new DescribeSubnetsCommand({ Filters }))
      const vpcs = [...new Set(Subnets.flatMap(({ VpcId }) => VpcId ?? []))]
      const tables = vpcs.length === 0 ? [] : await routeTables(vpcs)
      return Subnets.map(({ SubnetId = '', VpcId = '', AvailabilityZone = '', AvailableIpAddressCount = 0 }) => ({
        id: SubnetId,
        vpc: VpcId,
        zone: AvailabilityZone,
        freeAddresses: AvailableIpAddressCount,
        leadsTo: wayOut(tableOf(tables, VpcId, SubnetId)?.Routes ?? []),
      }))
    },

    async endpoints(vpc) {
      const { DescribeVpcEndpointsCommand } = await import('@aws-sdk/client-ec2')
      const Filters = [{ Name: 'vpc-id', Values: [vpc] }]
      const { VpcEndpoints = [] } = await (await ec2()).send(new DescribeVpcEndpointsCommand({ Filters }))
      return VpcEndpoints.flatMap(
        ({ ServiceName }) => ServiceName?.replace(/^(cn\.)?com\.amazonaws\.[^.]+\./, '') ?? [],
      )
    },
  }
}

/** A subnet without a table of its own has the VPC's. */
const tableOf = (tables: readonly RouteTable[], vpc: string, subnet: string): RouteTable | undefined =>
  tables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet)) ??
  tables.find(({ VpcId, Associations = [] }) => VpcId === vpc && Associations.some(({ Main }) => Main))

function wayOut(routes: readonly Route[]): 'internet' | 'elsewhere' | 'nowhere' {
  const route = routes.find((one) => one.DestinationCidrBlock === '0.0.0.0/0' && one.State === 'active')
  if (!route) return 'nowhere'
  return route.GatewayId?.startsWith('igw-') ? 'internet' : 'elsewhere'
}
