import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Repository } from '../services/ecr/state.ts'
import type { World } from '../world.ts'

/** One request of the distribution API, with what its path names. */
export interface Exchange {
  readonly world: World
  readonly region: string
  readonly repository: Repository
  /** The last part of the path: a digest, a tag or an upload's id. */
  readonly reference: string
  readonly query: URLSearchParams
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** What is said when an operation is done; it has no body. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
}

/** Reads write their answer themselves, piece by piece. */
export type Route = (exchange: Exchange) => undefined | Answer | Promise<undefined | Answer>

/** An error as the distribution API answers it. Docker prints the code in lower case and the message. */
export class OciError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message)
  }
}

export function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value))
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
    .end(body)
}

/** One page of names after `last`, and the link to the next. */
export function pageOfNames(
  names: readonly string[],
  path: string,
  query: URLSearchParams,
): { readonly items: string[]; readonly headers: Record<string, string> } {
  const last = query.get('last') ?? ''
  const size = Number(query.get('n') ?? 1000)
  const following = names.filter((name) => name > last).sort()
  const items = following.slice(0, size)
  const end = items.at(-1)
  const more = end !== undefined && items.length < following.length
  return { items, headers: more ? { link: `<${path}?n=${size}&last=${encodeURIComponent(end)}>; rel="next"` } : {} }
}
