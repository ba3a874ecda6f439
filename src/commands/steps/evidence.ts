import type { Aws, Context, ServiceInfo, ShiftInfo, StackOperation, TaskInfo } from '../../context.ts'
import { watchesAlarms } from '../../plan/features/rollback-alarms.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { shiftsTraffic } from '../../plan/manifest/rollout.ts'
import { environmentStack, logicalName } from '../../plan/names.ts'
import { unplacedFor } from '../../plan/placing.ts'
import { hasInstances } from '../../plan/stacks/capacity.ts'
import { culprit, type FailedTask, type Launch, type UnhealthyTarget, type Verdict } from '../../plan/verdict.ts'
import { type Group, launchTrouble, lookAtGroup, verdictOnGroup } from './capacity.ts'

const LAST_LINES = 100
/** When everything crashes, the first ones tell as much as all. */
const TASKS_WITH_LINES = 10

/** What was seen of a service while its stack was worked on; most of it is gone when the stack has rolled back. */
export interface Seen {
  /** Deployments that were there before: what happens to their tasks is no failure of the new one. */
  readonly before: ReadonlySet<string>
  /** The newest event of the service before. */
  readonly lastEvent: Date
  /** When AWS began with the service. */
  begun: Date
  /** Deployments that came since. */
  readonly own: Set<string>
  readonly failed: Map<string, FailedTask>
  readonly lines: Map<string, readonly string[]>
  /** Tasks that have nothing more to say. */
  readonly silent: Set<string>
  /** Why ECS took a target for unhealthy, and why the load balancer does right now. */
  stoppedFor: string | undefined
  unhealthyFor: string | undefined
  /** Why ECS gave a deployment up. */
  wentBackFor: string | undefined
  shift: ShiftInfo | undefined
  /** Of the instances that the service waits for; null when there is none. */
  group: Group | null | undefined
  launches: readonly Launch[]
  /** Why ECS finds no instance for a task of a deployment, right now or when another took its place. */
  unplaced: { readonly reason: string; readonly deployment: string | undefined } | undefined
  verdict: Verdict | undefined
  /** Of a stack that is given up. */
  removal: StackOperation | undefined
}

/** Of an operation that goes on already, the newest deployment is its own. */
export function nothingSeen(before: ServiceInfo | undefined, joins: boolean): Seen {
  const deployments = before?.deployments ?? []
  const own = joins ? deployments.find(({ primary, state }) => primary && state !== 'COMPLETED') : undefined
  return {
    before: new Set(deployments.flatMap(({ id }) => (id === own?.id ? [] : id))),
    lastEvent: own?.createdAt ?? before?.events[0]?.at ?? new Date(0),
    begun: new Date(0),
    own: new Set(),
    failed: new Map(),
    lines: new Map(),
    silent: new Set(),
    stoppedFor: undefined,
    unhealthyFor: undefined,
    wentBackFor: undefined,
    shift: undefined,
    group: undefined,
    launches: [],
    unplaced: undefined,
    verdict: undefined,
    removal: undefined,
  }
}

/** Who watches a service while its stack is worked on. */
export interface Observer {
  /** Of its stack. */
  readonly name: string
  readonly environment: Environment
  readonly service: Service
  readonly cluster: string
  /** Whether what cannot heal is given up; an onlooker leaves it alone. */
  readonly mayGiveUp: boolean
  readonly aws: Aws
  readonly context: Context
}

export interface Watched extends Observer {
  readonly seen: Seen
}

/** Looks once at everything that tells why a deployment does not come to its end. */
export async function look(watched: Watched, info: ServiceInfo, stopped: readonly TaskInfo[]): Promise<void> {
  const { service, cluster, seen, aws, context } = watched
  for (const { id } of info.deployments) if (!seen.before.has(id)) seen.own.add(id)
  await lookAtTasks(watched, stopped)
  for (const { at, text } of [...info.events].reverse()) {
    if (at > seen.lastEvent) context.keep({ kind: 'event', service: service.name, text, at: at.toISOString() })
  }
  lookAtPlacement(seen, info)
  seen.stoppedFor ??= unhealthyReason(info, seen.lastEvent)
  seen.wentBackFor ??= told(info, seen.lastEvent, / deployment failed: (.*)$/)
  if (shiftsTraffic(service)) seen.shift = await aws.services.shift(cluster, info.arn)
  if (info.running > 0) await lookAtTargets(watched, info)
  if (info.running < info.desired) await lookAtLaunches(watched)
}

/** A deployment that goes back, to tasks that have instances, does not make it forgotten why. */
function lookAtPlacement(seen: Seen, { running, desired, events, deployments }: ServiceInfo): void {
  const deployment = deployments.find(({ primary }) => primary)?.id
  if (seen.unplaced && seen.unplaced.deployment !== deployment) return
  const reason = running < desired ? unplacedFor(events, seen.lastEvent) : undefined
  seen.unplaced = reason === undefined ? undefined : { reason, deployment }
}

/** Failures of the new deployment's tasks, with the last lines of their containers. */
async function lookAtTasks(watched: Watched, stopped: readonly TaskInfo[]): Promise<void> {
  const { environment, service, seen, aws, context } = watched
  for (const task of stopped.filter((one) => isOwn(one, seen) && isFailure(one))) {
    const { id: taskId, stopCode, reason, containers } = failedTask(task)
    seen.failed.set(taskId, { id: taskId, stopCode, reason, containers })
    context.keep({
      kind: 'task',
      service: service.name,
      task: taskId,
      reason,
      containers: containers.map(({ name, exitCode, reason: why }) => ({
        name,
        ...(exitCode !== undefined && { exitCode }),
        ...(why !== undefined && { reason: why }),
      })),
      ...(stopCode !== undefined && { stopCode }),
      ...(task.stoppedAt && { at: task.stoppedAt.toISOString() }),
    })
    const before = seen.lines.get(taskId)
    if (stopCode === 'TaskFailedToStart' || seen.silent.has(taskId)) continue
    if (!before && seen.lines.size >= TASKS_WITH_LINES) continue
    const logGroup = `/img2vid/${environmentStack(environment.app, environment.name)}/${service.name}`
    const container = culprit({ containers })?.name ?? service.name
    const stream = `${environment.app}/${container}/${taskId}`
    const lines = await aws.services.lastLines(logGroup, stream, LAST_LINES)
    // Lines may arrive after the end of their task, and their group may go before they are read again.
    if (lines.length > 0 && lines.length === before?.length) seen.silent.add(taskId)
    if (lines.length < (before?.length ?? 0)) continue
    seen.lines.set(taskId, lines)
    if (lines.length > 0) context.keep({ kind: 'lines', service: service.name, task: taskId, lines })
  }
}

/** Who has seen no deployment knows its tasks by when they ended. */
const isOwn = ({ startedBy = '', stoppedAt }: TaskInfo, { own, before, begun }: Seen): boolean =>
  own.size > 0 ? own.has(startedBy) : !before.has(startedBy) && (stoppedAt ?? begun) >= begun

async function lookAtTargets(watched: Watched, { targetGroups }: ServiceInfo): Promise<void> {
  const { service, seen, aws, context } = watched
  const targets = await Promise.all(targetGroups.flat().map((group) => aws.services.targets(group)))
  const unhealthy = targets.flat().filter(({ state }) => state === 'unhealthy')
  seen.unhealthyFor = unhealthy[0]?.reason
  for (const target of unhealthy) context.keep({ kind: 'target', service: service.name, ...target })
}

/** What the group of the service's instances tried, while its tasks wait for one. */
async function lookAtLaunches(watched: Watched): Promise<void> {
  const { environment, service, seen, aws, context } = watched
  if (!hasInstances(service)) return
  if (seen.group === undefined) {
    const shared = await aws.stacks.find(environmentStack(environment.app, environment.name))
    const name = shared?.outputs[`${logicalName(service.name)}AutoScalingGroup`]
    seen.group = name === undefined ? null : { name, service, begun: seen.begun, since: context.clock.now() }
  }
  if (seen.group) seen.launches = await lookAtGroup(seen.group, aws, context)
}

/** Why ECS took a target for unhealthy, from its service's events: the target itself is soon gone. */
const unhealthyReason = (info: ServiceInfo, since: Date): string | undefined =>
  told(info, since, / due to \(reason (.*)\)/)

/** What the newest event says that is of that kind. */
function told({ events }: ServiceInfo, since: Date, kind: RegExp): string | undefined {
  const reasons = events.flatMap(({ at, text }) => (at > since ? (kind.exec(text)?.[1] ?? []) : []))
  return reasons[0]
}

/** ECS stops tasks for good reasons too: when it scales, or puts new ones in their place. */
export const isFailure = ({ stopCode, stoppedReason = '' }: TaskInfo): boolean =>
  stopCode === 'TaskFailedToStart' ||
  stopCode === 'EssentialContainerExited' ||
  /failed (ELB|container) health checks/.test(stoppedReason)

const failedTask = ({ id, stopCode, stoppedReason = '', containers }: TaskInfo): FailedTask => ({
  id,
  stopCode,
  reason: stoppedReason,
  containers,
})

export function unhealthyTarget({ stoppedFor, unhealthyFor }: Seen): UnhealthyTarget | undefined {
  const reason = stoppedFor ?? unhealthyFor
  return reason === undefined ? undefined : { reason }
}

export const verdictOnCapacity = ({ seen, aws, context }: Watched): Verdict | undefined =>
  seen.group ? verdictOnGroup(seen.group, seen.launches, aws, context) : undefined

/** What a deployment that moves traffic is about. */
function stageOf({ stage, traffic }: ShiftInfo): string {
  if (stage === 'BAKE_TIME') return 'all traffic at the new ones, the old ones still there'
  if (stage === 'CLEAN_UP') return 'the old ones go'
  return traffic > 0 ? `${traffic} % of the traffic at the new ones` : 'the new ones come up beside the old ones'
}

/** How it stands, for the lane: tasks, and what keeps them from being more. */
export function standing(
  { failed, launches, unplaced, unhealthyFor, shift }: Seen,
  { running, desired, deployments }: ServiceInfo,
  service: Service,
): string {
  const { state, running: mine = 0 } = deployments.find(({ primary }) => primary) ?? {}
  const settled = state === 'IN_PROGRESS' && !shift && mine >= desired
  const troubles = [
    ...(failed.size > 0 ? [`${failed.size} failed`] : []),
    ...(running < desired ? launchTrouble(launches) : []),
    ...(unplaced && running < desired ? [unplaced.reason] : []),
    ...(unhealthyFor ? [`unhealthy: ${unhealthyFor}`] : []),
    // ECS says nothing of the minutes for which it does.
    ...(settled && watchesAlarms(service) ? ['ECS watches the alarms'] : []),
  ]
  return [`${running} of ${desired} tasks running`, ...(shift ? [stageOf(shift)] : []), ...troubles].join(', ')
}

/** A last look where ECS has already taken the service away: it still knows the tasks. */
export async function lookBack(watched: Watched): Promise<void> {
  const { name, cluster, aws } = watched
  await lookAtTasks(watched, await aws.services.stopped(cluster, name))
}
