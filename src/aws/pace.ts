import type { Clock } from '../context.ts'

/** The clock to wait with, and how much shorter than for AWS itself waits may be. */
export interface Pace {
  readonly clock: Clock
  readonly factor: number
}

const LEAST_MS = 1_500
const MOST_MS = 3_000
/** Once nothing is in progress any more, the end is near. */
const NEAR_END_MS = 700

/**
 * How long to wait before the next question: three hundredths of the time so far, within bounds, so that a short
 * operation is noticed soon and a long one costs few calls.
 */
export function nextDelay(elapsedMs: number, nearEnd: boolean): number {
  return nearEnd ? NEAR_END_MS : Math.min(MOST_MS, Math.max(LEAST_MS, elapsedMs * 0.03))
}
