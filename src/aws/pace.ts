import type { Clock } from '../context.ts'

/** How long to wait between two questions, in milliseconds. */
export interface Pace {
  readonly least: number
  readonly most: number
  /** Once nothing is in progress any more, the end is near. */
  readonly nearEnd: number
}

/** AWS: DescribeStacks and its like are limited to about five calls a second for a whole account. */
export const awsPace: Pace = { least: 1_500, most: 3_000, nearEnd: 700 }
/** The embedded AWS lives faster, and nobody else asks it. */
export const localPace: Pace = { least: 50, most: 1_000, nearEnd: 50 }

/** Waits three hundredths of the time so far, within bounds: what is short is noticed soon, what is long costs few calls. */
export type Pause = (since: Date, nearEnd?: boolean) => Promise<void>

export const pauses =
  (clock: Clock, pace: Pace): Pause =>
  (since, nearEnd = false) => {
    const elapsed = clock.now().getTime() - since.getTime()
    return clock.sleep(nearEnd ? pace.nearEnd : Math.min(pace.most, Math.max(pace.least, elapsed * 0.03)))
  }
