import type { World } from '../../world.ts'
import { superviseCapacity } from './capacity.ts'
import { capacityProviders } from './capacity-providers.ts'
import { clusters } from './clusters.ts'
import { containerInstances } from './container-instances.ts'
import { superviseManaged } from './managed-instances.ts'
import { superviseService } from './scheduler.ts'
import { serviceDeployments } from './service-deployments.ts'
import { services } from './services.ts'
import { watchInterruptions } from './spot.ts'
import { tags } from './tags.ts'
import { superviseDeletions, taskDefinitions } from './task-definitions.ts'
import { tasks } from './tasks.ts'
import { watchContainers } from './watch.ts'

export const ecs = (world: World) => ({
  ...clusters(world),
  ...capacityProviders(world),
  ...taskDefinitions(world),
  ...services(world),
  ...serviceDeployments(world),
  ...tasks(world),
  ...containerInstances(world),
  ...tags(world),
})

/** Starts what ECS does by itself, from the saved state on. */
export function resumeEcs(world: World): void {
  watchContainers(world)
  watchInterruptions(world)
  superviseCapacity(world)
  superviseManaged(world)
  superviseDeletions(world)
  for (const [region, state] of Object.entries(world.state.regions)) {
    for (const service of Object.values(state.ecs.services)) superviseService(world, region, service)
  }
}
