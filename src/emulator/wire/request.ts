import type { IncomingMessage } from 'node:http'
import { createGunzip } from 'node:zlib'
import { catalogue, type ServiceName } from './catalogue.ts'

/** ECR takes layer parts of up to 20 MiB, a third longer in base64; nothing else that AWS accepts here is larger. */
const MAXIMUM_BODY = 32 * 1024 * 1024

/** What a request says before its service reads it. */
export interface WireRequest {
  /** Where it is meant to go, by its signature. */
  readonly scope: Scope | undefined
  /** Whether it is a form, in the body or in the query; otherwise it may be JSON. */
  readonly form: boolean
  /** Undefined when it is larger than AWS takes; empty when the service reads it from the message by itself. */
  readonly bytes: Buffer | undefined
  /** The same as text. */
  readonly body: string | undefined
  /** The operation's name, which protocols put into a header, into the form or at the end of the path. */
  readonly operation: string
  /** As it came, for services whose operations are methods and paths. */
  readonly message: IncomingMessage
}

interface Scope {
  readonly region: string
  readonly service: string
}

export async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const query = (request.url ?? '/').split('?').slice(1).join('?')
  const signed = signedScope(request, query)
  const packed = header(request, 'content-encoding') === 'gzip'
  const bytes = isRest(signed) ? Buffer.alloc(0) : await readBytes(packed ? request.pipe(createGunzip()) : request)
  const body = bytes?.toString()
  const inQuery = body === '' && new URLSearchParams(query).has('Action')
  const form = inQuery || /^application\/x-www-form-urlencoded/i.test(header(request, 'content-type') ?? '')
  const content = inQuery ? query : body
  const target = header(request, 'x-amz-target')
  const action = form && content !== undefined ? new URLSearchParams(content).get('Action') : undefined
  return {
    scope: signed ?? unsignedScope(action),
    form,
    bytes,
    body: content,
    operation: target?.split('.').at(-1) ?? action ?? /\/operation\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '',
    message: request,
  }
}

const isRest = (scope: Scope | undefined): boolean =>
  /^rest/.test(scope ? (catalogue[scope.service as ServiceName]?.protocol ?? '') : '')

const header = (request: IncomingMessage, name: string): string | undefined => request.headers[name]?.toString()

/** What signatures of version 2 say of the region: nothing. S3 alone still takes them, for a bucket wherever it is. */
export const ANY_REGION = 'aws-global'

/** From a signed header, or from the query of a presigned request. */
function signedScope(request: IncomingMessage, query: string): WireRequest['scope'] {
  const asked = new URLSearchParams(query)
  const authorization = header(request, 'authorization') ?? ''
  if (/^AWS \S+:/.test(authorization) || (asked.has('AWSAccessKeyId') && asked.has('Expires')))
    return { region: ANY_REGION, service: 's3' }
  const credential = asked.get('X-Amz-Credential') ?? /Credential=([^,\s]+)/.exec(authorization)?.[1]
  const [, , region, service] = credential?.split('/') ?? []
  return region && service ? { region, service } : undefined
}

/** Those who have no credentials yet ask for them without a signature. */
const unsignedScope = (action: string | null | undefined): WireRequest['scope'] =>
  action === 'AssumeRoleWithWebIdentity' || action === 'AssumeRoleWithSAML'
    ? { region: 'us-east-1', service: 'sts' }
    : undefined

/** Reads on when it is too large: a client hears the answer only when it could send everything. */
export const readBody = async (request: AsyncIterable<Buffer>): Promise<string | undefined> =>
  (await readBytes(request))?.toString()

async function readBytes(request: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= MAXIMUM_BODY) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > MAXIMUM_BODY ? undefined : Buffer.concat(chunks)
}
