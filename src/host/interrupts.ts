import type { Interrupts } from '../context.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Ctrl-C and its like. `halt` stops everything that goes on in this process, `leave` ends it at once. */
export function signalInterrupts({ halt, leave }: { halt(): void; leave(): void }): Interrupts {
  return {
    during: ({ action, decide, timeout }) =>
      new Promise((resolve, reject) => {
        let deciding = false
        const end = (why: 'interrupted' | 'timed-out') => {
          // Whoever asks twice is in a hurry.
          if (deciding && why === 'interrupted') return leave()
          if (deciding) return
          deciding = true
          decide(why).then(
            () => {
              deciding = false
            },
            (error) => {
              stop()
              halt()
              reject(error)
            },
          )
        }
        const interrupted = () => end('interrupted')
        const timer = timeout === undefined ? undefined : setTimeout(() => end('timed-out'), timeout * 1000)
        const stop = () => {
          clearTimeout(timer)
          for (const signal of SIGNALS) process.off(signal, interrupted)
        }
        for (const signal of SIGNALS) process.on(signal, interrupted)
        action().then(resolve, reject).finally(stop)
      }),
  }
}
