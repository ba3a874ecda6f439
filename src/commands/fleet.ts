import type { Context } from '../context.ts'
import { type Explanation, explain, type Outcome, UserError } from '../errors.ts'
import { isSelection, selectEnvironments } from '../plan/manifest/selection.ts'
import { redactedTexts } from '../plan/redact.ts'
import { counted, firstLine, table } from '../plan/text.ts'
import type { CommonFlags, FleetFlags, TimeoutFlags } from './flags.ts'
import { missingFlags } from './init.ts'
import { loadProject } from './steps/manifest.ts'
import { together } from './steps/together.ts'

/** What became of each environment. */
export interface Fleet<Result> {
  readonly app: string
  readonly environments: Readonly<Record<string, Ended<Result>>>
}

type Ended<Result> =
  | { readonly outcome: 'done'; readonly result: Result }
  | { readonly outcome: Outcome; readonly error: Explanation }

type Flags = CommonFlags & TimeoutFlags & FleetFlags

export interface Act<Own extends Flags, Result> {
  /** `deploy`: asked as "Deploy 3 environments?", and told of in the lanes. */
  readonly verb: string
  one(flags: Own, context: Context): Promise<Result>
  present(result: Result): string
  /** In a few words, beside those of others; without it the first line of what is presented. */
  brief?(result: Result): string
  /** What each of several is told; throws a UserError when that does not go together. */
  asked?(flags: Own, name: string, names: readonly string[], all: readonly string[]): Own
  /** What can only be done for all of them together, when each has ended well. */
  finish?(flags: Own, names: readonly string[], context: Context): Promise<void>
}

const AT_ONCE = 50

/** A command as it is for one environment, and for several when `--env` means several. */
export const inEachEnvironment = <Own extends Flags, Result>(act: Act<Own, Result>) =>
  [
    async (flags: Own, context: Context): Promise<Result | Fleet<Result>> => {
      if (flags.env === undefined || !isSelection(flags.env)) return act.one(flags, context)
      return inSeveral(act, flags, context)
    },
    (result: Result | Fleet<Result>): string =>
      isFleet<Result>(result) ? presentFleet(result, act) : act.present(result),
    (result: Result | Fleet<Result>): Outcome => (isFleet<Result>(result) ? outcomeOf(result) : 'done'),
  ] as const

const isFleet = <Result>(result: unknown): result is Fleet<Result> =>
  typeof result === 'object' && result !== null && 'environments' in result

async function inSeveral<Own extends Flags, Result>(
  act: Act<Own, Result>,
  flags: Own,
  context: Context,
): Promise<Fleet<Result>> {
  const { app, names: known } = await loadProject(flags, context)
  const names = selectEnvironments(flags.env ?? 'all', known)
  const own = new Map(names.map((name) => [name, act.asked?.(flags, name, names, known) ?? flags]))
  const { timeout } = flags
  await confirmed(act.verb, app, names, flags, context)
  const all = together(context)
  const ended = new Map<string, Ended<Result>>()
  const run = async (name: string) => {
    const say = (state: 'waiting' | 'running' | 'done' | 'failed', text: string) =>
      context.ui.show({ type: 'lane', lane: name, state, text })
    try {
      const { timeout: _ofAll, ...each } = { ...(own.get(name) as Own), env: name, yes: true }
      const result = await act.one(each as unknown as Own, all.contextFor(name))
      ended.set(name, { outcome: 'done', result })
      say('done', briefly(act, result))
    } catch (error) {
      const explanation = redactedTexts(explain(error, { ...flags, env: name }))
      ended.set(name, { outcome: explanation.outcome, error: explanation })
      say('failed', firstLine(explanation.message))
    }
  }
  await all.during(async () => {
    for (const name of names) context.ui.show({ type: 'lane', lane: name, state: 'waiting', text: '' })
    const waiting = [...names]
    const workers = Array.from({ length: Math.min(flags.atOnce ?? AT_ONCE, names.length) }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await run(name)
    })
    await Promise.all(workers)
    const good = [...ended.values()].every(({ outcome }) => outcome === 'done')
    if (good) await act.finish?.(flags, names, context)
  }, timeout)
  return {
    app,
    environments: Object.fromEntries(names.map((name) => [name, ended.get(name) as Ended<Result>])),
  }
}

async function confirmed(
  verb: string,
  app: string,
  names: readonly string[],
  { yes }: CommonFlags,
  { ask }: Context,
): Promise<void> {
  if (yes) return
  if (!ask.interactive) throw missingFlags(['--yes'])
  const message = `${verb[0]?.toUpperCase()}${verb.slice(1)} ${counted(names.length, 'environment')} of ${app}: ${names.join(', ')}?`
  if (!(await ask.confirm({ message, initial: verb !== 'destroy' })))
    throw new UserError('cancelled', 'Nothing was changed')
}

type Words<Result> = Pick<Act<Flags, Result>, 'present' | 'brief'>

const briefly = <Result>({ brief, present }: Words<Result>, result: Result): string =>
  brief ? brief(result) : firstLine(present(result))

/** Of those that did not end well; a failure where they failed in several ways. */
function outcomeOf({ environments }: Fleet<unknown>): Outcome {
  const bad = new Set(Object.values(environments).flatMap(({ outcome }) => (outcome === 'done' ? [] : outcome)))
  const [only = 'done'] = bad
  return bad.size > 1 ? 'failed' : only
}

function presentFleet<Result>({ app, environments }: Fleet<Result>, act: Words<Result>): string {
  const all = Object.entries(environments)
  const failed = all.filter(([, { outcome }]) => outcome !== 'done')
  const rows = all.map(([name, ended]) => [
    name,
    ended.outcome,
    'result' in ended ? briefly(act, ended.result) : firstLine(ended.error.message),
  ])
  const hints = failed.map(([name, ended]) =>
    'error' in ended && ended.error.hint ? `  next for ${name}: ${ended.error.hint}` : '',
  )
  return [
    failed.length === 0
      ? `all ${counted(all.length, 'environment')} of ${app} ended well`
      : `${failed.length} of ${counted(all.length, 'environment')} of ${app} did not end well`,
    ...table(['environment', 'outcome', 'what'], rows),
    ...new Set(hints.filter(Boolean)),
  ].join('\n')
}
