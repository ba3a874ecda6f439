import type { Aws, Context } from '../../context.ts'

/** How long an operation took the last time, and a way to remember how long it took now. */
export interface Timing {
  /** In seconds; undefined when it is the first time. */
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
  return {
    expected: durations.last(what),
    remember: () => durations.remember(what, Math.round((clock.now().getTime() - begun) / 100) / 10),
  }
}
