import type { ResourceEvent, StackInfo, StackOutcome } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { NETWORK_GRACE_SECONDS, type Service } from '../../plan/manifest/model.ts'
import { shiftsTraffic } from '../../plan/manifest/rollout.ts'
import { placementVerdict } from '../../plan/placing.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import { finalVerdict, takenBack, type Verdict, verdictOn } from '../../plan/verdict.ts'
import type { StackFlags } from '../flags.ts'
import {
  look,
  lookBack,
  nothingSeen,
  type Observer,
  standing,
  unhealthyTarget,
  verdictOnCapacity,
  type Watched,
} from './evidence.ts'
import { quoted } from './images.ts'
import { leftBy } from './left.ts'
import { type BroughtUp, broughtUp, type Operated, operate, stackFailed, succeeded, teller } from './stacks.ts'
import { abandon } from './unsettled.ts'

const QUOTED_LINES = 20

/** Brings a service's stack up, watches its tasks meanwhile, and gives up early on what cannot heal. */
export const bringUpService = (
  wanted: Stack,
  existing: StackInfo | undefined,
  flags: StackFlags,
  observer: Observer,
): Promise<BroughtUp> =>
  observed(existing, observer, (tell) => operate(wanted, existing, flags, observer.aws, observer.context, tell))

/** Follows an operation and looks at the tasks meanwhile; throws what they say when it fails. */
export async function observed(
  existing: StackInfo | undefined,
  observer: Observer,
  follow: (tell: (event: ResourceEvent) => void) => Promise<Operated>,
): Promise<BroughtUp> {
  const { name, cluster, aws, context } = observer
  const before = existing && (await aws.services.find(cluster, existing.outputs.Service ?? ''))
  const seen = nothingSeen(before, existing?.status.endsWith('_IN_PROGRESS') === true)
  let over = false
  let watching: Promise<void> | undefined
  const tell = teller({ name }, context)
  const watched = { ...observer, seen }
  const { outcome, before: replaced } = await follow((event) => {
    tell(event)
    if (
      event.type !== 'AWS::ECS::Service' ||
      event.physicalId === undefined ||
      !/^(CREATE|UPDATE)_IN_PROGRESS$/.test(event.status)
    )
      return
    if (!watching) seen.begun = event.at
    watching ??= watch(watched, event.physicalId, () => over)
    // It is waited for at the end; until then its failure must not end the process.
    watching.catch(() => {})
  })
  over = true
  await watching
  // What was given up and came to be in that very moment goes all the same.
  const { removal } = seen
  const end = outcome && succeeded(outcome) && removal ? await aws.stacks.follow(removal, tell) : outcome
  if (!end || succeeded(end)) return broughtUp(name, end, replaced, context)
  throw await serviceFailed(watched, replaced, end)
}

async function watch(watched: Watched, serviceArn: string, isOver: () => boolean): Promise<void> {
  const { name, service, cluster, seen, mayGiveUp, aws, context } = watched
  await aws.poll(async () => {
    if (isOver()) return true
    // Tasks first: ECS says why it stops one before it does.
    const stopped = await aws.services.tasks(cluster, serviceArn, 'STOPPED')
    const info = await aws.services.find(cluster, serviceArn)
    if (info) {
      await look(watched, info, stopped)
      if (!isOver() && !seen.verdict) {
        context.ui.show({ type: 'lane', lane: name, state: 'running', text: standing(seen, info, service) })
      }
    }
    if (seen.verdict) return undefined
    const verdict =
      verdictOn(checked(service), [...seen.failed.values()], unhealthyTarget(seen), seen.lines) ??
      verdictOnCapacity(watched)
    if (verdict) {
      settle(watched, verdict)
      if (mayGiveUp) await giveUp(watched, verdict, serviceArn)
    }
    return undefined
  })
}

function settle({ service, seen, context }: Watched, verdict: Verdict): void {
  const { cause, advice, task } = verdict
  seen.verdict = verdict
  context.keep({ kind: 'verdict', service: service.name, cause, advice, ...(task !== undefined && { task }) })
}

/** What a verdict needs to know of a service. */
export const checked = ({ name, port, http }: Service) => ({
  name,
  port,
  healthCheckPath: http?.healthCheck.path,
  successCodes: http?.healthCheck.successCodes ?? '200',
  gracePeriod: http?.healthCheck.gracePeriod ?? NETWORK_GRACE_SECONDS,
})

/** AWS would go on trying for a long time: an update is cancelled, a first deployment taken away again. */
async function giveUp(
  { name, service, cluster, seen, aws, context }: Watched,
  { cause }: Verdict,
  serviceArn: string,
): Promise<void> {
  context.ui.show({ type: 'lane', lane: name, state: 'running', text: `giving up: ${cause}` })
  const stack = await aws.stacks.find(name)
  // By itself ECS goes straight back to the old tasks, which are all there; a cancelled update brings them up anew.
  const isUpdate = stack?.status === 'UPDATE_IN_PROGRESS'
  if (isUpdate && shiftsTraffic(service) && (await aws.services.takeBack(cluster, serviceArn))) return
  seen.removal = stack && (await abandon(stack, aws, context))
}

async function serviceFailed(
  watched: Watched,
  existing: StackInfo | undefined,
  outcome: StackOutcome,
): Promise<UserError> {
  const { name, service, seen, context } = watched
  if (!seen.verdict) {
    await lookBack(watched)
    const last =
      finalVerdict(checked(service), [...seen.failed.values()], unhealthyTarget(seen), seen.lines) ??
      placementVerdict(service.name, seen.unplaced?.reason) ??
      takenBack(service.name, seen.wentBackFor)
    if (last) settle(watched, last)
  }
  const { verdict } = seen
  context.ui.show({ type: 'lane', lane: name, state: 'failed', text: verdict?.cause ?? outcome.stack.status })
  if (!verdict) return stackFailed(name, outcome)
  const lines = (seen.lines.get(verdict.task ?? '') ?? []).slice(-QUOTED_LINES)
  const { status } = outcome.stack
  const rolledBack = status === 'UPDATE_ROLLBACK_COMPLETE'
  const message = [
    verdict.cause,
    ...(lines.length > 0
      ? [`  last lines of ${service.name} (task ${verdict.task?.slice(0, 8)})`, ...quoted(lines)]
      : []),
    ...became(status, service.name, existing, outcome),
  ]
  return new UserError(verdict.outcome ?? (rolledBack ? 'rolled-back' : 'failed'), message.join('\n'), {
    hint: `${verdict.advice}; then img2vid deploy${isStuck(status) ? ' --recover' : ''}${context.ask.interactive ? '' : ' --yes'}`,
  })
}

const isStuck = (status: string): boolean => status === 'UPDATE_ROLLBACK_FAILED'

/** What is left of the service. */
function became(status: string, service: string, existing: StackInfo | undefined, outcome: StackOutcome): string[] {
  if (!status.startsWith('UPDATE')) {
    const left = leftBy(outcome)
    const nothing = '  nothing of the service is left: it was its first deployment'
    return left.length === 0 ? [nothing] : [`${nothing}; still there:`, ...left.map((one) => `    ${one}`)]
  }
  if (!isStuck(status)) return [`  AWS went back to ${imageOf(service, existing)}, which still serves`]
  const last = outcome.failures.at(-1)
  return [
    `  AWS could not go back to ${imageOf(service, existing)} either${last ? `: ${last.resource}: ${last.reason ?? 'no reason given'}` : ''}`,
  ]
}

/** `web@sha256:3f1c9ab24d10` */
function imageOf(service: string, before: StackInfo | undefined): string {
  const reference = before?.parameters.ImageReference
  return reference === undefined ? 'what was there' : service + reference.slice(0, '@sha256:'.length + 12)
}
