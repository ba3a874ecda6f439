import { AwsError } from '../../errors.ts'
import { matches } from '../../faults/faults.ts'
import type { Call, World } from '../../world.ts'
import { countsInstance } from '../servicequotas/quotas.ts'
import { instanceTypeTable, isOffered } from './instance-type-table.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { zonesOf } from './zones.ts'

interface Wanted {
  readonly type: string
  readonly zone: string
  readonly spot: boolean
}

type Pattern = {
  readonly instanceType?: string | undefined
  readonly zone?: string | undefined
  readonly spot?: boolean | undefined
  /** Of the quota that counts them. */
  readonly code?: string | undefined
}

const fits = ({ instanceType, zone, spot, code }: Pattern, wanted: Wanted): boolean =>
  matches(instanceType, wanted.type) &&
  matches(zone, wanted.zone) &&
  (spot ?? wanted.spot) === wanted.spot &&
  (code === undefined || countsInstance(code, wanted.type, wanted.spot))

/** AWS has as much capacity as one wants, except where faults are ordered. Throws as RunInstances does. */
export function checkCapacity(world: World, call: Call, { input, type, subnet }: LaunchPlan, count: number): void {
  const spot = input.InstanceMarketOptions?.MarketType === 'spot'
  const wanted = { type: type.name, zone: subnet.AvailabilityZone, spot }
  checkQuota(world, call, wanted, type.vcpus * count)
  if (!world.faults.strike('no-capacity', (fault) => fits(fault, wanted))) return
  throw new AwsError(
    'InsufficientInstanceCapacity',
    spot ? 'There is no Spot capacity available that matches your request.' : noCapacity(world, call, wanted),
    500,
  )
}

function noCapacity(world: World, { region }: Call, wanted: Wanted): string {
  const { type, zone } = wanted
  const others = zonesOf(region).filter(
    (other) =>
      other !== zone &&
      isOffered(type, other) &&
      !world.faults.of('no-capacity').some((fault) => fits(fault, { ...wanted, zone: other })),
  )
  const text = `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`
  if (others.length === 0) return text
  return `${text} You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others.join(', ')}.`
}

/** A quota counts the vCPUs of all instances that it is for, pending and running. */
function checkQuota(world: World, call: Call, wanted: Wanted, vcpus: number): void {
  const exceeded = world.faults.strike(
    'quota',
    (fault) => fits(fault, wanted) && vcpusInUse(world, call, fault) + vcpus > fault.limit,
  )
  if (!exceeded) return
  if (wanted.spot) throw new AwsError('MaxSpotInstanceCountExceeded', 'Max spot instance count exceeded')
  throw new AwsError(
    'VcpuLimitExceeded',
    `You have requested more vCPU capacity than your current vCPU limit of ${exceeded.limit} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
  )
}

const vcpusInUse = (world: World, { region }: Call, quota: Pattern): number =>
  Object.values(world.region(region).ec2.instances)
    .filter(({ State }) => State.Name === 'pending' || State.Name === 'running')
    .filter(({ InstanceType = '', Placement, InstanceLifecycle }) =>
      fits(quota, {
        type: InstanceType,
        zone: Placement.AvailabilityZone ?? '',
        spot: InstanceLifecycle === 'spot',
      }),
    )
    .reduce((sum, { InstanceType = '' }) => sum + (instanceTypeTable.get(InstanceType)?.vcpus ?? 0), 0)
