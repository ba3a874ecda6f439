import type { HttpRequest } from '@smithy/core/protocols'
import type { LocalServer } from '../context.ts'
import { loopbackHandler } from './loopback-handler.ts'

/** The embedded AWS takes any key; these say in its logs who is there. */
const LOCAL_CREDENTIALS = { accessKeyId: 'img2vid-local', secretAccessKey: 'img2vid-local' }
const LOCAL_REGION = 'us-east-1'

/** What a client would look for in the environment and the user's files, where it is meant for AWS itself. */
const NOT_CONFIGURED = {
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  defaultsMode: 'standard',
  authSchemePreference: async () => [],
  userAgentAppId: async () => undefined,
  disableClockSkewCorrection: async () => true,
} as const

interface Scope {
  readonly region: string | (() => Promise<string>)
  readonly service: string
}

/** Says whom a request is for; the embedded AWS asks for no more of a signature. */
class Unsigned {
  readonly scope: Scope

  constructor(scope: Scope) {
    this.scope = scope
  }

  async sign(request: HttpRequest): Promise<HttpRequest> {
    const { region, service } = this.scope
    const name = typeof region === 'string' ? region : await region()
    const credential = `${LOCAL_CREDENTIALS.accessKeyId}/00000000/${name}/${service}/aws4_request`
    request.headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`
    return request
  }
}

export type LocalSettings = ReturnType<typeof localSettings>

/** Of clients of the embedded AWS; the cryptography and TLS that AWS itself asks for take Node as long as to start. */
export const localSettings = ({ endpoint }: Pick<LocalServer, 'endpoint'>, region = LOCAL_REGION) => ({
  region,
  endpoint,
  credentials: LOCAL_CREDENTIALS,
  ...NOT_CONFIGURED,
  signerConstructor: Unsigned,
  // What the rules of each service come to, which say where AWS itself is: buckets are in the path.
  endpointProvider: endpointsAt(endpoint),
  requestHandler: loopbackHandler(),
})

function endpointsAt(endpoint: string): (named: object) => { readonly url: URL } {
  const all = { url: new URL(endpoint) }
  return (named: { readonly Bucket?: string }) =>
    named.Bucket === undefined ? all : { url: new URL(named.Bucket, endpoint) }
}

/** Steps of a call that are for AWS's own eyes, or that lazy-client.ts has a better one for. */
const CEREMONY = [
  'getUserAgentMiddleware',
  'recursionDetectionMiddleware',
  'loggerMiddleware',
  'omitRetryHeadersMiddleware',
]

interface Client {
  readonly middlewareStack: {
    remove(name: string): boolean
    add(middleware: (next: (args: object) => unknown) => unknown, options: object): void
  }
}

/** Takes a call to the embedded AWS as straight as it goes. */
export function withoutCeremony(client: unknown): void {
  const { middlewareStack } = client as Client
  for (const name of CEREMONY) middlewareStack.remove(name)
  // Others say that they come after it, so that something has to be there.
  middlewareStack.add((next) => next, {
    name: 'retryMiddleware',
    tags: ['RETRY'],
    step: 'finalizeRequest',
    priority: 'high',
    override: true,
  })
}
