import { type Bell, bellOf, forgetBell, woken } from '../../bell.ts'
import type { Call, World } from '../../world.ts'
import { hasBaked, ringingAlarms } from './deployment-alarms.ts'
import {
  addServiceEvent,
  alarmDetection,
  bounds,
  circuitBreaker,
  complete,
  fail,
  failureThreshold,
  primaryOf,
  STOP_REQUEST,
} from './deployments.ts'
import { isActive, shifts, tasksOf } from './find.ts'
import { beginDeployments, type Failure, isStopRequested } from './history.ts'
import { placesOfDaemon } from './placement.ts'
import { startTasks, stopSurplus } from './scaling.ts'
import type { DeploymentState, ServiceState, TaskState } from './state.ts'
import { stopTask } from './stop-task.ts'
import { groupsOf, healthOf, targetsOf } from './targets.ts'
import { isShifted, resumeShifts, shiftTraffic } from './traffic-shift.ts'

const UNSETTLED_SECONDS = 1
const SETTLED_SECONDS = 5
/** After this many failures in a row ECS waits longer and longer before the next task. */
const PATIENT_FAILURES = 3
const LONGEST_RETRY_SECONDS = 900

/** Keeps a service at what it should be, until it is deleted. */
export function superviseService(world: World, region: string, service: ServiceState): void {
  const call = { region, requestId: world.random.uuid() }
  // A pause does not outlive the process that counts it.
  for (const deployment of service.deployments) deployment.paused = false
  resumeShifts(service)
  world.background(async (signal) => {
    for (let looks = 0; service.status !== 'INACTIVE' && !signal.aborted; ) {
      reconcile(world, call, service)
      const settled = primaryOf(service)?.rolloutState !== 'IN_PROGRESS' && service.status === 'ACTIVE'
      looks = settled ? looks + 1 : 0
      await woken(bellsOf(world, service, settled), signal, napOf(world, service, looks, signal))
    }
    forgetBell(world, service.arn)
  })
}

/** Rung by the service's own tasks and requests, and by its targets, which are looked at often enough while it is unsettled. */
const bellsOf = (world: World, { arn, input }: ServiceState, settled: boolean): Bell[] =>
  [arn, ...(settled ? groupsOf(input.loadBalancers ?? []) : [])].map((one) => bellOf(world, one))

/**
 * What goes on is looked at often. What only announces the next state lasts until the second look at a settled service;
 * from then on nothing happens to it without a ring, but for instances that come and go.
 */
function napOf(world: World, { input }: ServiceState, looks: number, signal: AbortSignal): Promise<void> | undefined {
  if (looks === 0) return world.clock.sleep(UNSETTLED_SECONDS * 1000, signal)
  const stays = looks > 1 && input.schedulingStrategy !== 'DAEMON'
  return stays ? undefined : world.patience.sleep(SETTLED_SECONDS * 1000, signal)
}

function reconcile(world: World, call: Call, service: ServiceState): void {
  const tasks = tasksOf(world, call.region, service)
  if (service.status === 'DRAINING') drain(world, service, tasks)
  else rollOut(world, call, service, tasks)
}

function rollOut(world: World, call: Call, service: ServiceState, tasks: readonly TaskState[]): void {
  const primary = primaryOf(service)
  if (!primary) return
  const health = new Map(tasks.filter(isActive).map((task) => [task, isHealthy(world, call, task)]))
  for (const [task, healthy] of health) if (healthy) noteHealthy(service, task)
  countFailures(world, service, tasks)
  replaceUnhealthy(world, call, service, [...health.keys()])
  const failure = failureOf(world, service, primary)
  if (failure) {
    fail(world, call.region, service, primary, failure)
    return
  }
  beginDeployments(world, service)

  const active = [...health.keys()].filter(isActive)
  const mine = active.filter(({ deploymentId }) => deploymentId === primary.id)
  const older = active.filter(({ deploymentId }) => deploymentId !== primary.id)
  const desired = desiredTasks(world, call, service)
  const healthy = active.filter((task) => health.get(task)).length
  const { leastHealthy, most } = bounds(service)
  primary.desiredCount = desired

  stopSurplus(world, service, surplusOf(mine, desired), primary)
  const inService = mine.filter((task) => health.get(task)).length
  if (shifts(service) && primary.rolloutState !== 'COMPLETED') {
    shiftTraffic(world, call, service, primary, { desired, mine, older, ready: inService >= desired })
  } else {
    const spare = older.filter((task) => !health.get(task))
    const replaced = older
      .filter((task) => health.get(task))
      .slice(0, Math.max(0, healthy - Math.min(leastHealthy, desired)))
    stopSurplus(world, service, [...(mine.length >= desired || most <= desired ? spare : []), ...replaced], primary)

    const room = Math.max(most, desired) - active.filter(isActive).length
    const starts = Math.min(desired - mine.length, service.input.schedulingStrategy === 'DAEMON' ? desired : room)
    if (primary.rolloutState !== 'FAILED' && !primary.paused) startTasks(world, call, service, primary, starts)
  }

  service.deployments = service.deployments.filter(
    (one) =>
      one === primary ||
      tasks.some(({ deploymentId, lastStatus }) => deploymentId === one.id && lastStatus !== 'STOPPED'),
  )
  const settled =
    service.deployments.length === 1 &&
    tasks.every((task) => isActive(task) || task.lastStatus === 'STOPPED') &&
    isShifted(service, primary)
  if (inService !== desired || !settled) return
  if (primary.rolloutState === 'IN_PROGRESS' && hasBaked(world, service, primary)) complete(world, service, primary)
  if (primary.rolloutState === 'COMPLETED') addServiceEvent(world, service, 'has reached a steady state.')
}

/** A daemon service wants as many tasks as there are instances for it, which come and go. */
/** Those that are too many: the newest of the subnet that has the most, so that the zones stay even. */
function surplusOf(tasks: readonly TaskState[], desired: number): TaskState[] {
  const left = [...tasks]
  const subnetOf = ({ networkInterface }: TaskState) => networkInterface?.subnetId
  const count = (task: TaskState) => left.filter((one) => subnetOf(one) === subnetOf(task)).length
  while (left.length > desired) {
    const most = Math.max(...left.map(count))
    left.splice(
      left.findLastIndex((task) => count(task) === most),
      1,
    )
  }
  return tasks.filter((task) => !left.includes(task))
}

function desiredTasks(world: World, { region }: Call, service: ServiceState): number {
  const definition = world.region(region).ecs.taskDefinitions[service.input.taskDefinition ?? '']
  if (service.input.schedulingStrategy === 'DAEMON' && definition) {
    service.desiredCount = placesOfDaemon(world, region, service, definition).length
  }
  return service.desiredCount
}

function drain(world: World, service: ServiceState, tasks: readonly TaskState[]): void {
  for (const task of tasks.filter(isActive)) {
    stopTask(
      world,
      task,
      'ServiceSchedulerInitiated',
      `Scaling activity initiated by (deployment ${task.deploymentId})`,
    )
  }
  if (tasks.every(({ lastStatus }) => lastStatus === 'STOPPED')) {
    service.status = 'INACTIVE'
    service.deployments = []
  }
}

/** In service: running, healthy by its own checks and in every target group; where nothing checks it, it has to last. */
function isHealthy(world: World, call: Call, task: TaskState): boolean {
  const { containerDefinitions } = world.region(call.region).ecs.taskDefinitions[task.definitionArn]?.input ?? {}
  const checked = task.containers.filter(
    ({ name, essential }) => essential && containerDefinitions?.some((one) => one.name === name && one.healthCheck),
  )
  const targets = targetsOf(world, call.region, task)
  return (
    task.lastStatus === 'RUNNING' &&
    (checked.length + targets.length > 0 || task.lasted === true) &&
    checked.every(({ health }) => health === 'HEALTHY') &&
    targets.every((target) => healthOf(world, call, target).state === 'healthy')
  )
}

function noteHealthy(service: ServiceState, task: TaskState): void {
  if (task.wasHealthy) return
  task.wasHealthy = true
  const deployment = service.deployments.find(({ id }) => id === task.deploymentId)
  const resets = service.input.deploymentConfiguration?.deploymentCircuitBreaker?.resetOnHealthyTask ?? true
  if (deployment && resets) deployment.consecutiveFailures = 0
}

/** A task that ended before it was in service is a failure of its deployment; each is counted once. */
function countFailures(world: World, service: ServiceState, tasks: readonly TaskState[]): void {
  for (const task of tasks) {
    const stoppedOnPurpose = task.stopCode === 'ServiceSchedulerInitiated' || task.stopCode === 'UserInitiated'
    if (isActive(task) || task.wasHealthy || task.counted || (stoppedOnPurpose && !task.failedHealthCheck)) continue
    task.counted = true
    const deployment = service.deployments.find(({ id }) => id === task.deploymentId)
    if (deployment) countFailure(world, service, deployment)
  }
}

function countFailure(world: World, service: ServiceState, deployment: DeploymentState): void {
  deployment.failedTasks += 1
  deployment.consecutiveFailures += 1
  const surplus = deployment.consecutiveFailures - PATIENT_FAILURES
  if (surplus < 0) return
  deployment.paused = true
  world.background(async (signal) => {
    await world.clock.sleep(Math.min(LONGEST_RETRY_SECONDS, 15 * 2 ** surplus) * 1000, signal)
    deployment.paused = false
    bellOf(world, service.arn).ring()
  })
  addServiceEvent(
    world,
    service,
    'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.',
  )
}

/** Stops tasks whose container or target turned unhealthy; a target is left alone during the grace period. */
function replaceUnhealthy(world: World, call: Call, service: ServiceState, tasks: readonly TaskState[]): void {
  for (const task of tasks) {
    if (task.lastStatus !== 'RUNNING') continue
    const sick = task.containers.find(({ essential, health }) => essential && health === 'UNHEALTHY')
    if (sick) {
      addServiceEvent(world, service, `(task ${task.id}) failed container health checks.`)
      failTask(world, task, 'Task failed container health checks')
    }
    if (!task.graceOver) continue
    for (const target of targetsOf(world, call.region, task)) {
      const { state, description } = healthOf(world, call, target)
      if (state !== 'unhealthy' || !isActive(task)) continue
      addServiceEvent(
        world,
        service,
        `(port ${target.port}) is unhealthy in (target-group ${target.targetGroupArn}) due to (reason ${description})`,
      )
      failTask(world, task, `Task failed ELB health checks in (target-group ${target.targetGroupArn})`)
    }
  }
}

/** ECS words it as its scheduler's doing, and counts it as a failure all the same. */
function failTask(world: World, task: TaskState, reason: string): void {
  task.failedHealthCheck = true
  stopTask(world, task, 'ServiceSchedulerInitiated', reason)
}

/** Why the deployment cannot go on, if so. */
function failureOf(world: World, service: ServiceState, primary: DeploymentState): Failure | undefined {
  if (isStopRequested(service, primary)) return STOP_REQUEST
  if (breakerOpens(service, primary)) return circuitBreaker(service)
  const alarms = ringingAlarms(world, service, primary)
  return alarms.length > 0 ? alarmDetection(service, alarms) : undefined
}

function breakerOpens(service: ServiceState, primary: DeploymentState): boolean {
  const threshold = failureThreshold(service)
  return primary.rolloutState === 'IN_PROGRESS' && threshold !== undefined && primary.consecutiveFailures >= threshold
}
