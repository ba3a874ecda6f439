import type { World } from '../../world.ts'
import { policies } from './policies.ts'
import { scheduledActions } from './scheduled-actions.ts'
import { targets } from './targets.ts'

export const applicationAutoScaling = (world: World) => ({
  ...targets(world),
  ...policies(world),
  ...scheduledActions(world),
})
