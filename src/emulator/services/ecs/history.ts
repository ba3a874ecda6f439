import type { World } from '../../world.ts'
import type { DeploymentState, ServiceDeploymentState, ServiceState } from './state.ts'

/** How a deployment fails, in the words of its texts, and whether the service is to go back. */
export interface Failure {
  /** Such as `circuit breaker`. */
  readonly by: string
  readonly reason: string
  readonly rollback: boolean
  readonly alarms?: readonly string[]
}

export const recordOf = (
  { history = [] }: ServiceState,
  deployment: DeploymentState,
): ServiceDeploymentState | undefined =>
  history.find(
    ({ deploymentId, rollback }) => deploymentId === deployment.id || rollback?.deploymentId === deployment.id,
  )

export const isRollback = ({ history = [] }: ServiceState, { id }: DeploymentState): boolean =>
  history.some(({ rollback }) => rollback?.deploymentId === id)

/** Whether the rollback that somebody asked for is to begin. */
export function isStopRequested(service: ServiceState, deployment: DeploymentState): boolean {
  const record = recordOf(service, deployment)
  return record?.status === 'ROLLBACK_REQUESTED' && hasLasted(record)
}

/** A deployment that was asked for becomes a service deployment; one that still goes on has to stop for it. */
export function recordDeployment(world: World, service: ServiceState, deployment: DeploymentState): void {
  const now = world.clock.now()
  const { history = [] } = service
  for (const older of history) {
    if (/^(PENDING|IN_PROGRESS|ROLLBACK_REQUESTED|ROLLBACK_IN_PROGRESS)$/.test(older.status)) {
      Object.assign(older, { status: 'STOP_REQUESTED', seen: false, updatedAt: now })
    }
  }
  const source = lastRevision(service)
  service.history = [
    {
      id: world.random.suffix(21),
      deploymentId: deployment.id,
      revision: String(Math.floor(world.random.fraction() * 1e19)).padStart(19, '1'),
      input: service.input,
      status: 'PENDING',
      createdAt: now,
      updatedAt: now,
      ...(source !== undefined && { source }),
      ...(deployment.alternate && { alternate: true }),
    },
    ...history,
  ]
}

/** The scheduler has taken up the service: what was asked for begins, what had to stop has stopped. */
export function beginDeployments(world: World, { history = [] }: ServiceState): void {
  const now = world.clock.now()
  for (const record of history) {
    if (!/^(PENDING|STOP_REQUESTED)$/.test(record.status) || !hasLasted(record)) continue
    if (record.status === 'PENDING') Object.assign(record, { status: 'IN_PROGRESS', startedAt: now, updatedAt: now })
    else end(world, record, 'STOPPED')
  }
}

export function recordSuccess(world: World, service: ServiceState, deployment: DeploymentState): void {
  const record = recordOf(service, deployment)
  if (record) end(world, record, record.deploymentId === deployment.id ? 'SUCCESSFUL' : 'ROLLBACK_SUCCESSFUL')
}

/** With the deployment that brings the service back, if there is one. */
export function recordFailure(
  world: World,
  service: ServiceState,
  deployment: DeploymentState,
  { reason, rollback, alarms, by }: Failure,
  back: DeploymentState | undefined,
): void {
  const record = recordOf(service, deployment)
  if (!record) return
  const now = world.clock.now()
  record.statusReason = reason
  if (alarms) record.alarms = alarms
  if (by === 'circuit breaker') record.broken = true
  if (!back) {
    end(world, record, rollback || isRollback(service, deployment) ? 'ROLLBACK_FAILED' : 'STOPPED')
    return
  }
  const revision = lastRevision(service)
  record.status = 'ROLLBACK_IN_PROGRESS'
  record.updatedAt = now
  record.rollback = { deploymentId: back.id, reason, startedAt: now, ...(revision !== undefined && { revision }) }
}

/** Of what last worked. */
function lastRevision({ history = [], lastCompleted }: ServiceState): string | undefined {
  for (const { deploymentId, revision, rollback } of history) {
    if (deploymentId === lastCompleted?.id) return revision
    if (rollback && rollback.deploymentId === lastCompleted?.id) return rollback.revision
  }
  return undefined
}

/** A state that only announces the next one lasts until the scheduler looks again. */
function hasLasted(record: ServiceDeploymentState): boolean {
  const { seen = false } = record
  record.seen = !seen
  return seen
}

function end(world: World, record: ServiceDeploymentState, status: ServiceDeploymentState['status']): void {
  const now = world.clock.now()
  Object.assign(record, { status, finishedAt: now, updatedAt: now })
  if (status === 'STOPPED') record.stoppedAt = now
}
