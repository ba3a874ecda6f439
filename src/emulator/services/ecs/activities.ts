import type { World } from '../../world.ts'

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
