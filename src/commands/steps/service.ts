import type { Aws, Context, ResourceEvent, ServiceInfo, StackInfo, StackOutcome, TaskInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { environmentStack } from '../../plan/names.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import { type FailedTask, finalVerdict, type Verdict, verdictOn } from '../../plan/verdict.ts'
import type { RecoveryFlags } from '../flags.ts'
import { quoted } from './images.ts'
import { type BroughtUp, broughtUp, type Operated, operate, stackFailed, succeeded, teller } from './stacks.ts'
import { abandon } from './unsettled.ts'

const LAST_LINES = 20

/** What was seen of a service while its stack was worked on; most of it is gone when the stack has rolled back. */
interface Evidence {
  /** Deployments that were there before: what happens to their tasks is no failure of the new one. */
  readonly before: ReadonlySet<string>
  /** The newest event of the service before. */
  readonly lastEvent: Date
  /** Deployments that came since. */
  readonly own: Set<string>
  readonly failed: Map<string, FailedTask>
  readonly lines: Map<string, readonly string[]>
  targetReason: string | undefined
  verdict: Verdict | undefined
}

/** Brings a service's stack up, watches its tasks meanwhile, and gives up early on what cannot heal. */
export const bringUpService = (
  wanted: Stack,
  existing: StackInfo | undefined,
  flags: RecoveryFlags,
  observer: Observer,
): Promise<BroughtUp> =>
  observed(existing, observer, (tell) => operate(wanted, existing, flags, observer.aws, observer.context, tell))

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

/** Follows an operation and looks at the tasks meanwhile; throws what they say when it fails. */
export async function observed(
  existing: StackInfo | undefined,
  observer: Observer,
  follow: (tell: (event: ResourceEvent) => void) => Promise<Operated>,
): Promise<BroughtUp> {
  const { name, cluster, aws, context } = observer
  const before = existing && (await aws.services.find(cluster, existing.outputs.Service ?? ''))
  const evidence = emptyEvidence(before, existing?.status.endsWith('_IN_PROGRESS') === true)
  let over = false
  let watching: Promise<void> | undefined
  const tell = teller({ name }, context)
  const watched = { ...observer, evidence }
  const { outcome, before: replaced } = await follow((event) => {
    tell(event)
    if (
      event.type !== 'AWS::ECS::Service' ||
      event.physicalId === undefined ||
      !/^(CREATE|UPDATE)_IN_PROGRESS$/.test(event.status)
    )
      return
    watching ??= watch(watched, event.physicalId, () => over)
    // It is waited for at the end; until then its failure must not end the process.
    watching.catch(() => {})
  })
  over = true
  await watching
  if (!outcome || succeeded(outcome)) return broughtUp(name, outcome, replaced, context)
  throw await serviceFailed(watched, replaced, outcome)
}

/** Of an operation that goes on already, the newest deployment is its own. */
function emptyEvidence(before: ServiceInfo | undefined, joins: boolean): Evidence {
  const deployments = before?.deployments ?? []
  const own = joins ? deployments.find(({ primary, state }) => primary && state !== 'COMPLETED') : undefined
  return {
    before: new Set(deployments.flatMap(({ id }) => (id === own?.id ? [] : id))),
    lastEvent: own?.createdAt ?? before?.events[0]?.at ?? new Date(0),
    own: new Set(),
    failed: new Map(),
    lines: new Map(),
    targetReason: undefined,
    verdict: undefined,
  }
}

interface Watched extends Observer {
  readonly evidence: Evidence
}

async function watch(watched: Watched, serviceArn: string, isOver: () => boolean): Promise<void> {
  const { name, service, cluster, evidence, mayGiveUp, aws, context } = watched
  await aws.poll(async () => {
    if (isOver()) return true
    // Tasks first: ECS says why it stops one before it does.
    const stopped = await aws.services.tasks(cluster, serviceArn, 'STOPPED')
    const info = await aws.services.find(cluster, serviceArn)
    if (info) {
      await gather(watched, info, stopped)
      if (!isOver() && !evidence.verdict) {
        const text = `${info.running} of ${info.desired} tasks running${evidence.failed.size > 0 ? `, ${evidence.failed.size} failed` : ''}`
        context.ui.show({ type: 'lane', lane: name, state: 'running', text })
      }
    }
    const verdict = verdictOn(checked(service), [...evidence.failed.values()], target(evidence))
    if (verdict && !evidence.verdict) {
      evidence.verdict = verdict
      if (mayGiveUp) await giveUp(watched, verdict)
    }
    return undefined
  })
}

const target = ({ targetReason }: Evidence) => (targetReason === undefined ? undefined : { reason: targetReason })

const checked = ({ name, port, http }: Service) => ({
  name,
  port,
  healthCheckPath: http?.healthCheck.path,
  successCodes: http?.healthCheck.successCodes ?? '200',
  gracePeriod: http?.healthCheck.gracePeriod ?? 0,
})

/** Takes down what ECS shows of the new deployment's failures, with the last lines of their containers. */
async function gather(
  { environment, service, evidence, aws }: Watched,
  info: ServiceInfo,
  stopped: readonly TaskInfo[],
): Promise<void> {
  for (const { id } of info.deployments) if (!evidence.before.has(id)) evidence.own.add(id)
  for (const task of stopped) {
    if (!evidence.own.has(task.startedBy ?? '') || !isFailure(task)) continue
    evidence.failed.set(task.id, failedTask(task))
    // Lines may arrive after the end of their task.
    if (task.stopCode === 'TaskFailedToStart' || (evidence.lines.get(task.id) ?? []).length > 0) continue
    const logGroup = `/img2vid/${environmentStack(environment.app, environment.name)}/${service.name}`
    const stream = `${environment.app}/${service.name}/${task.id}`
    evidence.lines.set(task.id, await aws.services.lastLines(logGroup, stream, LAST_LINES))
  }
  evidence.targetReason ??= unhealthyReason(info, evidence.lastEvent)
}

/** Why ECS took a target for unhealthy, from its service's events: the target itself is soon gone. */
function unhealthyReason({ events }: ServiceInfo, since: Date): string | undefined {
  const reasons = events.flatMap(({ at, text }) =>
    at > since ? (/ due to \(reason (.*)\)/.exec(text)?.[1] ?? []) : [],
  )
  return reasons[0]
}

/** ECS stops tasks for good reasons too: when it scales, or puts new ones in their place. */
const isFailure = ({ stopCode, stoppedReason = '' }: TaskInfo): boolean =>
  stopCode === 'TaskFailedToStart' ||
  stopCode === 'EssentialContainerExited' ||
  /failed (ELB|container) health checks/.test(stoppedReason)

const failedTask = ({ id, stopCode, stoppedReason = '', containers }: TaskInfo): FailedTask => ({
  id,
  stopCode,
  reason: stoppedReason,
  containers,
})

/** AWS would go on trying for a long time: an update is cancelled, a first deployment taken away again. */
async function giveUp({ name, aws, context }: Watched, { cause }: Verdict): Promise<void> {
  context.ui.show({ type: 'lane', lane: name, state: 'running', text: `giving up: ${cause}` })
  const stack = await aws.stacks.find(name)
  if (stack) await abandon(stack, aws, context)
}

async function serviceFailed(
  watched: Watched,
  existing: StackInfo | undefined,
  outcome: StackOutcome,
): Promise<UserError> {
  const { name, service, evidence, context } = watched
  const verdict = evidence.verdict ?? finalVerdict(checked(service), [...evidence.failed.values()], target(evidence))
  context.ui.show({ type: 'lane', lane: name, state: 'failed', text: verdict?.cause ?? outcome.stack.status })
  if (!verdict) return stackFailed(name, outcome)
  const lines = evidence.lines.get(verdict.task ?? '') ?? []
  const rolledBack = outcome.stack.status.startsWith('UPDATE_ROLLBACK')
  const message = [
    verdict.cause,
    ...(lines.length > 0
      ? [`  last lines of ${service.name} (task ${verdict.task?.slice(0, 8)})`, ...quoted(lines)]
      : []),
    rolledBack
      ? `  AWS went back to ${existing?.parameters.ImageReference ?? 'what was there'}, which still serves`
      : '  nothing of the service is left: it was its first deployment',
  ]
  return new UserError(rolledBack ? 'rolled-back' : 'failed', message.join('\n'), {
    hint: `${verdict.advice}; then img2vid deploy${context.ask.interactive ? '' : ' --yes'}`,
  })
}
