import type { Clock, Context, Progress, Ui } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { type Span, traceEvents } from '../../plan/timeline.ts'

export interface Timeline {
  readonly ui: Ui
  /** What has come to its end so far, and what goes on until now. */
  spans(): Span[]
}

interface Going {
  readonly what: string
  readonly from: number
}

/** Takes down when each step and each resource began and ended, as it was seen. */
function timeline(ui: Ui, clock: Clock): Timeline {
  const ended: Span[] = []
  const steps = new Map<string, Going>()
  const resources = new Map<string, Map<string, number>>()
  const now = () => clock.now().getTime()

  const endStep = (lane: string) => {
    const step = steps.get(lane)
    if (step) ended.push({ lane, what: step.what, kind: 'step', from: step.from, to: now() })
    steps.delete(lane)
  }
  const show = (progress: Progress) => {
    if (progress.type === 'lane') {
      const { lane, state } = progress
      const what = withoutNumbers(progress.text)
      if (state === 'running' && steps.get(lane)?.what === what) return
      endStep(lane)
      if (state === 'running') steps.set(lane, { what, from: now() })
    } else if (progress.type === 'resource') {
      const { lane, resource, state } = progress
      const going = resources.get(lane) ?? new Map<string, number>()
      resources.set(lane, going)
      const from = going.get(resource)
      if (state === 'running') going.set(resource, from ?? now())
      else if (from !== undefined) {
        ended.push({ lane, what: resource, kind: 'resource', from, to: now() })
        going.delete(resource)
      }
    }
  }

  return {
    ui: {
      show(progress) {
        show(progress)
        ui.show(progress)
      },
    },
    spans: () => [
      ...ended,
      ...[...steps].map(([lane, { what, from }]): Span => ({ lane, what, kind: 'step', from, to: now() })),
      ...[...resources].flatMap(([lane, going]) =>
        [...going].map(([what, from]): Span => ({ lane, what, kind: 'resource', from, to: now() })),
      ),
    ],
  }
}

/** `1 of 2 tasks running` and `2 of 2 tasks running` are one step. */
const withoutNumbers = (text: string): string =>
  text
    .replace(/^\d+ of \d+ (tasks running).*/, '$1')
    .replace(/^(known as|pushed) .*/, '$1')
    .slice(0, 80)

/** Writes what was taken down, also when the action fails. */
export async function traced<Result>(
  file: string | undefined,
  context: Context,
  action: (context: Context, spans: Timeline['spans']) => Promise<Result>,
): Promise<Result> {
  const { ui, spans } = timeline(context.ui, context.clock)
  const write = async () => {
    if (file !== undefined) await context.files.write(file, `${JSON.stringify(traceEvents(spans()))}\n`)
  }
  await write().catch((cause) => {
    throw new UserError('usage', `The timeline cannot be written: ${(cause as Error).message}`, {
      hint: 'name a file in a folder that is there; nothing was changed',
      problems: [{ path: '--trace', message: 'cannot be written' }],
      cause,
    })
  })
  try {
    return await action({ ...context, ui }, spans)
  } finally {
    await write()
  }
}
