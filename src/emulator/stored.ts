import type { RequestListener } from 'node:http'
import { liveStacks } from './cloudformation/scope.ts'
import { resourceTypes } from './resources/index.ts'
import { strangeVisitor } from './wire/visitors.ts'
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

/** Where it is asked for, by region: `?region=eu-west-1`. */
const PATH = '/_embedded/stored'

/** The list over HTTP, as JSON, beside what else is served. */
export function withStored(world: World, others: RequestListener): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname !== PATH) return others(request, response)
    const stranger = strangeVisitor(request.headers)
    const stored = stranger === undefined ? storedOnly(world, url.searchParams.get('region') ?? 'us-east-1') : []
    response.writeHead(stranger === undefined ? 200 : 403, { 'content-type': 'application/json' })
    response.end(JSON.stringify(stranger === undefined ? { stored } : { message: stranger }))
  }
}
