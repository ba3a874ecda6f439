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
