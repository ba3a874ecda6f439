import { resolveSpot } from '../features/spot.ts'
import { instanceOf } from '../instances.ts'
import type { Environment } from '../manifest/model.ts'
import { logicalName } from '../names.ts'
import { groupSize, hasInstances, instancesFor } from '../stacks/capacity.ts'
import { orList } from '../text.ts'
import type { QuotaUse, VcpuBucket } from './facts.ts'
import { type Finding, increase } from './finding.ts'

/** Instances that a service is going to have beside those that it has. */
export interface Demand {
  readonly service: string
  /** Best first. */
  readonly types: readonly string[]
  readonly instances: number
  readonly spot: boolean
}

/** By the parameters of the environment's stack, where there is one. */
export const demandsOf = ({ services }: Environment, parameters: Readonly<Record<string, string>>): Demand[] =>
  services.filter(hasInstances).map((service) => {
    const known = parameters[`${logicalName(service.name)}MinInstances`]
    const there = Number(known ?? 0)
    // A service that may sleep begins awake.
    const first = known === undefined ? instancesFor(service, service.count) : 0
    return {
      service: service.name,
      types: service.compute.instances,
      instances: Math.max(0, groupSize(service).least - there, first),
      spot: isSpot(service.settings),
    }
  })

/** None is on demand: then it is Spot's quota that counts them all. */
function isSpot(settings: Parameters<typeof resolveSpot>[0]): boolean {
  const spot = resolveSpot(settings)
  return spot !== undefined && spot.base === 0 && spot.weight === undefined
}

const G: VcpuBucket = { name: 'G and VT', code: 'L-DB2E81BA', types: ['g*', 'vt*'], spot: false }
const P: VcpuBucket = { name: 'P', code: 'L-417A185B', types: ['p*'], spot: false }
const STANDARD: VcpuBucket = {
  name: 'standard',
  code: 'L-1216C47A',
  types: ['a*', 'c*', 'd*', 'h*', 'i*', 'm*', 'r*', 't*', 'z*'],
  spot: false,
}
const SPOT: ReadonlyMap<VcpuBucket, VcpuBucket> = new Map([
  [G, { ...G, name: 'G and VT Spot', code: 'L-3819A6DF', spot: true }],
  [P, { ...P, name: 'P4, P3 and P2 Spot', code: 'L-7212CCBC', spot: true }],
  [STANDARD, { ...STANDARD, name: 'standard Spot', code: 'L-34B43A08', spot: true }],
])

const onDemandBucket = (type: string): VcpuBucket => (/^(g|vt)\d/.test(type) ? G : /^p\d/.test(type) ? P : STANDARD)

/** What counts the instances of a type. */
export const bucketOf = (type: string, spot = false): VcpuBucket => {
  const bucket = onDemandBucket(type)
  return (spot && SPOT.get(bucket)) || bucket
}

const preferred = ({ types: [best = ''], spot }: Demand): VcpuBucket => bucketOf(best, spot)

/** The quotas that count what is wanted. */
export const bucketsFor = (demands: readonly Demand[]): VcpuBucket[] =>
  [G, P, STANDARD, ...SPOT.values()].filter((bucket) =>
    demands.some((demand) => demand.instances > 0 && preferred(demand) === bucket),
  )

/** At least, with the smallest of the types that count against the quota; of a type that is unknown, one. */
const vcpusFor = ({ types, instances, spot }: Demand, bucket: VcpuBucket): number =>
  instances *
  Math.min(...types.filter((type) => bucketOf(type, spot) === bucket).map((type) => instanceOf(type)?.vcpus ?? 1))

/** GPU01: a group whose quota is too small retries in silence, while its stack is complete. */
export function vcpuFindings(
  demands: readonly Demand[],
  bucket: VcpuBucket,
  { limit, used }: QuotaUse,
  region: string,
): Finding[] {
  const mine = demands.filter((demand) => demand.instances > 0 && preferred(demand) === bucket)
  const wanted = mine.reduce((sum, demand) => sum + vcpusFor(demand, bucket), 0)
  if (used + wanted <= limit) return []
  const others = mine.every(({ types, spot }) => types.some((type) => bucketOf(type, spot) !== bucket))
  return [
    {
      code: 'GPU01',
      severity: others ? 'warning' : 'error',
      message: `${wanted} more vCPUs of ${bucket.name} instances are wanted for ${mine.map(({ service }) => service).join(', ')}; the quota in ${region} is ${limit}, of which ${used} are in use`,
      hint: increase('ec2', bucket.code, used + wanted, region),
    },
  ]
}

/** GPU02: a type is not offered where the instances are to run. */
export function offeringFindings(
  { service, types }: Demand,
  offerings: readonly { readonly type: string; readonly zone: string }[],
  zones: readonly string[],
  region: string,
): Finding[] {
  const zonesOf = (type: string) => offerings.filter((one) => one.type === type).map(({ zone }) => zone)
  const absent = types.filter((type) => !zonesOf(type).some((zone) => zones.includes(zone)))
  if (absent.length === 0) return []
  const elsewhere = [...new Set(absent.flatMap(zonesOf))].sort()
  const all = absent.length === types.length
  return [
    {
      code: 'GPU02',
      severity: all ? 'error' : 'warning',
      service,
      message: `${orList(absent)} ${absent.length > 1 ? 'are' : 'is'} not offered in ${orList(zones)}${all ? '' : ', and the next type is taken'}`,
      hint:
        elsewhere.length > 0
          ? `name subnets in ${orList(elsewhere)} under network.vpc.subnets.public, or other types under services.${service}.instances`
          : `name other types under services.${service}.instances; aws ec2 describe-instance-type-offerings --location-type availability-zone --region ${region} lists them`,
    },
  ]
}
