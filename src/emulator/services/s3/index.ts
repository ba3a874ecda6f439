import type { World } from '../../world.ts'
import { buckets } from './buckets.ts'
import { listing } from './listing.ts'
import { multipart } from './multipart.ts'
import { objects } from './objects.ts'
import { settings } from './settings.ts'

export const s3 = (world: World) => ({
  ...buckets(world),
  ...objects(world),
  ...listing(world),
  ...multipart(world),
  ...settings(world),
})
