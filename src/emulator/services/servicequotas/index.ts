import type * as Sdk from '@aws-sdk/client-service-quotas'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { appliedValue, type Quota, quotas } from './quotas.ts'

export const servicequotas = (world: World) => {
  const describe = ({ service, code, name }: Quota, Value: number, { region }: Call): Sdk.ServiceQuota => ({
    ServiceCode: service,
    ServiceName: SERVICES[service],
    QuotaArn: arn(world, 'servicequotas', region, `${service}/${code}`),
    QuotaCode: code,
    QuotaName: name,
    Value,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
    QuotaAppliedAtLevel: 'ACCOUNT',
  })
  const applied = (quota: Quota, call: Call) => describe(quota, appliedValue(world, quota), call)
  const initial = (quota: Quota, call: Call) => describe(quota, quota.initially, call)

  return {
    GetServiceQuota: (input, call) => ({ Quota: applied(find(input), call) }),
    GetAWSDefaultServiceQuota: (input, call) => ({ Quota: initial(find(input), call) }),

    ListServiceQuotas: (input, call) => {
      const { items, next } = listed(input)
      return { Quotas: items.map((quota) => applied(quota, call)), ...(next && { NextToken: next }) }
    },

    ListAWSDefaultServiceQuotas: (input, call) => {
      const { items, next } = listed(input)
      return { Quotas: items.map((quota) => initial(quota, call)), ...(next && { NextToken: next }) }
    },
  } satisfies Handlers<typeof Sdk>
}

const SERVICES = {
  ec2: 'Amazon Elastic Compute Cloud (Amazon EC2)',
  vpc: 'Amazon Virtual Private Cloud (Amazon VPC)',
  elasticloadbalancing: 'Elastic Load Balancing (ELB)',
} as const

function find({ ServiceCode, QuotaCode }: Pick<Sdk.GetServiceQuotaCommandInput, 'ServiceCode' | 'QuotaCode'>): Quota {
  const quota = quotas.find(({ service, code }) => service === ServiceCode && code === QuotaCode)
  if (quota) return quota
  throw new AwsError('NoSuchResourceException', 'The request failed because the specified quota does not exist.')
}

function listed({
  ServiceCode,
  MaxResults = 100,
  NextToken,
}: Pick<Sdk.ListServiceQuotasCommandInput, 'ServiceCode' | 'MaxResults' | 'NextToken'>) {
  const all = quotas.filter(({ service }) => service === ServiceCode)
  if (all.length > 0) return page(all, MaxResults, NextToken)
  throw new AwsError('NoSuchResourceException', 'The request failed because the specified service does not exist.')
}
