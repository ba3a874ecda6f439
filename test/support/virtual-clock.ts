import type { Clock } from '../../src/emulator/clock.ts'

export interface VirtualClock extends Clock {
  /** How many waits have ended. */
  readonly steps: number
  /** Ends the earliest wait. Returns whether there was one. */
  step(): Promise<boolean>
  /** Ends waits, the earliest first, until the condition holds. It is asked again after each. */
  until(condition: () => boolean): Promise<void>
  /** Lets so much time pass. */
  pass(seconds: number): Promise<void>
}

interface Wait {
  readonly at: number
  readonly end: () => void
}

const MOST_STEPS = 200_000

/** Time that passes only where a test lets it, so that what happens between two moments can be seen. */
export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let time = start
  let steps = 0
  /** The earliest stands last; of the same moment, the one that began first. */
  const waits: Wait[] = []

  const begin = (wait: Wait) => {
    let place = waits.length
    while (place > 0 && (waits[place - 1] as Wait).at <= wait.at) place--
    waits.splice(place, 0, wait)
  }
  const forget = (wait: Wait) => void waits.splice(waits.lastIndexOf(wait), 1)

  const step = async (): Promise<boolean> => {
    const wait = waits.at(-1)
    if (wait) await end(wait)
    return wait !== undefined
  }

  const end = async (wait: Wait) => {
    forget(wait)
    time = Math.max(time, wait.at)
    steps++
    wait.end()
    await quiet()
  }

  return {
    get steps() {
      return steps
    },
    now: () => new Date(time),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          forget(wait)
          reject(signal?.reason)
        }
        const wait: Wait = {
          at: time + milliseconds,
          end: () => {
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        begin(wait)
        signal?.addEventListener('abort', abort, { once: true })
      }),
    step,
    async until(condition) {
      await quiet()
      for (let count = 0; count < MOST_STEPS; count++) {
        if (condition()) return
        if (!(await step())) throw new Error('It never came true: nothing waits any more.')
      }
      throw new Error('It never came true.')
    },
    async pass(seconds) {
      await quiet()
      const target = time + seconds * 1000
      for (let next = waits.at(-1); next && next.at <= target; next = waits.at(-1)) await end(next)
      time = target
    },
  }
}

/**
 * Everything that follows without a wait: a tick comes when no promise has anything left to do, and simulated containers
 * speak in one. Turns of the event loop would take a fifth of the simulation's time.
 */
const quiet = (): Promise<void> =>
  new Promise((done) => {
    let left = TICKS
    // The next tick is asked for when no promise has anything left to do: within one it would come before them.
    const tick = () => void queueMicrotask(--left > 0 ? next : done)
    const next = () => process.nextTick(tick)
    next()
  })
const TICKS = 3
