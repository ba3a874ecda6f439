import type { Chance, Clock, Poll } from '../context.ts'
import { UserError } from '../errors.ts'
import { isPassing } from './errors.ts'

/** How long to wait between two questions, in milliseconds. */
export interface Pace {
  readonly least: number
  readonly most: number
  /** Once nothing is in progress any more, the end is near. */
  readonly nearEnd: number
  /** While the end is far, as the last time tells. */
  readonly early: number
}

export const awsPace: Pace = { least: 1_850, most: 3_000, nearEnd: 700, early: 8_000 }
/** The embedded AWS lives faster, and nobody else asks it. */
export const localPace: Pace = { least: 50, most: 1_000, nearEnd: 50, early: 250 }

/** A connection may be lost for as long as a laptop needs to find a network again. */
const PATIENCE_MS = 10 * 60_000
const LEAST_TRIES = 10
/** Of the time that it took the last time: before this, the end is far. */
const EARLY = 0.65

/**
 * Asks again after three hundredths of the time that it has lasted, within bounds and with some jitter: what is short is
 * noticed soon, what is long costs few calls. What is expected to last costs fewer still until its end is near. That all
 * together do not ask too often is the clients' care.
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
      const far = Math.min(pace.early, EARLY * expected * 1_000 - elapsed())
      const usual = Math.min(pace.most, Math.max(pace.least, elapsed() * 0.03))
      const wait = nearEnd() ? pace.nearEnd : Math.max(usual, far)
      await clock.sleep(wait * (0.9 + 0.2 * chance.random()))
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
