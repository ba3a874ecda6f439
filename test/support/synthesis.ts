import { type Operation, readSchemas, type Schema, traitsOf } from '../../src/emulator/wire/schema.ts'

/** Everything that a form, JSON or XML could stumble over. */
const AWKWARD = `<a href="x&y">it's</a> + %41=\\ é 漢 \u{1F600} \t\n ]]> `

/** A value for a schema in which every member is there and no two texts are alike; members that stream are left out. */
export function fullValue(schema: Schema): unknown {
  let count = 0
  const value = (one: Schema, seen: readonly string[]): unknown => {
    if (one.isStructSchema()) {
      const name = one.getName(true) ?? ''
      if (seen.includes(name)) return undefined
      const fields = members(one)
        .map(([key, member]) => [key, value(member, [...seen, name])] as const)
        .filter(([, field]) => field !== undefined)
      return Object.fromEntries(one.isUnionSchema() ? fields.slice(0, 1) : fields)
    }
    if (one.isListSchema()) {
      const items = [value(one.getValueSchema(), seen), value(one.getValueSchema(), seen)]
      return items.includes(undefined) ? undefined : items
    }
    if (one.isMapSchema()) {
      const entries = [`${AWKWARD}${++count}`, `k${++count}`].map((key) => [key, value(one.getValueSchema(), seen)])
      return entries.some(([, item]) => item === undefined) ? undefined : Object.fromEntries(entries)
    }
    count++
    if (one.isBooleanSchema()) return count % 2 === 0
    if (one.isNumericSchema()) return count % 3 === 0 ? 2 ** 40 + count : count
    if (one.isTimestampSchema()) return new Date(1_700_000_000_000 + count * (isBound(one) ? 1000 : 1009))
    if (one.isBlobSchema()) return Uint8Array.of(0, 255, count % 256)
    return one.isStringSchema() ? `${isBound(one) ? 'plain' : AWKWARD}${count}` : undefined
  }
  return value(schema, [])
}

/** Whether it lies in a path, a query or a header, which have room for plain text and whole seconds only. */
const isBound = (schema: Schema): boolean => {
  const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders } = traitsOf(schema)
  return [httpLabel, httpQuery, httpHeader, httpPrefixHeaders].some((trait) => trait !== undefined)
}

/** A value in which every member is there and says nothing: zero, false, no text, no item. */
export function emptyValue(schema: Schema, unsaid: readonly Unsaid[] = []): unknown {
  if (schema.isStructSchema()) {
    if (schema.isUnionSchema()) return undefined
    const fields = members(schema).map(([key, member]) => [
      key,
      member.isStructSchema() ? undefined : emptyValue(member, unsaid),
    ])
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined))
  }
  // A path has no room for nothing, and a query or a header is left out.
  if (traitsOf(schema).httpLabel !== undefined) return 'label'
  if (unsaid.includes('bound') && isBound(schema)) return undefined
  if (schema.isListSchema()) return unsaid.includes('lists') ? undefined : []
  if (schema.isMapSchema()) return unsaid.includes('maps') ? undefined : {}
  if (schema.isBooleanSchema()) return false
  if (schema.isNumericSchema()) return 0
  if (schema.isTimestampSchema()) return new Date(0)
  if (schema.isBlobSchema()) return new Uint8Array()
  return schema.isStringSchema() ? '' : undefined
}

/** What a protocol has no words for while it is empty. */
export type Unsaid = 'lists' | 'maps' | 'bound'

const members = (schema: Schema): [string, Schema][] =>
  [...schema.structIterator()].filter(([, one]) => !one.isStreaming())

/** Operations that answer or ask with a stream of events: no request and answer. */
export const streams = ({ input, output }: Operation): boolean =>
  [input, output].some((schema) => schema.isStructSchema() && schema.getEventStreamMember() !== '')

type Command = object
interface Client {
  send(command: Command): Promise<object>
  destroy(): void
}

/** An SDK client module's client and commands, by name: what TypeScript knows only one at a time. */
export function anySdk(sdk: object) {
  const exports = Object.entries(sdk)
  const [, ClientClass] = exports.find(([key]) => key.endsWith('Client') && key !== '__Client') ?? []
  return {
    client: (settings: object) => new (ClientClass as new (settings: object) => Client)(settings),
    operations: [...readSchemas(sdk).operations.values()],
    /** Classes of the errors that the service's model names. */
    errors: exports.filter(([key]) => isErrorSchema(Object.getOwnPropertyDescriptor(sdk, `${key}$`)?.value)) as [
      string,
      new (...options: never[]) => Error,
    ][],
    command: (name: string, input: unknown) => {
      const [, CommandClass] = exports.find(([key]) => key === `${name}Command`) ?? []
      return new (CommandClass as new (input: unknown) => Command)(input)
    },
  }
}

const isErrorSchema = (schema: unknown): boolean => Array.isArray(schema) && schema[0] === -3 && !isBase(schema[1])
/** The root of a client's errors is no error of the model. */
const isBase = (namespace: unknown): boolean => `${namespace}`.startsWith('smithy.')

/** Where two values differ first, in words; undefined when they are alike. */
export function difference(expected: unknown, actual: unknown, path = ''): string | undefined {
  if (isTree(expected) && isTree(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
    for (const key of keys) {
      const found = difference(expected[key], actual[key], `${path}.${key}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  const [wanted, got] = [shown(expected), shown(actual)]
  return wanted === got ? undefined : `${path || 'all'}: ${wanted} became ${got}`
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)

const shown = (value: unknown): string =>
  value instanceof Uint8Array
    ? `bytes ${[...value]}`
    : value instanceof Date
      ? `date ${value.getTime()}`
      : `${JSON.stringify(value)}`
