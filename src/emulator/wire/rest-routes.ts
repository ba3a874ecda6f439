import type { IncomingMessage } from 'node:http'
import { AwsError } from '../errors.ts'
import type { WireService } from './catalogue.ts'
import { type Operation, traitsOf } from './schema.ts'

interface Route {
  readonly operation: Operation
  readonly method: string
  readonly path: RegExp
  readonly labels: readonly string[]
  /** Parts of the query that tell the operation from others; without a value any will do. */
  readonly query: readonly (readonly [name: string, value: string])[]
  /** Required members that lie in the query or in headers tell operations apart too. */
  readonly required: readonly { readonly query?: string; readonly header?: string }[]
}

export interface Match {
  readonly operation: Operation
  readonly labels: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** What lies beside the path tells more than the path. */
const LONGEST_PATH = 10_000

/** By which operation a request is meant, of those that the schemas give a method and a path. */
export function routesOf(service: WireService, operations: ReadonlyMap<string, Operation>) {
  const routes = [...operations.values()].flatMap((operation) => routeOf(service, operation) ?? [])

  function match(message: IncomingMessage): Match {
    const [rawPath = '/', ...rest] = (message.url ?? '/').split('?')
    const path = service.inFront === undefined ? rawPath : withHost(message, rawPath)
    const query = new URLSearchParams(rest.join('?'))
    const fits = ({ method, path: pattern, query: wanted }: Route) =>
      method === message.method &&
      pattern.test(path) &&
      wanted.every(([name, value]) => query.has(name) && (value === '' || query.get(name) === value))
    const isThere = ({ query: name, header = '' }: Route['required'][number]) =>
      name === undefined ? message.headers[header] !== undefined : query.has(name)
    const told = ({ query: wanted, required, path: pattern }: Route) => {
      const there = required.filter(isThere).length
      return (wanted.length + there - (required.length - there)) * LONGEST_PATH + pattern.source.length
    }
    const [best] = routes.filter(fits).sort((a, b) => told(b) - told(a))
    if (!best) {
      throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405)
    }
    const values = best.path.exec(path)?.slice(1) ?? []
    const labels = best.labels.map((name, index) => [name, decode(values[index] ?? '')])
    return { operation: best.operation, labels: Object.fromEntries(labels), query }
  }
  return { match }
}

function routeOf({ inFront }: WireService, operation: Operation): Route | undefined {
  if (!operation.http) return undefined
  const [method, template] = operation.http
  const [path = '/', literal = ''] = template.split('?')
  const front = inFront !== undefined && operation.required.includes(inFront) ? `/{${inFront}}` : ''
  const whole = `${front}${path}`
  const labels = [...whole.matchAll(/\{(\w+)\+?\}/g)].map(([, name = '']) => name)
  const pattern = whole
    .replace(/[.*()]/g, '\\$&')
    .replace(/\{\w+\+\}/g, '(.+)')
    .replace(/\{\w+\}/g, '([^/]+)')
    .replace(/\/$/, '/?')
  return {
    operation,
    method,
    path: new RegExp(`^${pattern}$`),
    labels,
    // Clients of the newer kind name the operation; others leave it out.
    query: [...new URLSearchParams(literal)].filter(([name]) => name !== 'x-id'),
    required: requiredOf(operation),
  }
}

function requiredOf({ input, required }: Operation): Route['required'] {
  const found: Route['required'][number][] = []
  for (const [name, member] of input.isStructSchema() ? input.structIterator() : []) {
    const { httpQuery, httpHeader } = traitsOf(member)
    if (!required.includes(name)) continue
    if (httpQuery !== undefined) found.push({ query: httpQuery })
    else if (httpHeader !== undefined) found.push({ header: httpHeader.toLowerCase() })
  }
  return found
}

/** A name in front of `localhost`, or of `s3.localhost`, belongs to the path. */
function withHost({ headers: { host = '' } }: IncomingMessage, path: string): string {
  const [, name] = /^([a-z0-9][a-z0-9.-]{2,62}?)\.(?:s3\.)?(?:[a-z]+-[a-z]+-\d\.)?localhost(?::\d+)?$/.exec(host) ?? []
  return name === undefined || /^s3[.-]/.test(name) ? path : `/${name}${path}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.")
  }
}
