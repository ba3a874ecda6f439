import type { RequestListener } from 'node:http'
import { reachedTasks } from './reached.ts'
import { storedOnly } from './stored.ts'
import { strangeVisitor } from './wire/visitors.ts'
import type { World } from './world.ts'

/** What the embedded AWS tells of a region, as no AWS does: `/_embedded/stored?region=eu-west-1`. */
const TOLD: Readonly<Record<string, (world: World, region: string) => object>> = {
  '/_embedded/stored': (world, region) => ({ stored: storedOnly(world, region) }),
  '/_embedded/reached': (world, region) => ({ reached: reachedTasks(world, region) }),
}

/** It over HTTP, as JSON, beside what else is served. */
export function withTold(world: World, others: RequestListener): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const tell = TOLD[url.pathname]
    if (!tell) return others(request, response)
    const stranger = strangeVisitor(request.headers)
    const region = url.searchParams.get('region') ?? 'us-east-1'
    response.writeHead(stranger === undefined ? 200 : 403, { 'content-type': 'application/json' })
    response.end(JSON.stringify(stranger === undefined ? tell(world, region) : { message: stranger }))
  }
}
