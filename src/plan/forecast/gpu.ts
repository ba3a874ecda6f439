import { gpuInstance } from '../instances.ts'
import type { Environment } from '../manifest/model.ts'
import { logicalName } from '../names.ts'
import { instancesFor, isGpu } from '../stacks/environment.ts'
import { orList } from '../text.ts'
import type { QuotaUse, VcpuBucket } from './facts.ts'
import { type Finding, increase } from './finding.ts'

/** GPU instances that a service is going to have beside those that it has. */
export interface GpuDemand {
  readonly service: string
  /** Best first. */
  readonly types: readonly string[]
  readonly instances: number
}

/** By the parameters of the environment's stack, where there is one. */
export const gpuDemands = ({ services }: Environment, parameters: Readonly<Record<string, string>>): GpuDemand[] =>
  services.filter(isGpu).map((service) => {
    const there = Number(parameters[`${logicalName(service.name)}MinInstances`] ?? 0)
    return {
      service: service.name,
      types: service.compute.instances,
      instances: Math.max(0, instancesFor(service) - there),
    }
  })

const G: VcpuBucket = { name: 'G and VT', code: 'L-DB2E81BA', types: ['g*', 'vt*'] }
const P: VcpuBucket = { name: 'P', code: 'L-417A185B', types: ['p*'] }

/** What counts the instances of a type with GPUs. */
export const bucketOf = (type: string): VcpuBucket => (type.startsWith('p') ? P : G)

const preferred = ({ types: [best = ''] }: GpuDemand): VcpuBucket => bucketOf(best)

/** The quotas that count what is wanted. */
export const bucketsFor = (demands: readonly GpuDemand[]): VcpuBucket[] =>
  [G, P].filter((bucket) => demands.some((demand) => demand.instances > 0 && preferred(demand) === bucket))

/** At least, with the smallest of the types that count against the quota; of a type that is unknown, one. */
const vcpusFor = ({ types, instances }: GpuDemand, bucket: VcpuBucket): number =>
  instances *
  Math.min(...types.filter((type) => bucketOf(type) === bucket).map((type) => gpuInstance(type)?.vcpus ?? 1))

/** GPU01: a group whose quota is too small retries in silence, while its stack is complete. */
export function vcpuFindings(
  demands: readonly GpuDemand[],
  bucket: VcpuBucket,
  { limit, used }: QuotaUse,
  region: string,
): Finding[] {
  const mine = demands.filter((demand) => demand.instances > 0 && preferred(demand) === bucket)
  const wanted = mine.reduce((sum, demand) => sum + vcpusFor(demand, bucket), 0)
  if (used + wanted <= limit) return []
  const others = mine.every(({ types }) => types.some((type) => bucketOf(type) !== bucket))
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
  { service, types }: GpuDemand,
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
