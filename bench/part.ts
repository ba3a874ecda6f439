import type { Installed } from './installed.ts'

/**
 * A part of the bench: a file in `parts/` that exports `measure`. It is run by its file's name, `npm run bench -- name`,
 * or with all others. A figure with `atMost` is a target, and a missed one fails the bench; others stand beside it for
 * comparison, such as those of other tools. Take ratios to a floor of the same run (`pairs.ts`), medians of `rounds`,
 * virtual time where it is not the machine that is measured, and say in `beside` what the figure was made of.
 */
export type Measure = (bench: Bench) => Promise<readonly Figure[]>

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 'x' | 'ms' | 's' | 'MiB' | 'MB' | 'calls' | 'round trips' | '%' | 'packages'
  readonly atMost?: number
  readonly beside?: string
}

export interface Bench {
  /** How often each thing is measured. */
  readonly rounds: number
  /** The packed package, installed in an empty folder; once for all parts. */
  installed(): Promise<Installed>
}
