import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { Run } from '../plan/run.ts'
import { table } from '../plan/text.ts'
import { hasFailed, presentWhy as presentOne, type Why, whyOf } from '../plan/why.ts'
import type { CommonFlags } from './flags.ts'
import { connect } from './steps/connect.ts'
import { hindsight } from './steps/hindsight.ts'
import { loadEnvironment, projectFolder } from './steps/manifest.ts'

export interface WhyFlags extends CommonFlags {
  /** Its id, or the beginning or end of it. */
  readonly run?: string
  readonly list?: boolean
}

export type Told = { readonly why: Why | null } | { readonly runs: readonly Omit<Run, 'result'>[] }

/** Explains the last failure, or that of a run that is named; where no run of this folder failed, AWS is asked. */
export async function why(flags: WhyFlags, context: Context): Promise<Told> {
  const folder = projectFolder(flags, context)
  const all = await context.runs.list(folder)
  const runs = flags.env === undefined ? all : all.filter(({ environment }) => environment === flags.env)
  if (flags.list) return { runs: runs.map(({ result: _long, ...run }) => run) }
  const run = flags.run === undefined ? runs.find(hasFailed) : named(flags.run, all)
  if (run) return { why: whyOf(run, await context.runs.evidence(folder, run.id)) }
  const environment = await loadEnvironment(flags, context)
  const found = await hindsight(environment, await connect(flags, environment, context), context)
  return { why: found ? whyOf(found.run, found.evidence, true) : null }
}

function named(text: string, runs: readonly Run[]): Run {
  const found = runs.filter(({ id }) => id === text || id.startsWith(text) || id.endsWith(text))
  const [run] = found
  if (run && found.length === 1) return run
  const message = run
    ? `${text} can be several runs: ${found.map(({ id }) => id).join(', ')}`
    : `There is no run ${text}`
  throw new UserError('usage', message, { hint: 'img2vid why --list shows them all' })
}

export function presentTold(told: Told): string {
  if ('why' in told) return told.why ? presentOne(told.why) : 'nothing has failed, as far as this folder and AWS know'
  if (told.runs.length === 0) return 'this folder has no runs'
  const rows = told.runs.map(({ id, command, app, environment, outcome = 'unfinished', who }) => [
    id,
    command,
    `${app} / ${environment}`,
    outcome,
    who,
  ])
  return table(['run', 'command', 'environment', 'outcome', 'who'], rows).join('\n')
}
