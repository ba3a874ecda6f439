/** Waiting, in milliseconds of the emulated AWS. A wait that is aborted rejects with the signal's reason. */
export interface Clock {
  now(): Date
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** Wall time for the time of day; waits are `speed` times shorter. */
export function acceleratedClock(speed: number): Clock {
  return {
    now: () => new Date(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const abort = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort)
          resolve()
        }, milliseconds / speed)
        signal?.addEventListener('abort', abort, { once: true })
      }),
  }
}

/** One for all: an error made for each wait would take longer than the wait. */
const OVER = new Error('What was waited for is over.')

/** Runs an action that has to end within a time; the wait for that time ends with the action. */
export async function within<Result>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  timeout: () => Error,
  action: () => Promise<Result>,
): Promise<Result> {
  const done = new AbortController()
  const late = clock.sleep(milliseconds, AbortSignal.any([signal, done.signal])).then(() => {
    throw timeout()
  })
  try {
    return await Promise.race([action(), late])
  } finally {
    done.abort(OVER)
    late.catch(() => {})
  }
}
