import type { Aws, Context, ResourceEvent, StackInfo, StackOutcome } from '../../context.ts'
import { explain, UserError } from '../../errors.ts'
import { makingToken } from '../../plan/operation.ts'
import { actionFor, isSame } from '../../plan/stack-status.ts'
import { isLarge, type Stack } from '../../plan/stacks/stack.ts'
import { templateBucketOf, templateKey } from '../../plan/stacks/template-bucket.ts'
import { firstLine } from '../../plan/text.ts'
import type { StackFlags } from '../flags.ts'
import { leftBy } from './left.ts'
import { timing } from './timing.ts'
import { firstFailure, joinOrWait, recover } from './unsettled.ts'

export interface BroughtUp {
  readonly stack: StackInfo
  readonly changed: boolean
}

/** Tells the lane of a stack what happens in it. */
export const teller =
  ({ name }: Pick<Stack, 'name'>, { ui, keep }: Context) =>
  ({ resource, type, status, reason, at }: ResourceEvent): void => {
    const seen = { kind: 'resource', stack: name, resource, type, status, at: at.toISOString() } as const
    keep({ ...seen, ...(reason !== undefined && { reason }) })
    const state = status.endsWith('_IN_PROGRESS') ? 'running' : status.endsWith('_FAILED') ? 'failed' : 'done'
    const cancelled = /cancelled$/.test(reason ?? '')
    ui.show({
      type: 'resource',
      lane: name,
      resource,
      state,
      ...(state === 'failed' && reason !== undefined && { reason: cancelled ? 'cancelled' : reason }),
    })
  }

/** Creates or updates a stack and waits for the end. Throws when it did not come to be as it should. */
export async function bringUp(
  wanted: Stack,
  existing: StackInfo | undefined,
  flags: StackFlags,
  aws: Aws,
  context: Context,
): Promise<BroughtUp> {
  const { outcome, before } = await operate(wanted, existing, flags, aws, context, teller(wanted, context))
  if (!outcome || succeeded(outcome)) return broughtUp(wanted.name, outcome, before, context)
  context.ui.show({ type: 'lane', lane: wanted.name, state: 'failed', text: outcome.stack.status })
  throw stackFailed(wanted.name, outcome)
}

export const succeeded = ({ stack }: StackOutcome): boolean => /^(CREATE|UPDATE)_COMPLETE$/.test(stack.status)

/** The good end of an operation, or of none. */
export function broughtUp(
  name: string,
  outcome: StackOutcome | undefined,
  before: StackInfo | undefined,
  { ui }: Context,
): BroughtUp {
  const text = !outcome ? 'as it should be' : before ? 'updated' : 'created'
  ui.show({ type: 'lane', lane: name, state: 'done', text })
  return { stack: outcome?.stack ?? (before as StackInfo), changed: outcome !== undefined }
}

export interface Operated {
  /** Undefined when there was nothing to do. */
  readonly outcome: StackOutcome | undefined
  /** The stack that was updated, or left as it is; undefined when it was made anew. */
  readonly before: StackInfo | undefined
}

/** Sees to it that the stack can be worked on, then begins what has to be done and follows it to its end. */
export async function operate(
  wanted: Stack,
  planned: StackInfo | undefined,
  flags: StackFlags,
  aws: Aws,
  context: Context,
  tell: (event: ResourceEvent) => void,
): Promise<Operated> {
  const { ui, keep } = context
  const ended = async (outcome: StackOutcome): Promise<StackOutcome> => {
    keep({ kind: 'end', stack: wanted.name, status: outcome.stack.status })
    if (!succeeded(outcome)) return outcome
    for (const left of leftBy(outcome)) ui.show({ type: 'note', text: `still there: ${left}` })
    return asWanted(wanted, outcome, aws)
  }
  const newToken = () => makingToken(wanted, context)
  const look = () => aws.stacks.find(wanted.name)
  let existing = planned
  for (;;) {
    const action = actionFor(wanted, existing)
    if (existing && action === 'none') return { outcome: undefined, before: existing }
    if (existing && action === 'busy') {
      const joined = await joinOrWait(wanted, existing, flags, tell, aws, context)
      if (joined)
        return { outcome: await ended(joined), before: joined.stack.status.startsWith('CREATE') ? undefined : existing }
      existing = await look()
      continue
    }
    if (existing && action === 'stuck') {
      await recover(existing, flags, newToken, aws, context)
      existing = await look()
      continue
    }
    if (existing && action === 'replace') {
      await removeDead(existing, newToken(), aws, context)
      existing = undefined
    }
    if (existing?.status === 'UPDATE_ROLLBACK_COMPLETE') await tellLastFailure(existing, aws, context)
    const time = timing(existing ? 'update' : 'create', wanted.name, aws, context)
    ui.show({
      type: 'lane',
      lane: wanted.name,
      state: 'running',
      text: existing ? 'updating' : 'creating',
      expected: time.expected,
    })
    const begun = aws.stacks.begin(await placed(wanted, flags, aws, context), existing, newToken(), flags.express)
    const operation = await unlessRefused(wanted.name, begun, context)
    if (operation === 'unchanged' && existing) {
      const { stack } = await asWanted(wanted, { stack: existing, failures: [], kept: [] }, aws)
      return { outcome: undefined, before: stack }
    }
    if (typeof operation === 'object') {
      const outcome = await aws.stacks.follow(operation, tell, time.expected)
      if (succeeded(outcome)) time.remember()
      return { outcome: await ended(outcome), before: existing }
    }
    // Somebody was faster; what was read of the stack may be older than that for a moment.
    const { status, changedAt } = existing ?? { status: '', changedAt: new Date(0) }
    const { found } = await aws.poll(async () => {
      const now = await look()
      const isNews = now ? now.status !== status || now.changedAt > changedAt : existing !== undefined
      return isNews ? { found: now } : undefined
    })
    existing = found
  }
}

/** The stack with the address of its template, which is in the app's bucket now; as it is, when a request can hold it. */
async function placed(wanted: Stack, flags: StackFlags, aws: Aws, context: Context): Promise<Stack> {
  if (!isLarge(wanted)) return wanted
  const bucket = templateBucketOf(wanted.tags['img2vid:app'] ?? '', context.files.templates)
  const { stack } = await context.once(`${aws.region} ${bucket.name}`, async () =>
    bringUp(bucket, await aws.stacks.find(bucket.name), flags, aws, context),
  )
  const key = templateKey(wanted)
  await aws.templates.put(stack.outputs.Bucket ?? '', key, wanted.body)
  return { ...wanted, url: `https://${stack.outputs.Address}/${key}` }
}

/** The lane of what AWS does not even begin ends there. */
export async function unlessRefused<Begun>(lane: string, begun: Promise<Begun>, { ui }: Context): Promise<Begun> {
  try {
    return await begun
  } catch (error) {
    ui.show({ type: 'lane', lane, state: 'failed', text: firstLine(explain(error).message) })
    throw error
  }
}

const CHECKS = 10

/** The stack as it was wanted: what is read of it may be older for a moment, or of another operation that has followed. */
async function asWanted(wanted: Stack, outcome: StackOutcome, aws: Aws): Promise<StackOutcome> {
  let { stack } = outcome
  let checks = 0
  await aws.poll(async () => {
    if (checks > 0) stack = (await aws.stacks.find(stack.id)) ?? stack
    return isSame(wanted, stack) || ++checks >= CHECKS || undefined
  })
  if (isSame(wanted, stack)) return { ...outcome, stack: { ...stack, status: outcome.stack.status } }
  throw new UserError('busy', `${wanted.name} was brought to what it should be, and another operation has followed`, {
    hint: 'img2vid status shows what is there',
  })
}

async function tellLastFailure(stack: StackInfo, aws: Aws, { ui }: Context): Promise<void> {
  const why = firstFailure((await aws.stacks.lastOperation(stack))?.events ?? [])
  if (why) ui.show({ type: 'note', text: `the last update of ${stack.name} went back: ${why}` })
}

/** AWS lets a stack whose create failed be deleted, and nothing else. */
async function removeDead(existing: StackInfo, token: string, aws: Aws, context: Context): Promise<void> {
  const { name, status } = existing
  const why = firstFailure((await aws.stacks.lastOperation(existing))?.events ?? [])
  const text = `removing what a failed create left (${status}${why ? `: ${why}` : ''})`
  context.ui.show({ type: 'lane', lane: name, state: 'running', text })
  const outcome = await aws.stacks.follow(await aws.stacks.remove(existing, token), teller(existing, context))
  if (outcome.stack.status !== 'DELETE_COMPLETE') throw stackFailed(name, outcome)
}

/** The first resource that failed is the root; the others were cancelled or followed from it. */
export function stackFailed(name: string, outcome: StackOutcome, verb = 'deploy'): UserError {
  const { stack, failures } = outcome
  const rolledBack = stack.status === 'UPDATE_ROLLBACK_COMPLETE'
  const causes = failures.map(
    ({ resource, type, reason }) => `    ${resource} (${type}): ${reason ?? 'no reason given'}`,
  )
  const what = rolledBack
    ? `${name} could not be updated, and AWS went back to what was there`
    : `${name} failed: ${stack.status}`
  const why = causes.length > 0 ? causes : [`    ${stack.reason ?? 'no reason given'}`]
  const left = leftBy(outcome).map((one) => `    still there: ${one}`)
  return new UserError(rolledBack ? 'rolled-back' : 'failed', [what, ...why, ...left].join('\n'), {
    hint: `mend the cause, then run img2vid ${verb} again`,
  })
}
