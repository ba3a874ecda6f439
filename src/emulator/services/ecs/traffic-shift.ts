import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'
import { bellOf } from '../../bell.ts'
import type { Call, World } from '../../world.ts'
import { shifts } from './find.ts'
import { isRollback, recordOf } from './history.ts'
import { startTasks, stopSurplus } from './scaling.ts'
import type { DeploymentState, ServiceState, TaskState, TrafficShift } from './state.ts'

const MINUTE = 60_000

interface Tasks {
  readonly desired: number
  /** Of the deployment, and of those before it. */
  readonly mine: readonly TaskState[]
  readonly older: readonly TaskState[]
  /** As many tasks of the deployment as there should be are in service. */
  readonly ready: boolean
}

/** One look at a deployment that brings up green beside blue, moves the traffic and takes blue away. */
export function shiftTraffic(
  world: World,
  call: Call,
  service: ServiceState,
  primary: DeploymentState,
  { desired, mine, older, ready }: Tasks,
): void {
  const source = service.deployments.find((one) => one !== primary && one.id === service.lastCompleted?.id)
  const blue = older.filter(({ deploymentId }) => deploymentId === source?.id)
  const strays = older.filter(({ deploymentId }) => deploymentId !== source?.id)
  const shift = shiftOf(service, primary)
  if (source && shift?.stage !== 'CLEAN_UP') startTasks(world, call, service, source, desired - blue.length)
  if (!shift || primary.rolloutState !== 'IN_PROGRESS') return

  const started = !['RECONCILE_SERVICE', 'PRE_SCALE_UP'].includes(shift.stage)
  if (started && !primary.paused) startTasks(world, call, service, primary, desired - mine.length)
  const enter = (stage: TrafficShift['stage']) => {
    shift.stage = stage
    delete shift.wait
  }
  /** Nobody watches a service's first deployment, and a rollback is in a hurry. */
  const lasted = (minutes: number) =>
    !source || isRollback(service, primary) || hasLasted(world, service, shift, minutes)

  switch (shift.stage) {
    case 'RECONCILE_SERVICE':
      if (source) route(world, call, service, source, 'productionListenerRule', 100)
      stopSurplus(world, service, strays, primary)
      if (strays.length === 0) enter('PRE_SCALE_UP')
      break
    case 'PRE_SCALE_UP':
      enter('SCALE_UP')
      break
    case 'SCALE_UP':
      if (ready) enter('POST_SCALE_UP')
      break
    case 'POST_SCALE_UP':
      enter('TEST_TRAFFIC_SHIFT')
      break
    case 'TEST_TRAFFIC_SHIFT':
      if (shift.test < 100) route(world, call, service, primary, 'testListenerRule', 100)
      shift.test = 100
      if (lasted(settling(world, call, service))) enter('POST_TEST_TRAFFIC_SHIFT')
      break
    case 'POST_TEST_TRAFFIC_SHIFT':
      enter('PRODUCTION_TRAFFIC_SHIFT')
      break
    case 'PRODUCTION_TRAFFIC_SHIFT': {
      const step = stepOf(service)
      if (shift.production < 100) {
        if (shift.production > 0 && !lasted(step.minutes)) break
        delete shift.wait
        const hurries = !source || isRollback(service, primary)
        shift.production = hurries ? 100 : step.next(shift.production)
        route(world, call, service, primary, 'productionListenerRule', shift.production)
      }
      if (shift.production === 100 && lasted(settling(world, call, service))) enter('POST_PRODUCTION_TRAFFIC_SHIFT')
      break
    }
    case 'POST_PRODUCTION_TRAFFIC_SHIFT':
      enter('BAKE_TIME')
      break
    case 'BAKE_TIME':
      if (lasted(service.input.deploymentConfiguration?.bakeTimeInMinutes ?? 0)) enter('CLEAN_UP')
      break
    case 'CLEAN_UP':
      stopSurplus(world, service, older, primary)
      break
  }
}

/** Minutes for which ECS lets the weights of a network load balancer come into force. */
function settling(world: World, { region }: Call, { input }: ServiceState): number {
  const { listeners } = world.region(region).elb
  const isNetwork = (input.loadBalancers ?? []).some(
    ({ advancedConfiguration }) => listeners[advancedConfiguration?.productionListenerRule ?? ''],
  )
  return isNetwork ? 10 : 0
}

/** Whether the deployment has all traffic, if that is how the service deploys. */
export const isShifted = (service: ServiceState, primary: DeploymentState): boolean =>
  !shifts(service) || primary.rolloutState !== 'IN_PROGRESS' || shiftOf(service, primary)?.stage === 'CLEAN_UP'

/** A wait does not outlive the process that counts it: it begins anew. */
export function resumeShifts({ history = [] }: ServiceState): void {
  for (const { shift } of history) if (shift?.wait === 'on') delete shift.wait
}

/** In the record of the service deployment, which a rollback shares with what it undoes. */
function shiftOf(service: ServiceState, deployment: DeploymentState): TrafficShift | undefined {
  const record = recordOf(service, deployment)
  if (!record || record.status === 'PENDING') return undefined
  if (record.shift?.deploymentId === deployment.id) return record.shift
  const stage = isRollback(service, deployment) ? 'PRE_SCALE_UP' : 'RECONCILE_SERVICE'
  record.shift = { deploymentId: deployment.id, stage, production: 0, test: 0 }
  return record.shift
}

/** Starts to wait, or tells whether the wait is over. */
function hasLasted(world: World, service: ServiceState, shift: TrafficShift, minutes: number): boolean {
  if (minutes === 0 || shift.wait === 'over') return true
  if (shift.wait === 'on') return false
  const { stage, production } = shift
  shift.wait = 'on'
  world.background(async (signal) => {
    await world.clock.sleep(minutes * MINUTE, signal)
    if (shift.stage !== stage || shift.production !== production) return
    shift.wait = 'over'
    bellOf(world, service.arn).ring()
  })
  return false
}

/** The percentage after another, and how long each lasts; the defaults are the API's. */
function stepOf({ input }: ServiceState) {
  const { strategy, canaryConfiguration, linearConfiguration } = input.deploymentConfiguration ?? {}
  if (strategy === 'CANARY') {
    const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } = canaryConfiguration ?? {}
    return { minutes: canaryBakeTimeInMinutes, next: (percent: number) => (percent === 0 ? canaryPercent : 100) }
  }
  if (strategy === 'LINEAR') {
    const { stepPercent = 10, stepBakeTimeInMinutes = 6 } = linearConfiguration ?? {}
    const next = (percent: number) => Math.min(100, Math.round((percent + stepPercent) * 10) / 10)
    return { minutes: stepBakeTimeInMinutes, next }
  }
  return { minutes: 0, next: () => 100 }
}

/** Gives a deployment's target groups their share of what comes in by the service's rules or listeners. */
function route(
  world: World,
  call: Call,
  { input }: ServiceState,
  { alternate = false }: DeploymentState,
  by: 'productionListenerRule' | 'testListenerRule',
  percent: number,
): void {
  for (const { targetGroupArn = '', advancedConfiguration = {} } of input.loadBalancers ?? []) {
    const arn = advancedConfiguration[by]
    const { alternateTargetGroupArn = '' } = advancedConfiguration
    if (arn === undefined) continue
    const weights = { [targetGroupArn]: alternate ? 100 - percent : percent }
    weights[alternateTargetGroupArn] = 100 - (weights[targetGroupArn] ?? 0)
    setWeights(world, call, arn, weights)
  }
}

/** A weight is a whole number of at most 999, a percentage may have a tenth. */
const weightOf = (percent: number, whole: boolean): number => (whole ? percent : Math.round(percent * 9))

function setWeights(world: World, call: Call, arn: string, percents: Readonly<Record<string, number>>): void {
  const { elb } = world.region(call.region)
  const whole = Object.values(percents).every(Number.isInteger)
  const TargetGroups = Object.entries(percents).map(([TargetGroupArn, percent]) => ({
    TargetGroupArn,
    Weight: weightOf(percent, whole),
  }))
  const weighted = (actions: readonly Action[] = []): Action[] =>
    actions.map(({ TargetGroupArn: _one, ...action }) =>
      action.Type === 'forward' ? { ...action, ForwardConfig: { ...action.ForwardConfig, TargetGroups } } : action,
    )
  // A rule or listener that somebody has taken away has no traffic to move.
  const rule = elb.rules[arn]
  const listener = elb.listeners[arn]
  if (rule) rule.Actions = weighted(rule.Actions)
  else if (listener) listener.DefaultActions = weighted(listener.DefaultActions)
}
