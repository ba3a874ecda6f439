import { matches } from '../../faults/faults.ts'
import type { World } from '../../world.ts'
import { secondsOf } from '../cloudwatch/evaluation.ts'
import type { Alarm } from '../cloudwatch/state.ts'
import { shifts } from './find.ts'
import { isRollback, recordOf } from './history.ts'
import type { DeploymentState, ServiceState } from './state.ts'

const alarmsOf = ({ input }: ServiceState): readonly string[] => {
  const { enable = false, alarmNames = [] } = input.deploymentConfiguration?.alarms ?? {}
  return enable ? alarmNames : []
}

/** Those that there are: a service may name alarms that are made after it. */
function known(world: World, service: ServiceState): Alarm[] {
  const { alarms } = world.region(service.arn.split(':')[3] ?? '').cloudwatch
  return alarmsOf(service).flatMap((name) => alarms[name] ?? [])
}

/** One of them rang as the deployment began: it may be about to be mended, and none is listened to. */
const rangBefore = (alarms: readonly Alarm[], { createdAt }: DeploymentState): boolean =>
  alarms.some(({ state, changedAt }) => state === 'ALARM' && changedAt < createdAt)

/** The alarms of a running deployment that rang or were ordered to go off. Nobody listens in a rollback, or after the bake time. */
export function ringingAlarms(world: World, service: ServiceState, deployment: DeploymentState): readonly string[] {
  const names = alarmsOf(service)
  const over = recordOf(service, deployment)?.shift?.stage === 'CLEAN_UP'
  if (names.length === 0 || over || deployment.rolloutState !== 'IN_PROGRESS') return []
  if (isRollback(service, deployment)) return []
  const fault = world.faults.strike('alarm', ({ alarm }) => names.some((name) => matches(alarm, name)))
  if (fault) return names.filter((name) => matches(fault.alarm, name))
  const alarms = known(world, service)
  return rangBefore(alarms, deployment) ? [] : alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name)
}

/**
 * Whether a rolling deployment has been watched for long enough after its tasks took over: ECS computes the time from
 * the alarms. Other strategies have a bake time of their own; a first deployment could not go back.
 */
export function hasBaked(world: World, service: ServiceState, deployment: DeploymentState): boolean {
  const alarms = known(world, service)
  if (shifts(service) || !service.lastCompleted || alarms.length === 0) return true
  if (isRollback(service, deployment) || rangBefore(alarms, deployment)) return true
  deployment.settledAt ??= world.clock.now()
  const periods = alarms.map(({ input }) => secondsOf(input) * ((input.EvaluationPeriods ?? 1) + 1))
  return world.clock.now().getTime() - deployment.settledAt.getTime() >= Math.max(...periods) * 1000
}
