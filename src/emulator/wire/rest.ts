import { Readable } from 'node:stream'
import { AwsError } from '../errors.ts'
import { contentOf } from './aws-chunked.ts'
import type { WireService } from './catalogue.ts'
import { fromJson, toJson } from './json.ts'
import { codeAndMessage, type Protocol, parseJson, type WireAnswer, xmlAnswer } from './protocol.ts'
import { readBody } from './request.ts'
import { routesOf } from './rest-routes.ts'
import { fromText, toText } from './rest-text.ts'
import { type Operation, type Schema, traitsOf } from './schema.ts'
import { toXml } from './xml.ts'
import { fromXml } from './xml-reader.ts'

type Fields = Record<string, unknown>

/** Protocols in which an operation is a method and a path, and members lie in path, query, headers and body. */
export function restProtocol(service: WireService, operations: ReadonlyMap<string, Operation>): Protocol {
  const { match } = routesOf(service, operations)
  const format = service.protocol === 'restXml' ? xml(service.namespace ?? '') : json
  return {
    operation: ({ message }) => match(message).operation,
    async read(operation, { message }) {
      const { labels, query } = match(message)
      const fields: Fields = {}
      const inBody: [string, Schema][] = []
      for (const [name, member] of membersOf(operation.input)) {
        const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders, httpPayload } = traitsOf(member)
        const header = httpHeader === undefined ? undefined : message.headers[httpHeader.toLowerCase()]
        if (httpLabel !== undefined) set(fields, name, fromText(member, labels[name]))
        else if (httpQuery !== undefined) set(fields, name, fromText(member, query.getAll(httpQuery)))
        else if (httpHeader !== undefined) set(fields, name, fromText(member, header?.toString()))
        else if (httpPrefixHeaders !== undefined) set(fields, name, prefixed(message.headers, httpPrefixHeaders))
        else if (httpPayload !== undefined && member.isStreaming()) fields[name] = Readable.from(contentOf(message))
        else inBody.push([name, member])
      }
      if (inBody.length === 0) return fields
      const text = await readBody(contentOf(message))
      if (text === undefined)
        throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
      const payload = inBody.find(([, member]) => traitsOf(member).httpPayload !== undefined)
      if (!payload) return text === '' ? fields : { ...(format.read(operation.input, text) as Fields), ...fields }
      const [name, member] = payload
      if (text !== '') set(fields, name, member.isStructSchema() ? format.read(member, text) : plain(member, text))
      return fields
    },
    write({ output, http: [, , status] = ['', '', 200] }, value) {
      const fields = value as Fields
      const headers: Record<string, string> = {}
      let body: WireAnswer['body'] | undefined
      const inBody: Fields = {}
      let isDocument = false
      for (const [name, member] of membersOf(output)) {
        const { httpHeader, httpPrefixHeaders, httpPayload } = traitsOf(member)
        const field = fields[name]
        if (httpHeader !== undefined) {
          if (field !== undefined) headers[httpHeader.toLowerCase()] = toText(member, field)
        } else if (httpPrefixHeaders !== undefined) {
          for (const [key, one] of Object.entries(field ?? {})) headers[httpPrefixHeaders + key] = String(one)
        } else if (httpPayload !== undefined) {
          body = member.isStructSchema() && field !== undefined ? format.write(member, field) : (field as string)
        } else {
          isDocument = true
          set(inBody, name, field)
        }
      }
      if (isDocument) body ??= format.write(output, inBody)
      return { status, headers: { ...(body !== undefined && format.type), ...headers }, body: body ?? '' }
    },
    fail: format.fail,
  }
}

const membersOf = (schema: Schema): Iterable<[string, Schema]> =>
  schema.isStructSchema() ? schema.structIterator() : []

function set(fields: Fields, name: string, value: unknown): void {
  if (value !== undefined) fields[name] = value
}

const prefixed = (headers: Readonly<Record<string, unknown>>, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix.toLowerCase()))
      .map(([name, value]) => [name.slice(prefix.length), String(value)]),
  )

const plain = (member: Schema, text: string): unknown => (member.isBlobSchema() ? Buffer.from(text) : text)

interface Format {
  readonly type: Record<string, string>
  read(schema: Schema, text: string): unknown
  write(schema: Schema, value: unknown): string
  fail: Protocol['fail']
}

const json: Format = {
  type: { 'content-type': 'application/json' },
  read: (schema, text) => fromJson(schema, parseJson(text)),
  write: (schema, value) => JSON.stringify(toJson(schema, value)),
  // EFS says the code in its body too.
  fail: ({ status, code, message, members }) => ({
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ ErrorCode: code, Message: message, ...members }),
  }),
}

const xml = (namespace: string): Format => ({
  type: { 'content-type': 'application/xml' },
  read: (schema, text) => fromXml(schema, text),
  write(schema, value) {
    const name = traitsOf(schema).xmlName ?? schema.getName() ?? ''
    return xmlAnswer(200, `<${name} xmlns="${namespace}">${toXml(schema, value)}</${name}>`).body as string
  },
  fail: (error, requestId) =>
    xmlAnswer(error.status, `<Error>${codeAndMessage(error)}<RequestId>${requestId}</RequestId></Error>`),
})
