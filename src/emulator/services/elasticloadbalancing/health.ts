import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2'
import { bellOf } from '../../bell.ts'
import { matches } from '../../faults/faults.ts'
import type { HealthAnswer } from '../../runtime/balancer/balancer.ts'
import type { World } from '../../world.ts'
import { loadBalancersOf } from './find.ts'
import { codeMatches } from './health-settings.ts'
import type { ElbState, StoredTargetGroup, Target } from './state.ts'

/** What AWS takes to tell its nodes of a new target, and we to notice that a group is used. */
const REGISTRATION_SECONDS = 5

const health = (State: TargetHealth['State'], Reason: TargetHealth['Reason'], Description: string): TargetHealth => ({
  State,
  Reason,
  Description,
})

export const REGISTERING = health('initial', 'Elb.RegistrationInProgress', 'Target registration is in progress')
export const DRAINING = health('draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress')
export const NOT_REGISTERED = health('unused', 'Target.NotRegistered', 'Target is not registered to the target group')
const CHECKING = health('initial', 'Elb.InitialHealthChecking', 'Initial health checks in progress')
const DISABLED = health('unavailable', 'Target.HealthCheckDisabled', 'Health checks are disabled')
const NOT_IN_USE = health(
  'unused',
  'Target.NotInUse',
  'Target group is not configured to receive traffic from the load balancer',
)

const NOT_IN_ZONE = health(
  'unused',
  'Target.NotInUse',
  'Target is in an Availability Zone that is not enabled for the load balancer',
)

const inUse = (elb: ElbState, group: StoredTargetGroup) => loadBalancersOf(elb, group.TargetGroupArn).length > 0

const inService = (elb: ElbState, group: StoredTargetGroup) =>
  loadBalancersOf(elb, group.TargetGroupArn).some((arn) => elb.loadBalancers[arn]?.State?.Code === 'active')

const zoneEnabled = (elb: ElbState, group: StoredTargetGroup, { zone }: Target) =>
  zone === undefined ||
  loadBalancersOf(elb, group.TargetGroupArn).some((arn) =>
    elb.loadBalancers[arn]?.AvailabilityZones?.some(({ ZoneName }) => ZoneName === zone),
  )

/** What DescribeTargetHealth says of a registered target. */
export function healthOf(elb: ElbState, group: StoredTargetGroup, target: Target): TargetHealth {
  if (target.health.State === 'draining') return target.health
  if (!inUse(elb, group)) return NOT_IN_USE
  if (!zoneEnabled(elb, group, target)) return NOT_IN_ZONE
  return group.HealthCheckEnabled ? target.health : DISABLED
}

/** Checks a target for as long as it is registered and does not drain. */
export function watch(world: World, region: string, group: StoredTargetGroup, target: Target): void {
  const { elb } = world.region(region)
  const watched = () => group.targets.includes(target) && target.health.State !== 'draining'
  world.background(async (signal) => {
    // Failures count once in an interval of the container's time, however often AWS's own clock has us ask.
    let counting = true
    const pause = () => {
      counting = false
      world.patience.sleep(group.HealthCheckIntervalSeconds * 1000, signal).then(
        () => {
          counting = true
        },
        () => {},
      )
    }
    await world.clock.sleep(REGISTRATION_SECONDS * 1000, signal)
    while (watched()) {
      if (!group.HealthCheckEnabled || !inService(elb, group)) {
        Object.assign(target, { health: REGISTERING, successes: 0, failures: 0 })
        await world.clock.sleep(REGISTRATION_SECONDS * 1000, signal)
        continue
      }
      const failure = await ask(world, region, group, target, signal)
      if (!watched()) return
      const before = target.health.State
      if (!failure) succeed(group, target)
      else {
        fail(group, target, failure, counting)
        if (counting) pause()
      }
      if (target.health.State !== before) bellOf(world, group.TargetGroupArn).ring()
      const clock = target.health.State === 'healthy' ? world.patience : world.clock
      await clock.sleep(group.HealthCheckIntervalSeconds * 1000, signal)
    }
  })
}

function succeed(group: StoredTargetGroup, target: Target): void {
  target.failures = 0
  target.successes++
  // A new target of an Application Load Balancer needs to pass one check only.
  const first = target.health.State === 'initial' && group.Protocol !== 'TCP' && group.Protocol !== 'TLS'
  if (first || target.successes >= group.HealthyThresholdCount) target.health = { State: 'healthy' }
}

function fail(group: StoredTargetGroup, target: Target, failure: TargetHealth, counts: boolean): void {
  target.successes = 0
  if (counts) target.failures++
  if (target.failures >= group.UnhealthyThresholdCount || target.health.State === 'unhealthy') target.health = failure
  else if (target.health.State === 'initial') target.health = CHECKING
}

const FAILED = health('unhealthy', 'Target.FailedHealthChecks', 'Health checks failed')
const TIMED_OUT = health('unhealthy', 'Target.Timeout', 'Request timed out')

const mismatch = (status: number) =>
  health('unhealthy', 'Target.ResponseCodeMismatch', `Health checks failed with these codes: [${status}]`)

/** One health check. Undefined when it went well. */
async function ask(
  world: World,
  region: string,
  group: StoredTargetGroup,
  target: Target,
  signal: AbortSignal,
): Promise<TargetHealth | undefined> {
  const { HealthCheckProtocol, HealthCheckPath: path = '/', Matcher, HealthCheckTimeoutSeconds } = group
  const version =
    group.ProtocolVersion === 'HTTP2' || group.ProtocolVersion === 'GRPC' ? group.ProtocolVersion : 'HTTP1'
  const codes = Matcher?.GrpcCode ?? Matcher?.HttpCode ?? '200'
  const ordered = world.faults.strike('unhealthy-target', (fault) =>
    matches(fault.targetGroup, group.TargetGroupName ?? ''),
  )
  if (ordered?.reason === 'Target.ResponseCodeMismatch') return mismatch(ordered.status)
  if (ordered) return ordered.reason === 'Target.Timeout' ? TIMED_OUT : FAILED
  const port = healthPort(group, target)
  const place = world.balancer.reach(world, region, target.Id, port)
  if (!place) return FAILED
  const protocol = HealthCheckProtocol === 'HTTPS' || HealthCheckProtocol === 'TCP' ? HealthCheckProtocol : 'HTTP'
  const check = { protocol, version, path, host: `${target.Id}:${port}` } as const
  const answer: HealthAnswer | 'timed out' =
    'port' in place
      ? await within(world, HealthCheckTimeoutSeconds * 1000, signal, (stop) =>
          world.balancer.check(place.port, check, stop),
        )
      : protocol === 'TCP'
        ? { type: 'connected' }
        : { type: 'status', status: version === 'GRPC' ? Number.parseInt(codes, 10) : place.respond(path).status }
  if (answer === 'timed out') return TIMED_OUT
  if (answer.type === 'failed') return FAILED
  if (answer.type === 'connected' || codeMatches(codes, answer.status)) return undefined
  return mismatch(answer.status)
}

export const healthPort = ({ HealthCheckPort, Port = 0 }: StoredTargetGroup, target: Target): number =>
  HealthCheckPort === undefined || HealthCheckPort === 'traffic-port' ? (target.Port ?? Port) : Number(HealthCheckPort)

/** One for all: an error made for each check would take longer than the check. */
const OVER = new Error('The health check is over.')

/** Does something in a time that the container's clock measures, and stops it when that is over. */
async function within<Result>(
  { patience }: World,
  milliseconds: number,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result | 'timed out'> {
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  let timedOut = false
  signal.addEventListener('abort', abort, { once: true })
  const timer = patience.sleep(milliseconds, stop.signal).then(
    () => {
      timedOut = true
      stop.abort(OVER)
    },
    () => {},
  )
  try {
    return await work(stop.signal)
  } catch (error) {
    if (timedOut) return 'timed out'
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    stop.abort(OVER)
    await timer
  }
}
