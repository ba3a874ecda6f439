import type { Clock } from '../context.ts'

/** Calls at once, and calls a second for as long as one likes. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Calls that count against the same bucket, and its rate. */
export interface Limit {
  readonly bucket: string
  readonly rate: Rate
}

/** Makes calls wait, in the order in which they come, so that there are not too many of them. */
export interface RateLimiter {
  turn(): Promise<void>
  /** What AWS made of a call that had its turn. */
  heard(answer: 'answered' | 'throttled'): void
}

/** Others may ask in the same account: throttled, one asks half as often, and a little more often after each answer. */
const SLOWER = 0.5
const FASTER = 1.05
/** One call in twenty seconds. */
const SLOWEST = 0.05

export function rateLimiter(clock: Clock, { burst, perSecond }: Rate): RateLimiter {
  const now = () => clock.now().getTime() / 1_000
  let rate = perSecond
  let tokens = burst
  let counted = now()
  let slowed = -Infinity
  let queue: Promise<void> = Promise.resolve()

  const count = () => {
    const at = now()
    tokens = Math.min(burst, tokens + (at - counted) * rate)
    counted = at
  }

  async function wait(): Promise<void> {
    count()
    if (tokens < 1) await clock.sleep(Math.ceil(((1 - tokens) / rate) * 1_000))
    count()
    tokens -= 1
  }

  return {
    turn() {
      queue = queue.then(wait, wait)
      return queue
    },
    heard(answer) {
      if (answer === 'answered') {
        rate = Math.min(perSecond, rate * FASTER)
        return
      }
      count()
      tokens = Math.min(tokens, 0)
      // Calls that were on their way together are one warning.
      if (now() - slowed < 1 / rate) return
      slowed = now()
      rate = Math.max(SLOWEST, Math.min(rate, perSecond) * SLOWER)
    },
  }
}
