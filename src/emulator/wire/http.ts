import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../errors.ts'
import { catalogue, type ServiceName } from './catalogue.ts'
import { loadProtocol, operationName, type Protocol, type WireAnswer } from './protocol.ts'

/** CloudFormation takes bodies of a megabyte at most; nothing that AWS accepts here is larger. */
const MAXIMUM_BODY = 8 * 1024 * 1024

/** Answers AWS requests: the credential scope names service and region, the body or a header the operation. */
export function awsRequestListener(emulator: Emulator): RequestListener {
  const protocols = new Map<ServiceName, Promise<Protocol>>()
  const protocolOf = (service: ServiceName) => {
    const loading = protocols.get(service) ?? loadProtocol(catalogue[service])
    protocols.set(service, loading)
    return loading
  }

  async function answer(request: IncomingMessage): Promise<WireAnswer> {
    const requestId = randomUUID()
    const scope = credentialScope(request)
    if (!scope || !(scope.service in catalogue)) return unknownService(scope?.service, requestId)
    const protocol = await protocolOf(scope.service as ServiceName)
    try {
      const body = await readBody(request)
      const operation = protocol.operation(operationName(header(request, 'x-amz-target'), body))
      const input = protocol.read(operation, body)
      const call = { region: scope.region, requestId }
      const output = await emulator.call(scope.service as ServiceName, operation.name, input, call)
      return protocol.write(operation, output ?? {}, requestId)
    } catch (error) {
      return protocol.fail(asAwsError(error), requestId)
    }
  }

  return (request, response) => {
    answer(request).then(
      (result) => send(response, result),
      (error: unknown) => response.destroy(error as Error),
    )
  }
}

const header = (request: IncomingMessage, name: string): string | undefined => request.headers[name]?.toString()

/** From a signed header, or from the query of a presigned request. */
function credentialScope(request: IncomingMessage): { region: string; service: string } | undefined {
  const presigned = new URL(request.url ?? '/', 'http://localhost').searchParams.get('X-Amz-Credential')
  const credential = presigned ?? /Credential=([^,\s]+)/.exec(header(request, 'authorization') ?? '')?.[1]
  const [, , region, service] = credential?.split('/') ?? []
  return region && service ? { region, service } : undefined
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAXIMUM_BODY) throw new AwsError('RequestEntityTooLarge', 'Request body is too large.', 413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const asAwsError = (error: unknown): AwsError =>
  error instanceof AwsError ? error : new AwsError('InternalFailure', (error as Error).stack ?? String(error), 500)

function unknownService(service: string | undefined, requestId: string): WireAnswer {
  const [code, message] = service
    ? ['UnknownService', `The embedded AWS does not have the service ${service}.`]
    : ['MissingAuthenticationToken', 'Request is missing Authentication Token']
  const body = { __type: code, message, requestId }
  return {
    status: 403,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
    body: JSON.stringify(body),
  }
}

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
