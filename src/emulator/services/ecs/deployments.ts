import type { DeploymentConfiguration } from '@aws-sdk/client-ecs'
import type { World } from '../../world.ts'
import { isActive, shifts, tasksOf } from './find.ts'
import { type Failure, isRollback, recordDeployment, recordFailure, recordSuccess } from './history.ts'
import type { DeploymentState, ServiceState } from './state.ts'

const MAXIMUM_EVENTS = 100
/** "Bounded" thresholds of the circuit breaker stay between these (ECS developer guide). */
const THRESHOLD_BOUNDS = { least: 3, most: 200 }

export function addServiceEvent(world: World, service: ServiceState, message: string): void {
  const [newest] = service.events
  const text = `(service ${service.name}) ${message}`
  // ECS repeats a message at most every six hours; here one is not repeated right after itself.
  if (newest?.message === text) return
  service.events.unshift({ id: world.random.uuid(), createdAt: world.clock.now(), message: text })
  service.events.splice(MAXIMUM_EVENTS)
}

/**
 * Puts a new deployment in front; what was primary goes on as active until its tasks are gone. Tasks that already run
 * the task definition go on with the new deployment, as after a rollback, unless `fresh` ones are asked for.
 */
export function addDeployment(
  world: World,
  region: string,
  service: ServiceState,
  taskDefinition: string,
  { fresh = false, reason }: { readonly fresh?: boolean; readonly reason?: string } = {},
): DeploymentState {
  const now = world.clock.now()
  const id = `ecs-svc/${String(Math.floor(world.random.fraction() * 1e19)).padStart(19, '1')}`
  const deployment: DeploymentState = {
    id,
    status: 'PRIMARY',
    taskDefinition,
    desiredCount: service.desiredCount,
    failedTasks: 0,
    consecutiveFailures: 0,
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: reason ?? `ECS deployment ${id} in progress.`,
  }
  const { lastCompleted } = service
  const tasks = tasksOf(world, region, service).filter(isActive)
  if (!shifts(service)) {
    const going = fresh ? [] : tasks.filter(({ definitionArn }) => definitionArn === taskDefinition)
    for (const task of going) task.deploymentId = id
  } else if (reason !== undefined) {
    // Blue has been running all the while.
    for (const task of tasks) if (task.deploymentId === lastCompleted?.id) task.deploymentId = id
    deployment.alternate = lastCompleted?.alternate ?? false
  } else {
    deployment.alternate = lastCompleted !== undefined && !lastCompleted.alternate
  }
  for (const older of service.deployments) older.status = 'ACTIVE'
  service.deployments = [deployment, ...service.deployments]
  // A rollback belongs to the service deployment that it undoes.
  if (reason === undefined) recordDeployment(world, service, deployment)
  return deployment
}

export const primaryOf = ({ deployments }: ServiceState): DeploymentState | undefined => deployments[0]

/** How many tasks must stay healthy and how many may run at once while a deployment goes on. */
export function bounds(service: ServiceState): { readonly leastHealthy: number; readonly most: number } {
  const daemon = service.input.schedulingStrategy === 'DAEMON'
  const { minimumHealthyPercent = daemon ? 0 : 100, maximumPercent = daemon ? 100 : 200 } = configuration(service)
  return {
    leastHealthy: Math.ceil((service.desiredCount * minimumHealthyPercent) / 100),
    most: Math.floor((service.desiredCount * maximumPercent) / 100),
  }
}

const configuration = ({ input }: ServiceState): DeploymentConfiguration => input.deploymentConfiguration ?? {}

/** Failed tasks at which the circuit breaker opens; undefined when there is none. */
export function failureThreshold(service: ServiceState): number | undefined {
  const breaker = configuration(service).deploymentCircuitBreaker
  if (!breaker?.enable) return undefined
  const { type = 'BOUNDED_PERCENT', value = 50 } = breaker.thresholdConfiguration ?? {}
  if (type === 'COUNT') return value
  const share = Math.ceil((service.desiredCount * value) / 100)
  if (type === 'UNBOUNDED_PERCENT') return Math.max(1, share)
  return Math.min(THRESHOLD_BOUNDS.most, Math.max(THRESHOLD_BOUNDS.least, share))
}

export function complete(world: World, service: ServiceState, deployment: DeploymentState): void {
  deployment.rolloutState = 'COMPLETED'
  deployment.rolloutStateReason = `ECS deployment ${deployment.id} completed.`
  deployment.updatedAt = world.clock.now()
  recordSuccess(world, service, deployment)
  const { id, taskDefinition, alternate = false } = deployment
  service.lastCompleted = { id, taskDefinition, alternate }
  addServiceEvent(world, service, `(deployment ${deployment.id}) deployment completed.`)
}

export const circuitBreaker = (service: ServiceState): Failure => ({
  by: 'circuit breaker',
  reason: 'tasks failed to start.',
  rollback: configuration(service).deploymentCircuitBreaker?.rollback ?? false,
})

export const alarmDetection = (service: ServiceState, alarms: readonly string[]): Failure => ({
  by: 'alarm detection',
  reason: 'alarm detected.',
  rollback: configuration(service).alarms?.rollback ?? false,
  alarms,
})

export const STOP_REQUEST: Failure = { by: 'stop', reason: 'rollback requested.', rollback: true }

/** Back to what last worked when that is asked for, otherwise it stays failed. A rollback is not rolled back. */
export function fail(
  world: World,
  region: string,
  service: ServiceState,
  deployment: DeploymentState,
  failure: Failure,
): void {
  const { by, reason, rollback } = failure
  deployment.rolloutState = 'FAILED'
  deployment.rolloutStateReason = `ECS deployment ${by}: ${reason}`
  deployment.updatedAt = world.clock.now()
  service.failure = { deploymentId: deployment.id, reason: deployment.rolloutStateReason }
  addServiceEvent(world, service, `(deployment ${deployment.id}) deployment failed: ${reason}`)
  const { lastCompleted } = service
  if (!rollback || !lastCompleted || isRollback(service, deployment)) {
    recordFailure(world, service, deployment, failure, undefined)
    return
  }
  addServiceEvent(world, service, `rolling back to deployment ${lastCompleted.id}.`)
  const why = `ECS deployment ${by}: rolling back to deploymentId ${lastCompleted.id}.`
  service.input = { ...service.input, taskDefinition: lastCompleted.taskDefinition }
  const back = addDeployment(world, region, service, lastCompleted.taskDefinition, { reason: why })
  recordFailure(world, service, deployment, failure, back)
}
