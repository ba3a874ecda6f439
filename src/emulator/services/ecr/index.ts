import type { World } from '../../world.ts'
import { authorization, openRegistry } from './authorization.ts'
import { images } from './images.ts'
import { layers } from './layers.ts'
import { policies } from './policies.ts'
import { repositories } from './repositories.ts'
import { scanning } from './scanning.ts'

export const ecr = (world: World) => ({
  ...authorization(world),
  ...repositories(world),
  ...images(world),
  ...layers(world),
  ...policies(world),
  ...scanning(world),
})

/** Listens again wherever there was a registry. */
export function resumeEcr(world: World): void {
  for (const { name, ecr } of Object.values(world.state.regions)) {
    if (ecr.port !== undefined) world.background(async () => void (await openRegistry(world, name)))
  }
}
