import type { QuotaUse } from './facts.ts'
import { type Finding, increase } from './finding.ts'

/** QUO01: there is no room for another VPC. */
export const vpcFindings = ({ limit, used }: QuotaUse, region: string): Finding[] =>
  used < limit
    ? []
    : [
        {
          code: 'QUO01',
          severity: 'error',
          message: `a VPC is to be created, but ${region} has ${used} and the quota is ${limit}`,
          hint: `name one that exists under network.vpc.id, or ${increase('vpc', 'L-F678F1CE', used + 1, region)}`,
        },
      ]

/** QUO01: there is no room for another load balancer. */
export const loadBalancerFindings = ({ limit, used }: QuotaUse, region: string): Finding[] =>
  used < limit
    ? []
    : [
        {
          code: 'QUO01',
          severity: 'error',
          message: `a load balancer is to be created, but ${region} has ${used} and the quota is ${limit}`,
          hint: increase('elasticloadbalancing', 'L-53DA6B97', used + 1, region),
        },
      ]
