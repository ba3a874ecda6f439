import type { Chance, Clock, Poll } from '../context.ts'
import { UserError } from '../errors.ts'
import { isPassing } from './errors.ts'

/** How long to wait between two questions, in milliseconds. */
export interface Pace {
  readonly least: number
  readonly most: number
  /** After the first second; it grows with the root of the time that has passed. */
  readonly growth: number
  /** Once nothing is in progress any more, the end is near. */
  readonly nearEnd: number
  /** While the end is far, as the last time tells. */
  readonly early: number
}

export const awsPace: Pace = { least: 1_850, most: 2_900, growth: 285, nearEnd: 700, early: 8_000 }
/** The embedded AWS lives faster, and nobody else asks it. */
export const localPace: Pace = { least: 50, most: 1_000, growth: 40, nearEnd: 50, early: 250 }

/** A connection may be lost for as long as a laptop needs to find a network again. */
const PATIENCE_MS = 10 * 60_000
const LEAST_TRIES = 10
/** Of the time that it took the last time: before this, the end is far. */
const EARLY = 0.65

/** Enough to keep apart who began together; more would only lengthen the longest waits. */
const JITTER = 0.03

/**
 * What has lasted long is likely to last on: the chance that it ends within the next second falls as the time passes, and
 * then the fewest questions for the same mean wait are those whose distance grows with the root of that time. What is
 * expected to last is asked for seldom until its end is near, and from then on as if it had just begun. That all together
 * do not ask too often is the clients' care.
 */
export function poller(clock: Clock, chance: Chance, pace: Pace): Poll {
  return async (ask, nearEnd = () => false, expected = 0) => {
    const started = clock.now().getTime()
    const elapsed = () => clock.now().getTime() - started
    let silentSince: number | undefined
    for (let tries = 0; ; ) {
      try {
        const answer = await ask()
        if (answer !== undefined) return answer
        silentSince = undefined
        tries = 0
      } catch (error) {
        if (!isPassing(error)) throw error
        silentSince ??= elapsed()
        if (++tries >= LEAST_TRIES && elapsed() - silentSince > PATIENCE_MS) throw lostContact(error)
      }
      const due = elapsed() - EARLY * expected * 1_000
      const far = Math.min(pace.early, -due)
      const grown = pace.growth * Math.sqrt(Math.max(0, due) / 1_000)
      const usual = Math.min(pace.most, Math.max(pace.least, grown))
      const wait = nearEnd() ? pace.nearEnd : Math.max(usual, far)
      await clock.sleep(wait * (1 - JITTER + 2 * JITTER * chance.random()))
    }
  }
}

const lostContact = (error: unknown): UserError =>
  new UserError(
    'lost-contact',
    `AWS has not answered for ${PATIENCE_MS / 60_000} minutes: ${(error as Error).message}`,
    {
      hint: 'check the network, then run the same command: it carries on where it stopped',
      cause: error,
    },
  )
