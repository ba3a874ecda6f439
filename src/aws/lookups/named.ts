import type { Lookups } from '../../context.ts'
import type { Clients } from '../clients.ts'
import { isNotFound, statusOf } from '../errors.ts'
import { allPages } from '../pages.ts'

type Named =
  | 'loadBalancer'
  | 'priorities'
  | 'policy'
  | 'securityGroups'
  | 'endpointServices'
  | 'fileSystem'
  | 'stored'
  | 'alarms'
  | 'exports'

/** Things that exist already, by the names that a manifest has of them. */
export function namedLookups({ cloudformation, cloudwatch, elb, iam, ec2, efs, s3 }: Clients): Pick<Lookups, Named> {
  return {
    async loadBalancer(named) {
      const { DescribeListenersCommand, DescribeLoadBalancersCommand } = await import(
        '@aws-sdk/client-elastic-load-balancing-v2'
      )
      const client = await elb()
      const wanted = named.startsWith('arn:') ? { LoadBalancerArns: [named] } : { Names: [named] }
      try {
        const { LoadBalancers: [found] = [] } = await client.send(new DescribeLoadBalancersCommand(wanted))
        if (!found) return undefined
        const {
          LoadBalancerArn,
          Type = '',
          VpcId = '',
          DNSName = '',
          CanonicalHostedZoneId = '',
          SecurityGroups = [],
        } = found
        const listeners = await allPages(async (Marker) => {
          const answer = await client.send(new DescribeListenersCommand({ LoadBalancerArn, Marker }))
          return { items: answer.Listeners ?? [], next: answer.NextMarker }
        })
        return {
          type: Type,
          vpc: VpcId,
          host: DNSName,
          zone: CanonicalHostedZoneId,
          groups: SecurityGroups,
          listeners: listeners.map(({ ListenerArn: arn = '', Protocol = '', Port = 0 }) => ({
            arn,
            protocol: Protocol,
            port: Port,
          })),
        }
      } catch (error) {
        if (isNotFound(error, 'LoadBalancerNotFoundException', 'LoadBalancerNotFound')) return undefined
        throw error
      }
    },

    async priorities(ListenerArn) {
      const { DescribeRulesCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2')
      const client = await elb()
      const rules = await allPages(async (Marker) => {
        const answer = await client.send(new DescribeRulesCommand({ ListenerArn, Marker }))
        return { items: answer.Rules ?? [], next: answer.NextMarker }
      })
      return rules.flatMap(({ Priority }) => (Number(Priority) > 0 ? Number(Priority) : []))
    },

    async policy(PolicyArn) {
      const { GetPolicyCommand } = await import('@aws-sdk/client-iam')
      try {
        return (await (await iam()).send(new GetPolicyCommand({ PolicyArn }))).Policy !== undefined
      } catch (error) {
        if (isNotFound(error, 'NoSuchEntityException', 'NoSuchEntity')) return false
        throw error
      }
    },

    async securityGroups(ids) {
      const { DescribeSecurityGroupsCommand } = await import('@aws-sdk/client-ec2')
      // A filter finds those that there are; a list of ids fails when one is not.
      const Filters = [{ Name: 'group-id', Values: [...ids] }]
      const { SecurityGroups = [] } = await (await ec2()).send(new DescribeSecurityGroupsCommand({ Filters }))
      return SecurityGroups.map(({ GroupId = '', VpcId = '' }) => ({ id: GroupId, vpc: VpcId }))
    },

    async endpointServices() {
      const { DescribeVpcEndpointServicesCommand } = await import('@aws-sdk/client-ec2')
      const client = await ec2()
      return allPages(async (NextToken) => {
        const answer = await client.send(new DescribeVpcEndpointServicesCommand({ NextToken }))
        return { items: answer.ServiceNames ?? [], next: answer.NextToken }
      })
    },

    async fileSystem(FileSystemId) {
      const { DescribeMountTargetsCommand } = await import('@aws-sdk/client-efs')
      try {
        const { MountTargets = [] } = await (await efs()).send(new DescribeMountTargetsCommand({ FileSystemId }))
        return [...new Set(MountTargets.flatMap(({ VpcId }) => VpcId ?? []))]
      } catch (error) {
        if (isNotFound(error, 'FileSystemNotFound')) return undefined
        throw error
      }
    },

    async alarms(names) {
      const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch')
      const input = { AlarmNames: [...names], AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] }
      const { MetricAlarms = [], CompositeAlarms = [] } = await (await cloudwatch()).send(
        new DescribeAlarmsCommand(input),
      )
      return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName: name = '', StateValue }) => ({
        name,
        rings: StateValue === 'ALARM',
      }))
    },

    async exports() {
      const { ListExportsCommand } = await import('@aws-sdk/client-cloudformation')
      const client = await cloudformation()
      const all = await allPages(async (NextToken) => {
        const answer = await client.send(new ListExportsCommand({ NextToken }))
        return { items: answer.Exports ?? [], next: answer.NextToken }
      })
      return all.flatMap(({ Name }) => Name ?? [])
    },

    async stored(Bucket, Key) {
      const { HeadBucketCommand, HeadObjectCommand } = await import('@aws-sdk/client-s3')
      const client = await s3()
      try {
        if (Key === undefined) await client.send(new HeadBucketCommand({ Bucket }))
        else await client.send(new HeadObjectCommand({ Bucket, Key }))
      } catch (error) {
        const status = statusOf(error)
        if (status === 404) return false
        // It is in another region, or nobody here may look at it: it is there.
        if (status !== 301 && status !== 403) throw error
      }
      return true
    },
  }
}
