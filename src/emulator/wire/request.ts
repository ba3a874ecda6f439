import type { IncomingMessage } from 'node:http'

/** ECR takes layer parts of up to 20 MiB, a third longer in base64; nothing else that AWS accepts here is larger. */
const MAXIMUM_BODY = 32 * 1024 * 1024

/** What a request says before its service reads it. */
export interface WireRequest {
  /** Where it is meant to go, by its signature. */
  readonly scope: { readonly region: string; readonly service: string } | undefined
  /** Whether it is a form, in the body or in the query; otherwise it may be JSON. */
  readonly form: boolean
  /** Undefined when it is larger than AWS takes. */
  readonly body: string | undefined
  /** The operation's name, which protocols put into a header or into the form. */
  readonly operation: string
}

export async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const query = (request.url ?? '/').split('?').slice(1).join('?')
  const body = await readBody(request)
  const inQuery = body === '' && new URLSearchParams(query).has('Action')
  const form = inQuery || /^application\/x-www-form-urlencoded/i.test(header(request, 'content-type') ?? '')
  const content = inQuery ? query : body
  const target = header(request, 'x-amz-target')
  const action = form && content !== undefined ? new URLSearchParams(content).get('Action') : undefined
  return {
    scope: signedScope(request, query) ?? unsignedScope(action),
    form,
    body: content,
    operation: target?.split('.').at(-1) ?? action ?? '',
  }
}

const header = (request: IncomingMessage, name: string): string | undefined => request.headers[name]?.toString()

/** From a signed header, or from the query of a presigned request. */
function signedScope(request: IncomingMessage, query: string): WireRequest['scope'] {
  const presigned = new URLSearchParams(query).get('X-Amz-Credential')
  const credential = presigned ?? /Credential=([^,\s]+)/.exec(header(request, 'authorization') ?? '')?.[1]
  const [, , region, service] = credential?.split('/') ?? []
  return region && service ? { region, service } : undefined
}

/** Those who have no credentials yet ask for them without a signature. */
const unsignedScope = (action: string | null | undefined): WireRequest['scope'] =>
  action === 'AssumeRoleWithWebIdentity' || action === 'AssumeRoleWithSAML'
    ? { region: 'us-east-1', service: 'sts' }
    : undefined

/** Reads on when it is too large: a client hears the answer only when it could send everything. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= MAXIMUM_BODY) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > MAXIMUM_BODY ? undefined : Buffer.concat(chunks).toString()
}
