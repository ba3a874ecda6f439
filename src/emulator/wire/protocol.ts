import type { Readable } from 'node:stream'
import { AwsError } from '../errors.ts'
import type { WireService } from './catalogue.ts'
import { cborProtocol } from './cbor.ts'
import { fromJson, toJson } from './json.ts'
import { fromQuery } from './query.ts'
import type { WireRequest } from './request.ts'
import { restProtocol } from './rest.ts'
import { type Operation, readSchemas } from './schema.ts'
import { escapeXml, toXml } from './xml.ts'

export interface WireAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array | Readable
}

/** One service's side of its protocol: bytes to input, output to bytes. */
export interface Protocol {
  operation(request: WireRequest): Operation
  read(operation: Operation, request: WireRequest): unknown
  write(operation: Operation, output: unknown, requestId: string): WireAnswer
  fail(error: AwsError, requestId: string): WireAnswer
}

export async function loadProtocol(service: WireService): Promise<Protocol> {
  const { operations, queryErrors } = readSchemas(await service.sdk())
  const operation = ({ operation: name }: WireRequest) => {
    const found = operations.get(name)
    if (found) return found
    const code = /^awsJson|^rpc/.test(service.protocol) ? 'UnknownOperationException' : 'InvalidAction'
    throw new AwsError(code, `The action ${name} is not valid for this web service.`)
  }
  if (service.protocol === 'awsJson1_1') return jsonProtocol(operation, '1.1', () => ({}))
  if (service.protocol === 'restJson1' || service.protocol === 'restXml') return restProtocol(service, operations)

  // A modelled query error can have another code and status on the wire than its shape's name.
  const onWire = (error: AwsError) => {
    const [code, status] = queryErrors.get(error.code)?.awsQueryError ?? [error.code, error.status]
    return new AwsError(code, error.message, status)
  }
  const oldCode = (error: AwsError) => {
    const { code, status } = onWire(error)
    return { 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` }
  }
  if (service.protocol === 'awsJson1_0') return jsonProtocol(operation, '1.0', oldCode)
  if (service.protocol === 'rpcV2Cbor') return cborProtocol(operation, oldCode)
  return service.protocol === 'ec2Query'
    ? ec2Protocol(operation, service.namespace ?? '')
    : queryProtocol(operation, service.namespace ?? '', onWire)
}

/** Services that once spoke Query go on telling the old codes of their errors in a header. */
function jsonProtocol(
  operation: Protocol['operation'],
  version: '1.0' | '1.1',
  oldCode: (error: AwsError) => Record<string, string>,
): Protocol {
  return {
    operation,
    read: ({ input }, { body }) => (input.isUnitSchema() ? {} : fromJson(input, parseJson(body))),
    write: ({ output }, value) => jsonAnswer(200, output.isUnitSchema() ? {} : toJson(output, value), version),
    fail: (error) => jsonFailure(error, version, oldCode(error)),
  }
}

const jsonAnswer = (status: number, value: unknown, version: '1.0' | '1.1', headers = {}): WireAnswer => ({
  status,
  headers: { 'content-type': `application/x-amz-json-${version}`, ...headers },
  body: JSON.stringify(value),
})

const jsonFailure = (
  { status, code, message, members }: AwsError,
  version: '1.0' | '1.1' = '1.1',
  headers = {},
): WireAnswer =>
  jsonAnswer(status, { __type: code, message, ...members }, version, { 'x-amzn-errortype': code, ...headers })

export function parseJson(body = ''): unknown {
  try {
    return JSON.parse(body || '{}')
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.')
  }
}

function queryProtocol(
  operation: Protocol['operation'],
  namespace: string,
  onWire: (error: AwsError) => AwsError,
): Protocol {
  return {
    operation,
    read: ({ input }, { body }) =>
      input.isUnitSchema() ? {} : fromQuery(input, new URLSearchParams(body), 'awsQuery'),
    write: ({ name, output }, value, requestId) => {
      const result = output.isUnitSchema() ? '' : `<${name}Result>${toXml(output, value)}</${name}Result>`
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
      return xmlAnswer(200, `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`)
    },
    fail: (original, requestId) => {
      const error = onWire(original)
      const type = error.status < 500 ? 'Sender' : 'Receiver'
      const content = `<Error><Type>${type}</Type>${codeAndMessage(error)}</Error><RequestId>${requestId}</RequestId>`
      return xmlAnswer(error.status, `<ErrorResponse xmlns="${namespace}">${content}</ErrorResponse>`)
    },
  }
}

function ec2Protocol(operation: Protocol['operation'], namespace: string): Protocol {
  return {
    operation,
    read: ({ input }, { body }) =>
      input.isUnitSchema() ? {} : fromQuery(input, new URLSearchParams(body), 'ec2Query'),
    write: ({ name, output }, value, requestId) => {
      const content = output.isUnitSchema() ? '<return>true</return>' : toXml(output, value)
      const id = `<requestId>${requestId}</requestId>`
      return xmlAnswer(200, `<${name}Response xmlns="${namespace}">${id}${content}</${name}Response>`)
    },
    fail: (error, requestId) => {
      const errors = `<Errors><Error>${codeAndMessage(error)}</Error></Errors>`
      return xmlAnswer(error.status, `<Response>${errors}<RequestID>${requestId}</RequestID></Response>`)
    },
  }
}

/** A refusal where no service's own protocol answers, in the way that the client of the request reads. */
export function refusal(error: AwsError, requestId: string, shape: 'query' | 'xml' | 'json'): WireAnswer {
  if (shape === 'json') return jsonFailure(error)
  const content = `<Error><Type>Sender</Type>${codeAndMessage(error)}</Error>`
  return shape === 'xml'
    ? xmlAnswer(error.status, `<Error>${codeAndMessage(error)}<RequestId>${requestId}</RequestId></Error>`)
    : xmlAnswer(error.status, `<ErrorResponse>${content}<RequestId>${requestId}</RequestId></ErrorResponse>`)
}

export const codeAndMessage = (error: AwsError): string =>
  `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`

export const xmlAnswer = (status: number, content: string): WireAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
})
