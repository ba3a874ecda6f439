import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../errors.ts'
import { ConnectionLost } from '../faults/calls.ts'
import { catalogue, type ServiceName } from './catalogue.ts'
import { loadProtocol, type Protocol, refusal, type WireAnswer } from './protocol.ts'
import { ANY_REGION, readRequest } from './request.ts'
import { strangeVisitor } from './visitors.ts'

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/

/** Answers AWS requests: the credential scope names service and region, the body or a header the operation. */
export function awsRequestListener(emulator: Pick<Emulator, 'call'>): RequestListener {
  async function answer(request: IncomingMessage, requestId: string): Promise<WireAnswer> {
    const wanted = await readRequest(request)
    const { scope, form, body } = wanted
    const refuse = (code: string, message: string) =>
      refusal(new AwsError(code, message, 403), requestId, form ? 'query' : scope?.service === 's3' ? 'xml' : 'json')
    const stranger = strangeVisitor(request.headers)
    if (stranger !== undefined) return refuse('AccessDenied', stranger)
    if (!scope) return refuse('MissingAuthenticationToken', 'Request is missing Authentication Token')
    if (!isService(scope.service)) {
      return refuse('UnknownService', `The embedded AWS does not have the service ${scope.service}.`)
    }
    if (scope.region !== ANY_REGION && !REGION.test(scope.region)) {
      return refuse('SignatureDoesNotMatch', 'Credential should be scoped to a valid region.')
    }
    const protocol = await protocolOf(scope.service)
    try {
      if (body === undefined) throw new AwsError('RequestEntityTooLarge', 'Request body is too large.', 413)
      const operation = protocol.operation(wanted)
      const input = await protocol.read(operation, wanted)
      const output = await emulator.call(scope.service, operation.name, input, { region: scope.region, requestId })
      return protocol.write(operation, output ?? {}, requestId)
    } catch (error) {
      if (error instanceof ConnectionLost) throw error
      return protocol.fail(asAwsError(error), requestId)
    }
  }

  return (request, response) => {
    const requestId = randomUUID()
    response.setHeader('x-amzn-requestid', requestId)
    answer(request, requestId).then(
      (result) => send(response, result),
      (error: unknown) => response.destroy(error as Error),
    )
  }
}

/** A service's protocol is the same for every embedded AWS of a process: its client's schemas are read once. */
function protocolOf(service: ServiceName): Promise<Protocol> {
  const loading = protocols.get(service) ?? loadProtocol(catalogue[service])
  protocols.set(service, loading)
  return loading
}
const protocols = new Map<ServiceName, Promise<Protocol>>()

const isService = (name: string): name is ServiceName => Object.hasOwn(catalogue, name)

const asAwsError = (error: unknown): AwsError =>
  error instanceof AwsError ? error : new AwsError('InternalFailure', (error as Error).stack ?? String(error), 500)

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  if (typeof body === 'string') {
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
  } else {
    response.writeHead(status, headers)
    pipeline(body, response, () => {})
  }
}
