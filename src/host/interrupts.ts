import type { Interrupts } from '../context.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Ctrl-C and its like. `halt` stops everything that goes on in this process, `leave` ends it at once. */
export function signalInterrupts({ halt, leave }: { halt(): void; leave(signal?: NodeJS.Signals): void }): Interrupts {
  const asked = new Set<() => void>()
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // Where nobody asks there is nothing to decide, and what was begun must not go on alone.
      if (asked.size === 0) leave(signal)
      for (const interrupted of asked) interrupted()
    })
  }
  return {
    during: ({ action, decide, timeout }) =>
      new Promise((resolve, reject) => {
        const over = new AbortController()
        let deciding: Promise<void> | undefined
        const end = (why: 'interrupted' | 'timed-out') => {
          // Whoever asks twice is in a hurry.
          if (deciding && why === 'interrupted') return leave()
          if (deciding) return
          deciding = decide(why, over.signal)
            .catch((error) => {
              stop()
              halt()
              reject(error)
            })
            .finally(() => {
              deciding = undefined
            })
        }
        const interrupted = () => end('interrupted')
        const timer = timeout === undefined ? undefined : setTimeout(() => end('timed-out'), timeout * 1000)
        const stop = () => {
          clearTimeout(timer)
          asked.delete(interrupted)
        }
        asked.add(interrupted)
        const ended = async () => {
          over.abort()
          await deciding
          stop()
        }
        action().then(
          (result) => ended().then(() => resolve(result)),
          (error) => ended().then(() => reject(error)),
        )
      }),
  }
}
