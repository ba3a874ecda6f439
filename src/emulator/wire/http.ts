import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../errors.ts'
import { ConnectionLost } from '../faults/calls.ts'
import { catalogue, type ProtocolName, type ServiceName, type WireService } from './catalogue.ts'
import { loadProtocol, type Protocol, refusal, type WireAnswer } from './protocol.ts'
import { ANY_REGION, readRequest, type WireRequest } from './request.ts'
import { strangeVisitor } from './visitors.ts'

/** Services whose clients read an error as XML alone, whether or not they are here. */
const IN_XML: ReadonlySet<string> = new Set(['s3', 'route53', 'cloudfront'])
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/

/** Answers AWS requests: the credential scope names service and region, the body or a header the operation. */
export function awsRequestListener(emulator: Pick<Emulator, 'call'>): RequestListener {
  async function answer(request: IncomingMessage, requestId: string): Promise<WireAnswer> {
    const wanted = await readRequest(request)
    const { scope, form, body } = wanted
    const refuse = (code: string, message: string) =>
      refusal(
        new AwsError(code, message, 403),
        requestId,
        form ? 'query' : scope && IN_XML.has(scope.service) ? 'xml' : 'json',
      )
    const stranger = strangeVisitor(request.headers)
    if (stranger !== undefined) return refuse('AccessDenied', stranger)
    if (!scope) return refuse('MissingAuthenticationToken', 'Request is missing Authentication Token')
    if (!isService(scope.service)) {
      return refuse('UnknownService', `The embedded AWS does not have the service ${scope.service}.`)
    }
    if (scope.region !== ANY_REGION && !REGION.test(scope.region)) {
      return refuse('SignatureDoesNotMatch', 'Credential should be scoped to a valid region.')
    }
    const protocol = await protocolOf(scope.service, wanted)
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
function protocolOf(service: ServiceName, wanted: WireRequest): Promise<Protocol> {
  const name = spoken(catalogue[service], wanted)
  const key = `${service} ${name}`
  const loading = protocols.get(key) ?? loadProtocol({ ...catalogue[service], protocol: name })
  protocols.set(key, loading)
  return loading
}
const protocols = new Map<string, Promise<Protocol>>()

function spoken({ protocol, also = [] }: WireService, { form, message }: WireRequest): ProtocolName {
  const said = message.headers['smithy-protocol'] === 'rpc-v2-cbor' ? 'rpcV2Cbor' : form ? 'awsQuery' : protocol
  return also.includes(said) ? said : protocol
}

const isService = (name: string): name is ServiceName => Object.hasOwn(catalogue, name)

const asAwsError = (error: unknown): AwsError =>
  error instanceof AwsError ? error : new AwsError('InternalFailure', (error as Error).stack ?? String(error), 500)

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  if (body instanceof Readable) {
    response.writeHead(status, headers)
    pipeline(body, response, () => {})
  } else {
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
  }
}
