import type { Aws, Context } from '../../context.ts'

/** How long an operation took the last time, and a way to remember how long it took now. */
export interface Timing {
  /** For what is shown of it; nothing when it is the first time. */
  readonly told: { readonly expected?: number }
  readonly expected: number | undefined
  remember(): void
}

/** Begins to measure an operation on a stack. */
export function timing(
  verb: 'create' | 'update' | 'delete',
  stack: string,
  { region, local }: Aws,
  { clock, durations }: Context,
): Timing {
  const what = `${local ? 'local' : region} ${verb} ${stack}`
  const begun = clock.now().getTime()
  const expected = durations.last(what)
  return {
    told: expected === undefined ? {} : { expected },
    expected,
    remember: () => durations.remember(what, Math.round((clock.now().getTime() - begun) / 100) / 10),
  }
}
