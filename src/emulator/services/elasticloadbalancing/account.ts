import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { findListener, findLoadBalancer, findRule, findTargetGroup, validationError } from './find.ts'
import { sslPolicies } from './ssl-policies.ts'
import type { ElbState } from './state.ts'

const PAGE_SIZE = 400
/** AWS's default quotas. */
const LIMITS = {
  'application-load-balancers': '50',
  'network-load-balancers': '50',
  'target-groups': '3000',
  'targets-per-application-load-balancer': '1000',
  'targets-per-network-load-balancer': '3000',
  'listeners-per-application-load-balancer': '50',
  'listeners-per-network-load-balancer': '50',
  'rules-per-application-load-balancer': '100',
  'certificates-per-application-load-balancer': '25',
  'target-groups-per-application-load-balancer': '100',
  'target-groups-per-action-on-application-load-balancer': '5',
  'targets-per-target-group': '1000',
}

/** Throws as AWS does for something that is not there, whatever the ARN says it is. */
function checkExists(elb: ElbState, arn: string): void {
  const kind = arn.split(':')[5]?.split('/')[0]
  if (kind === 'loadbalancer') findLoadBalancer(elb, arn)
  else if (kind === 'targetgroup') findTargetGroup(elb, arn)
  else if (kind === 'listener') findListener(elb, arn)
  else if (kind !== 'listener-rule') throw validationError(`'${arn}' is not a valid resource ARN`)
  else if (!Object.values(elb.listeners).some(({ defaultRuleArn }) => defaultRuleArn === arn)) findRule(elb, arn)
}

export const account = (world: World) => {
  const elb = (call: Call) => world.region(call.region).elb

  return {
    AddTags: ({ ResourceArns = [], Tags }, call) => {
      for (const arn of ResourceArns) checkExists(elb(call), arn)
      for (const arn of ResourceArns) elb(call).tags[arn] = { ...elb(call).tags[arn], ...tagRecord(Tags) }
      return {}
    },

    RemoveTags: ({ ResourceArns = [], TagKeys = [] }, call) => {
      for (const arn of ResourceArns) checkExists(elb(call), arn)
      for (const arn of ResourceArns) for (const key of TagKeys) delete elb(call).tags[arn]?.[key]
      return {}
    },

    DescribeTags: ({ ResourceArns = [] }, call) => {
      for (const arn of ResourceArns) checkExists(elb(call), arn)
      return {
        TagDescriptions: ResourceArns.map((ResourceArn) => ({
          ResourceArn,
          Tags: tagList(elb(call).tags[ResourceArn] ?? {}),
        })),
      }
    },

    DescribeAccountLimits: ({ Marker, PageSize = PAGE_SIZE }) => {
      const { items, next } = page(Object.entries(LIMITS), PageSize, Marker)
      return { Limits: items.map(([Name, Max]) => ({ Name, Max })), ...(next && { NextMarker: next }) }
    },

    DescribeSSLPolicies: ({ Names = [], Marker, PageSize = PAGE_SIZE }) => {
      const wanted = sslPolicies.filter(({ Name }) => Names.length === 0 || Names.includes(Name))
      if (wanted.length < Names.length) throw new AwsError('SSLPolicyNotFound', 'One or more SSL policies not found')
      const { items, next } = page(wanted, PageSize, Marker)
      return { SslPolicies: items, ...(next && { NextMarker: next }) }
    },
  } satisfies Handlers<typeof Sdk>
}
