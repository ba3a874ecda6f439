import { randomUUID } from 'node:crypto'
import type { Chance, Clock } from '../context.ts'

/** Waits that can be given up: after a halt none of them ends, and none keeps the process alive. */
export function haltingClock(): Clock & { halt(): void } {
  const timers = new Set<NodeJS.Timeout>()
  let halted = false
  return {
    now: () => new Date(),
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        if (halted) return
        const timer = setTimeout(() => {
          timers.delete(timer)
          resolve()
        }, milliseconds)
        timers.add(timer)
      }),
    halt() {
      halted = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

export const systemChance: Chance = { uuid: () => randomUUID(), random: () => Math.random() }
