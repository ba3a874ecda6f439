import type { Aws, Context, ResourceEvent, StackInfo, StackOutcome } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { actionFor, type StackAction } from '../../plan/stack-status.ts'
import type { Stack } from '../../plan/stacks/stack.ts'

export interface BroughtUp {
  readonly stack: StackInfo
  readonly changed: boolean
}

/** Tells the lane of a stack what happens in it. */
export const teller =
  ({ name }: Pick<Stack, 'name'>, { ui }: Context) =>
  ({ resource, status, reason }: ResourceEvent): void => {
    const state = status.endsWith('_IN_PROGRESS') ? 'running' : status.endsWith('_FAILED') ? 'failed' : 'done'
    const cancelled = /cancelled$/.test(reason ?? '')
    ui.show({
      type: 'resource',
      lane: name,
      resource,
      state,
      ...(state === 'failed' && reason !== undefined && !cancelled && { reason }),
    })
  }

/** Creates or updates a stack and waits for the end. Throws when it did not come to be as it should. */
export async function bringUp(
  wanted: Stack,
  existing: StackInfo | undefined,
  aws: Aws,
  context: Context,
): Promise<BroughtUp> {
  const { ui } = context
  const done = (text: string) => ui.show({ type: 'lane', lane: wanted.name, state: 'done', text })
  const action = actionFor(wanted, existing)
  if (action === 'none' && existing) {
    done('as it should be')
    return { stack: existing, changed: false }
  }
  const outcome = await operate(wanted, existing, action, aws, context)
  if (!outcome) {
    done('as it should be')
    return { stack: existing as StackInfo, changed: false }
  }
  if (succeeded(outcome)) {
    done(action === 'update' ? 'updated' : 'created')
    return { stack: outcome.stack, changed: true }
  }
  ui.show({ type: 'lane', lane: wanted.name, state: 'failed', text: outcome.stack.status })
  throw stackFailed(wanted.name, outcome)
}

export const succeeded = ({ stack }: StackOutcome): boolean => /^(CREATE|UPDATE)_COMPLETE$/.test(stack.status)

/** Begins what has to be done and follows it; `watch` is called once it has begun. Undefined when AWS found nothing to do. */
export async function operate(
  wanted: Stack,
  existing: StackInfo | undefined,
  action: StackAction,
  aws: Aws,
  context: Context,
  tell: (event: ResourceEvent) => void = teller(wanted, context),
): Promise<StackOutcome | undefined> {
  if (existing && action === 'busy') throw busy(existing)
  if (existing && action === 'stuck') throw stuck(existing)
  const { ui } = context
  if (existing && action === 'replace') await removeDead(existing, aws, context)
  const present = action === 'update' ? existing : undefined
  ui.show({ type: 'lane', lane: wanted.name, state: 'running', text: present ? 'updating' : 'creating' })
  const operation = await aws.stacks.begin(wanted, present)
  return operation && aws.stacks.follow(operation, tell)
}

async function removeDead(existing: StackInfo, aws: Aws, context: Context): Promise<void> {
  const { name, status } = existing
  context.ui.show({
    type: 'lane',
    lane: name,
    state: 'running',
    text: `removing what a failed create left (${status})`,
  })
  const outcome = await aws.stacks.follow(await aws.stacks.remove(existing), teller(existing, context))
  if (outcome.stack.status !== 'DELETE_COMPLETE') throw stackFailed(name, outcome)
}

/** The first resource that failed is the root; the others were cancelled or followed from it. */
export function stackFailed(name: string, { stack, failures }: StackOutcome): UserError {
  const rolledBack = stack.status === 'UPDATE_ROLLBACK_COMPLETE'
  const causes = failures.map(
    ({ resource, type, reason }) => `    ${resource} (${type}): ${reason ?? 'no reason given'}`,
  )
  const what = rolledBack
    ? `${name} could not be updated, and AWS went back to what was there`
    : `${name} failed: ${stack.status}`
  const why = causes.length > 0 ? causes : [`    ${stack.reason ?? 'no reason given'}`]
  return new UserError(rolledBack ? 'rolled-back' : 'failed', [what, ...why].join('\n'), {
    hint: 'mend the cause, then run img2vid deploy again',
  })
}

const busy = ({ name, status, changedAt }: StackInfo): UserError =>
  new UserError('busy', `Something goes on with ${name} already: ${status} since ${changedAt.toISOString()}`, {
    hint: 'wait until it has ended, then run the same command again',
  })

const stuck = ({ name, reason }: StackInfo): UserError =>
  new UserError('failed', `A rollback of ${name} failed${reason === undefined ? '' : `: ${reason}`}`, {
    hint: `aws cloudformation continue-update-rollback --stack-name ${name}`,
  })
