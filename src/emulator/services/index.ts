import type { World } from '../world.ts'
import { logs } from './logs.ts'
import { sts } from './sts.ts'

/** Every service's handlers, by signing name. */
export const createServices = (world: World) => ({
  logs: logs(world),
  sts: sts(world),
})

export type Services = ReturnType<typeof createServices>

/** Takes up again what was under way when the state was saved. */
export function resume(_world: World): void {}
