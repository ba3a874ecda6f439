import type { World } from './world.ts'

/** Wakes the activity that looks after something. */
export interface Bell {
  readonly waiting: Set<() => void>
  /** Resolves at the next ring, when the signal is aborted, or when the nap is over. */
  wait(signal: AbortSignal, nap?: Promise<void>): Promise<void>
  ring(): void
}

function createBell(): Bell {
  const waiting = new Set<() => void>()
  const bell: Bell = {
    waiting,
    wait: (signal, nap) => woken([bell], signal, nap),
    ring() {
      for (const wake of [...waiting]) wake()
    },
  }
  return bell
}

/** Waits for the first of several bells. */
export const woken = (bells: readonly Bell[], signal: AbortSignal, nap?: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    // Nothing of a wait that is over is left: the signal lives as long as the embedded AWS.
    const wake = () => {
      for (const { waiting } of bells) waiting.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    for (const { waiting } of bells) waiting.add(wake)
    signal.addEventListener('abort', wake)
    nap?.then(wake, wake)
  })

const bells = new WeakMap<World, Map<string, Bell>>()

/** The bell of a task, a service or a target group, by ARN. Bells are not state: after a restart everyone is awake anyway. */
export function bellOf(world: World, arn: string): Bell {
  const ofWorld = bells.get(world) ?? new Map<string, Bell>()
  bells.set(world, ofWorld)
  const bell = ofWorld.get(arn) ?? createBell()
  ofWorld.set(arn, bell)
  return bell
}

export const forgetBell = (world: World, arn: string): void => {
  bells.get(world)?.delete(arn)
}
