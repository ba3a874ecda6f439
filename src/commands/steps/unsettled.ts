import type {
  Aws,
  Context,
  LastOperation,
  ResourceEvent,
  StackInfo,
  StackOperation,
  StackOutcome,
} from '../../context.ts'
import { UserError } from '../../errors.ts'
import { operationOf, removalToken, targetOf } from '../../plan/operation.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import type { RecoveryFlags } from '../flags.ts'

/**
 * Something goes on with the stack. When it makes the very same, as after a deploy that was killed, it is joined;
 * otherwise it is waited for or given up, as flags or the person say. Undefined when it is over and the stack can be
 * looked at anew.
 */
export async function joinOrWait(
  wanted: Stack,
  existing: StackInfo,
  flags: RecoveryFlags,
  tell: (event: ResourceEvent) => void,
  aws: Aws,
  context: Context,
): Promise<StackOutcome | undefined> {
  const { name } = wanted
  const say = (text: string) => context.ui.show({ type: 'lane', lane: name, state: 'running', text })
  const operation = await aws.stacks.lastOperation(existing)
  const ours = operationOf(operation?.token)
  if (operation && ours?.target === targetOf(wanted)) {
    say(`carrying on with what ${ours.who} began ${since(operation)}`)
    const outcome = await aws.stacks.follow({ id: existing.id, token: operation.token }, tell)
    return outcome.stack.status === 'DELETE_COMPLETE' ? undefined : outcome
  }
  await untilOver(existing, operation, 'deploy', flags, aws, context)
  return undefined
}

type Verb = 'deploy' | 'destroy'

/** Waits for the end of what somebody has begun with a stack, or gives it up, as flags or the person say. */
export async function untilOver(
  existing: StackInfo,
  operation: LastOperation | undefined,
  verb: Verb,
  flags: RecoveryFlags,
  aws: Aws,
  context: Context,
): Promise<void> {
  const ours = operationOf(operation?.token)
  const begun = `${operation ? `${ours?.who ?? 'another tool'} began ${since(operation)}` : 'another tool began'}`
  const choice = await chosen(existing, begun, movingIn(operation), verb, flags, context)
  if (choice === 'cancel') await abandon(existing, aws, context)
  const text = `waiting for the end of what ${begun} (${existing.status})`
  context.ui.show({ type: 'lane', lane: existing.name, state: 'running', text })
  await aws.poll(async () => {
    const now = await aws.stacks.find(existing.id)
    return now?.status.endsWith('_IN_PROGRESS') ? undefined : true
  })
}

const since = ({ since: begin }: LastOperation): string =>
  `at ${begin.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** How each resource is. */
const lastOf = (events: readonly ResourceEvent[]): ResourceEvent[] => [
  ...new Map(events.map((event) => [event.resource, event])).values(),
]

/** Resources that are in progress. */
const movingIn = (operation: LastOperation | undefined): string[] =>
  lastOf(operation?.events ?? [])
    .filter(({ status }) => status.endsWith('_IN_PROGRESS'))
    .map(({ resource }) => resource)

async function chosen(
  { name, status }: StackInfo,
  begun: string,
  moving: readonly string[],
  verb: Verb,
  { wait, cancel, yes }: RecoveryFlags,
  { ask }: Context,
): Promise<'wait' | 'cancel'> {
  if (cancel) return 'cancel'
  if (wait) return 'wait'
  const at = moving.length > 0 ? `, at ${moving.slice(0, 3).join(', ')}` : ''
  const message = `${name} is busy: ${status}, which ${begun}${at}`
  if (!ask.interactive || yes) {
    throw new UserError('busy', message, {
      hint: `img2vid watch follows it; img2vid ${verb} --wait waits for its end${verb === 'deploy' ? ', --attach follows it alone' : ''}, --cancel gives it up`,
    })
  }
  const choice = await ask.choose<'wait' | 'cancel' | 'stop'>({
    message,
    choices: [
      { value: 'wait', label: `wait for its end, then ${verb}` },
      { value: 'cancel', label: `give it up, then ${verb}` },
      { value: 'stop', label: 'leave it alone' },
    ],
  })
  if (choice === 'stop') throw new UserError('busy', `${name} was left as it is`, { hint: 'img2vid watch follows it' })
  return choice
}

/** An update goes back; what was only begun is taken away; what goes back or away already is left to it. */
export async function abandon(stack: StackInfo, aws: Aws, context: Context): Promise<StackOperation | undefined> {
  if (stack.status === 'UPDATE_IN_PROGRESS') await aws.stacks.cancelUpdate(stack)
  const begun = /^(CREATE|REVIEW)_IN_PROGRESS$/.test(stack.status)
  return begun ? aws.stacks.remove(stack, removalToken(context)) : undefined
}

/** A rollback failed: it is continued, at last without the resources that cannot be brought back. */
export async function recover(
  stack: StackInfo,
  { recover: mayRecover = false, yes = false }: RecoveryFlags,
  newToken: () => string,
  aws: Aws,
  { ask, ui }: Context,
): Promise<void> {
  const { name } = stack
  const failed = failuresOf(lastOf((await aws.stacks.lastOperation(stack))?.events ?? []))
  const causes = failed.map(({ resource, type, reason }) => `    ${resource} (${type}): ${reason ?? 'no reason given'}`)
  const message = [`${name} is stuck: a rollback of it failed`, ...causes].join('\n')
  const stuck = () =>
    new UserError('busy', message, {
      hint: `mend the cause, then img2vid deploy --recover, which continues the rollback and at last skips ${namesOf(failed)}`,
    })
  if (!mayRecover) {
    if (!ask.interactive || yes) throw stuck()
    ui.show({ type: 'note', text: message })
    if (!(await ask.confirm({ message: `Continue the rollback of ${name}?`, initial: true }))) throw stuck()
  }
  const again = async (skipped: readonly string[]) => {
    const text = `continuing the rollback${skipped.length > 0 ? ` without ${skipped.join(', ')}` : ''}`
    ui.show({ type: 'lane', lane: name, state: 'running', text })
    return aws.stacks.follow(await aws.stacks.continueRollback(stack, skipped, newToken()), () => {})
  }
  const first = await again([])
  if (first.stack.status === 'UPDATE_ROLLBACK_COMPLETE') return
  const skipped = [...new Set(first.failures.map(({ resource }) => resource))]
  const question = `${namesOf(first.failures)} cannot be brought back. Skip it, so that the rest can go on?`
  if (!mayRecover && !(await ask.confirm({ message: question, initial: false }))) throw stuck()
  const second = await again(skipped)
  if (second.stack.status !== 'UPDATE_ROLLBACK_COMPLETE') throw stuck()
}

const failuresOf = (events: readonly ResourceEvent[]): ResourceEvent[] =>
  events.filter(({ status, reason }) => status.endsWith('_FAILED') && !/cancelled$/.test(reason ?? ''))

const namesOf = (events: readonly ResourceEvent[]): string =>
  [...new Set(events.map(({ resource }) => resource))].join(', ')

/** The one that the others followed from, in words. */
export function firstFailure(events: readonly ResourceEvent[]): string | undefined {
  const [first] = failuresOf(events)
  return first && `${first.resource}: ${first.reason ?? 'no reason given'}`
}
