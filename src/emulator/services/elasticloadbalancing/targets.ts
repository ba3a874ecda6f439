import { isIPv4 } from 'node:net'
import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import type { Ec2State } from '../ec2/state.ts'
import { findTargetGroup, loadBalancersOf, validationError } from './find.ts'
import { DRAINING, healthOf, healthPort, NOT_REGISTERED, REGISTERING, watch } from './health.ts'
import type { StoredTargetGroup, Target } from './state.ts'

const DRAINING_CHECK_MS = 1000
const DRAINED = new Error('The target has drained.')

/** Names a target's connections. */
export const targetKey = ({ TargetGroupArn }: StoredTargetGroup, { Id, Port }: Target): string =>
  `${TargetGroupArn} ${Id}:${Port}`

/** The targets that may be sent requests. */
export const healthyTargets = (world: World, region: string, group: StoredTargetGroup): Target[] =>
  group.targets.filter((target) => healthOf(world.region(region).elb, group, target).State === 'healthy')

/** The zone of an instance or of the network interface with an address, where one is known. */
function zoneOf({ instances, networkInterfaces, subnets }: Ec2State, id: string): string | undefined {
  const subnetId =
    instances[id]?.SubnetId ??
    Object.values(networkInterfaces).find(({ PrivateIpAddress }) => PrivateIpAddress === id)?.SubnetId
  return subnets[subnetId ?? '']?.AvailabilityZone
}

/** Lets a target finish what it does, for as long as the delay allows, then takes it out of its group. */
export function drain(world: World, group: StoredTargetGroup, target: Target): void {
  target.health = DRAINING
  const seconds = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 0)
  world.background(async (signal) => {
    // Requests are the user's container's: they get the delay in its time.
    let over = false
    const delay = new AbortController()
    const waiting = world.patience.sleep(seconds * 1000, AbortSignal.any([signal, delay.signal])).then(
      () => {
        over = true
      },
      () => {},
    )
    do await world.clock.sleep(DRAINING_CHECK_MS, signal)
    while (!over && world.balancer.isBusy(targetKey(group, target)))
    delay.abort(DRAINED)
    await waiting
    remove(world, group, target)
  })
}

function remove(world: World, group: StoredTargetGroup, target: Target): void {
  const index = group.targets.indexOf(target)
  if (index < 0) return
  group.targets.splice(index, 1)
  world.balancer.disconnect(targetKey(group, target))
}

export const targets = (world: World) => {
  const region = (call: Call) => world.region(call.region)
  const portOf = ({ Port }: StoredTargetGroup, wanted: Sdk.TargetDescription) => wanted.Port ?? Port
  const registered = (group: StoredTargetGroup, wanted: Sdk.TargetDescription) =>
    group.targets.find(({ Id, Port }) => Id === wanted.Id && Port === portOf(group, wanted))

  const check = ({ TargetType }: StoredTargetGroup, Id: string, call: Call) => {
    if (TargetType === 'ip' && !isIPv4(Id)) throw validationError(`The IP address '${Id}' is not a valid IPv4 address`)
    if (TargetType !== 'instance') return
    if (!/^i-[0-9a-f]+$/.test(Id)) throw validationError(`Instance ID '${Id}' is not valid`)
    if (region(call).ec2.instances[Id]?.State.Name !== 'running') {
      throw new AwsError(
        'InvalidTarget',
        `The following targets are not in a running state and cannot be registered: '${Id}'`,
      )
    }
  }

  return {
    RegisterTargets: ({ TargetGroupArn, Targets = [] }, call) => {
      const group = findTargetGroup(region(call).elb, TargetGroupArn)
      for (const { Id = '' } of Targets) check(group, Id, call)
      for (const wanted of Targets) {
        const { Id = '', AvailabilityZone } = wanted
        const known = registered(group, wanted)
        if (known && known.health.State !== 'draining') continue
        if (known) group.targets.splice(group.targets.indexOf(known), 1)
        const target: Target = {
          Id,
          Port: portOf(group, wanted),
          ...(AvailabilityZone && { AvailabilityZone }),
          zone: zoneOf(region(call).ec2, Id),
          health: REGISTERING,
          successes: 0,
          failures: 0,
        }
        group.targets.push(target)
        if (group.TargetType !== 'lambda') watch(world, call.region, group, target)
      }
      return {}
    },

    DeregisterTargets: ({ TargetGroupArn, Targets = [] }, call) => {
      const { elb } = region(call)
      const group = findTargetGroup(elb, TargetGroupArn)
      const used = loadBalancersOf(elb, group.TargetGroupArn).length > 0
      for (const wanted of Targets) {
        const target = registered(group, wanted)
        if (!target || target.health.State === 'draining') continue
        if (used) drain(world, group, target)
        else remove(world, group, target)
      }
      return {}
    },

    DescribeTargetHealth: ({ TargetGroupArn, Targets }, call) => {
      const { elb } = region(call)
      const group = findTargetGroup(elb, TargetGroupArn)
      const show = (target: Target): Sdk.TargetHealthDescription => ({
        Target: {
          Id: target.Id,
          ...(target.Port !== undefined && { Port: target.Port }),
          ...(target.AvailabilityZone && { AvailabilityZone: target.AvailabilityZone }),
        },
        ...(group.TargetType !== 'lambda' && { HealthCheckPort: String(healthPort(group, target)) }),
        TargetHealth: healthOf(elb, group, target),
      })
      if (!Targets?.length) return { TargetHealthDescriptions: group.targets.map(show) }
      return {
        TargetHealthDescriptions: Targets.map((wanted) => {
          const target = registered(group, wanted)
          if (target) return show(target)
          return { Target: { ...wanted, Port: portOf(group, wanted) }, TargetHealth: NOT_REGISTERED }
        }),
      }
    },
  } satisfies Handlers<typeof Sdk>
}
