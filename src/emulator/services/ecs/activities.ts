import type { World } from '../../world.ts'

/** Wakes the activity that looks after a task or a service. */
export interface Bell {
  /** Resolves at the next ring, when the signal is aborted, or when the nap is over. */
  wait(signal: AbortSignal, nap?: Promise<void>): Promise<void>
  ring(): void
}

function createBell(): Bell {
  const waiting = new Set<() => void>()
  return {
    wait: (signal, nap) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        // Nothing of a wait that is over is left: the signal lives as long as the embedded AWS.
        const wake = () => {
          waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        waiting.add(wake)
        signal.addEventListener('abort', wake)
        nap?.then(wake, wake)
      }),
    ring() {
      for (const wake of [...waiting]) wake()
    },
  }
}

const bells = new WeakMap<World, Map<string, Bell>>()

/** The bell of a task or service, by ARN. Bells are not state: after a restart everyone is awake anyway. */
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

const takingUp = new WeakMap<World, Promise<void>>()

/** Makes all tasks wait with their containers until this is over. */
export function holdTasks(world: World, until: Promise<void>): void {
  takingUp.set(
    world,
    until.catch(() => {}),
  )
}

/** Resolves once the containers from before a restart are told from strays. */
export const takenUp = (world: World): Promise<void> => takingUp.get(world) ?? Promise.resolve()
