import type { Aws, Context } from '../../context.ts'
import { exitCodes, explain, type Outcome, UserError } from '../../errors.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import type { Evidence, RunHead } from '../../plan/run.ts'
import type { CommonFlags } from '../flags.ts'
import { projectFolder } from './manifest.ts'

/** Who looks again and again sees the same again and again. */
function once(keep: Context['keep']): Context['keep'] {
  const kept = new Set<string>()
  return (evidence) => {
    const key = JSON.stringify(evidence)
    if (kept.has(key)) return
    kept.add(key)
    keep(evidence)
  }
}

/** What goes well with a stack tells nothing of what fails beside it. */
const tellsOfFailure = (evidence: Evidence): boolean =>
  !('status' in evidence) || /FAILED|ROLLBACK/.test(evidence.status)

/** What is over, and of which there may be more to tell; otherwise another command follows what goes on. */
const TOLD: readonly Outcome[] = ['failed', 'rolled-back', 'capacity', 'timed-out']

/** Says beside what is to be done that there is more to read. */
function withWhy(error: unknown): unknown {
  if (!(error instanceof UserError) || !TOLD.includes(error.outcome)) return error
  const { outcome, message, problems } = error
  const hint = [error.hint ?? [], 'img2vid why tells more'].flat().join('; ')
  return new UserError(outcome, message, { hint, problems, cause: error })
}

/** Leaves behind what an action did, saw and came to, so that `why` can tell of it. */
export async function recorded<Result>(
  command: RunHead['command'],
  { app, name }: Environment,
  flags: CommonFlags,
  { region, local }: Aws,
  context: Context,
  action: (context: Context) => Promise<Result>,
): Promise<Result> {
  const { who, ui } = context
  const head = { command, app, environment: name, region, local: local !== undefined, who: who() }
  const folder = projectFolder(flags, context)
  const recording = context.runs.begin(folder, head, (message) =>
    ui.show({ type: 'note', text: `img2vid why will know nothing of this: ${message}` }),
  )
  let anything = false
  let seen = false
  const keep = once((evidence) => {
    anything = true
    seen ||= tellsOfFailure(evidence)
    recording.keep(evidence)
  })
  try {
    const result = await action({ ...context, keep, durations: context.runs.durations(folder) })
    recording.end({ outcome: 'done', exitCode: exitCodes.done, result })
    return result
  } catch (error) {
    const explanation = explain(error, flags)
    const { outcome } = explanation
    // Somebody thought better of it, at a question or before anything had happened.
    if (outcome === 'cancelled' || (outcome === 'interrupted' && !anything)) recording.drop()
    else recording.end({ outcome, exitCode: exitCodes[outcome], error: { hint: null, problems: [], ...explanation } })
    throw seen ? withWhy(error) : error
  }
}
