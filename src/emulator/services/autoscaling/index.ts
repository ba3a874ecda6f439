import type { World } from '../../world.ts'
import { activities } from './activities.ts'
import { groups } from './groups.ts'
import { instances } from './instances.ts'
import { lifecycleHooks } from './lifecycle-hooks.ts'
import { processes } from './processes.ts'
import { tend } from './reconcile.ts'
import { schedules } from './schedules.ts'
import { tags } from './tags.ts'

export const autoscaling = (world: World) => ({
  ...groups(world),
  ...instances(world),
  ...activities(world),
  ...lifecycleHooks(world),
  ...processes(world),
  ...schedules(world),
  ...tags(world),
})

export function resumeAutoScaling(world: World): void {
  for (const [region, { autoscaling }] of Object.entries(world.state.regions)) {
    for (const name of Object.keys(autoscaling.groups)) tend(world, region, name)
  }
}
