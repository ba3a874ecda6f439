import { matches } from '../../faults/faults.ts'
import type { World } from '../../world.ts'
import { instanceTypeTable } from '../ec2/instance-type-table.ts'

/** Instances whose vCPUs a quota counts together. */
interface InstanceBucket {
  readonly types: RegExp
  readonly spot: boolean
}

export interface Quota {
  readonly service: 'ec2' | 'vpc' | 'elasticloadbalancing'
  readonly code: string
  readonly name: string
  /** What AWS gives a new account. */
  readonly initially: number
  readonly counts?: InstanceBucket
}

const STANDARD = /^([acdhimrtz]|mac)\d/
const G = /^(g|gr|vt)\d/
const P = /^p\d/

export const quotas: readonly Quota[] = [
  {
    service: 'ec2',
    code: 'L-1216C47A',
    name: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances',
    initially: 5,
    counts: { types: STANDARD, spot: false },
  },
  {
    service: 'ec2',
    code: 'L-34B43A08',
    name: 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests',
    initially: 5,
    counts: { types: STANDARD, spot: true },
  },
  {
    service: 'ec2',
    code: 'L-DB2E81BA',
    name: 'Running On-Demand G and VT instances',
    initially: 0,
    counts: { types: G, spot: false },
  },
  {
    service: 'ec2',
    code: 'L-3819A6DF',
    name: 'All G and VT Spot Instance Requests',
    initially: 0,
    counts: { types: G, spot: true },
  },
  {
    service: 'ec2',
    code: 'L-417A185B',
    name: 'Running On-Demand P instances',
    initially: 0,
    counts: { types: P, spot: false },
  },
  { service: 'vpc', code: 'L-F678F1CE', name: 'VPCs per Region', initially: 5 },
  { service: 'elasticloadbalancing', code: 'L-53DA6B97', name: 'Application Load Balancers per Region', initially: 50 },
]

/** The account has been given as much as one wants: nothing is refused without a fault. */
const PLENTY = 10_000

/** Whether instances of a type, on demand or Spot, count against the quota with a code. */
export const countsInstance = (code: string, type: string, spot: boolean): boolean =>
  quotas.some((quota) => quota.code === code && quota.counts?.spot === spot && quota.counts.types.test(type))

/** The account's quota: the smallest that is ordered for it, or for instances that it counts. */
export function appliedValue(world: World, { code, counts }: Quota): number {
  const limits = world.faults
    .of('quota')
    .filter((fault) => {
      if (fault.code !== undefined) return fault.code === code
      if (!counts || (fault.spot ?? counts.spot) !== counts.spot) return false
      return [...instanceTypeTable.keys()].some((type) => counts.types.test(type) && matches(fault.instanceType, type))
    })
    .map(({ limit }) => limit)
  return Math.min(PLENTY, ...limits)
}

/** Strikes the order for a quota that is not of instances, when what is in use has reached it. */
export const quotaReached = (world: World, code: 'L-F678F1CE' | 'L-53DA6B97', inUse: number): boolean =>
  world.faults.strike('quota', (fault) => fault.code === code && inUse >= fault.limit) !== undefined
