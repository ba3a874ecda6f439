import { liveStacks } from './cloudformation/scope.ts'
import { resourceTypes } from './resources/index.ts'
import type { World } from './world.ts'

/** What of a stack was validated and kept, and changes nothing of what the embedded AWS does. */
export interface Stored {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  /** Only these properties; without them the whole resource. */
  readonly properties?: readonly string[]
}

/** A resource type without handlers is only stored; of others those properties that their handlers name. */
export const storedOnly = (world: World, region: string): Stored[] =>
  liveStacks(world, { region, requestId: '' }).flatMap((stack) =>
    Object.values(stack.resources).flatMap(({ logicalId, type, properties = {} }) => {
      const found = { stack: stack.name, logicalId, type }
      const handlers = resourceTypes[type]
      if (!handlers) return [found]
      const { stored = [] } = handlers
      const kept =
        typeof stored === 'function' ? stored(properties, world) : stored.filter((name) => name in properties)
      return kept.length > 0 ? [{ ...found, properties: kept }] : []
    }),
  )
