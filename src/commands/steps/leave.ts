import type { Aws, Context, StackInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import { appStack, environmentStack, serviceStack } from '../../plan/names.ts'
import { abandon } from './unsettled.ts'

type Verb = 'deploy' | 'destroy' | 'watch'

/** Looking what goes on must not keep anybody who wants to leave. */
const LOOK_MS = 5_000

/**
 * Runs what AWS goes on with when it is left. Ctrl-C asks a person what shall become of it, and leaves it where there is
 * none; a time-out leaves it.
 */
export async function leavable<Result>(
  environment: Environment,
  verb: Verb,
  timeout: number | undefined,
  aws: Aws,
  context: Context,
  action: (aws: Aws) => Promise<Result>,
): Promise<Result> {
  let rollingBack = false
  const left = (outcome: 'interrupted' | 'timed-out', busy: readonly StackInfo[] | undefined) => {
    const flags = `--env ${environment.name}${aws.local ? ' --local' : ''}`
    const next = [
      ...(busy?.length === 0 ? [] : [`img2vid watch ${flags} follows it`]),
      ...(verb === 'watch' ? [] : [`img2vid ${verb} ${flags} carries on`]),
    ]
    const what = outcome === 'timed-out' ? `The time of ${timeout}s is over` : 'Detached'
    return new UserError(outcome, `${what}; ${goingText(busy)}`, { hint: next.join(', ') })
  }
  // Nothing new is begun once all goes back.
  const stacks: Aws['stacks'] = {
    ...aws.stacks,
    begin: (...all) => (rollingBack ? Promise.reject(rolledBack()) : aws.stacks.begin(...all)),
  }
  const decide = async (why: 'interrupted' | 'timed-out', over: AbortSignal) => {
    const going = () => Promise.race([goingOn(environment, aws), context.clock.sleep(LOOK_MS).then(() => undefined)])
    const choice = why === 'interrupted' ? await chosen(verb, over, context) : 'detach'
    if (choice === 'wait') return
    const busy = await going()
    if (over.aborted) return
    if (choice === 'detach') throw left(why, busy)
    rollingBack = true
    await Promise.all((busy ?? []).map((stack) => abandon(stack, aws, context)))
  }
  const run = () => action({ ...aws, stacks })
  try {
    return await context.interrupts.during({ action: run, decide, ...(timeout !== undefined && { timeout }) })
  } catch (error) {
    throw rollingBack ? rolledBack(error) : error
  }
}

const rolledBack = (cause?: unknown): UserError =>
  new UserError('interrupted', 'Rolled back, as you asked', { hint: 'img2vid status shows what is there', cause })

async function chosen(verb: Verb, over: AbortSignal, { ask }: Context): Promise<'detach' | 'wait' | 'roll back'> {
  if (!ask.interactive) return 'detach'
  try {
    return await ask.choose<'detach' | 'wait' | 'roll back'>({
      message: 'AWS goes on by itself. What now?',
      signal: over,
      choices: [
        { value: 'wait', label: 'keep waiting' },
        { value: 'detach', label: 'detach: AWS goes on, img2vid watch follows it' },
        ...(verb === 'deploy' ? [{ value: 'roll back', label: 'roll back what goes on' } as const] : []),
      ],
    })
  } catch (error) {
    if (over.aborted) return 'wait'
    // Ctrl-C again, at the question.
    if (error instanceof UserError && error.outcome === 'interrupted') return 'detach'
    throw error
  }
}

/** Stacks of the environment with which something goes on. */
export async function goingOn({ app, name, services }: Environment, aws: Aws): Promise<StackInfo[]> {
  const names = [
    appStack(app),
    environmentStack(app, name),
    ...services.map((service) => serviceStack(app, name, service.name)),
  ]
  const stacks = await Promise.all(names.map((stack) => aws.stacks.find(stack)))
  return stacks.filter((stack) => stack?.status.endsWith('_IN_PROGRESS')) as StackInfo[]
}

function goingText(stacks: readonly StackInfo[] | undefined): string {
  if (!stacks) return 'AWS goes on with what was begun'
  if (stacks.length === 0) return 'nothing goes on in AWS'
  return `AWS goes on with ${stacks.map(({ name, status }) => `${name} (${status})`).join(', ')}`
}
