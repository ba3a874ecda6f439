import { type Schema, timestampFormat, traitsOf } from './schema.ts'

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' }

/**
 * Text between tags, where quotes stand for themselves: JSON is full of them. XML has no place for control characters,
 * and a parser would turn a bare carriage return into a line feed.
 */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>]|(?![\t\n])\p{Cc}/gu, (character) => ESCAPES[character] ?? '')

/** The members of a structure as XML elements, without an element around them. */
export function toXml(schema: Schema, value: unknown): string {
  let xml = ''
  for (const [name, member] of schema.structIterator()) {
    const field = (value as Record<string, unknown>)[name]
    if (field !== undefined && field !== null) xml += element(traitsOf(member).xmlName ?? name, member, field)
  }
  return xml
}

function element(name: string, schema: Schema, value: unknown): string {
  if (schema.isListSchema()) return list(name, schema, value as unknown[])
  if (schema.isMapSchema()) return map(name, schema, value as Record<string, unknown>)
  return wrap(name, schema.isStructSchema() ? structure(schema, value as object) : escapeXml(scalar(schema, value)))
}

/** What is frozen is written once: whoever follows a stack is told of the same events again and again. */
function structure(schema: Schema, value: object): string {
  const known = written.get(value)
  const shape = schema.getName(true)
  if (known && known.shape === shape) return known.xml
  const xml = toXml(schema, value)
  if (Object.isFrozen(value)) written.set(value, { shape, xml })
  return xml
}
const written = new WeakMap<object, { readonly shape: string | undefined; readonly xml: string }>()

function list(name: string, schema: Schema, items: readonly unknown[]): string {
  const member = schema.getValueSchema()
  const flat = traitsOf(schema).xmlFlattened !== undefined
  const itemName = flat ? name : (traitsOf(member).xmlName ?? 'member')
  const content = items.map((item) => element(itemName, member, item)).join('')
  return flat ? content : wrap(name, content)
}

function map(name: string, schema: Schema, fields: Record<string, unknown>): string {
  const flat = traitsOf(schema).xmlFlattened !== undefined
  const keyName = traitsOf(schema.getKeySchema()).xmlName ?? 'key'
  const valueName = traitsOf(schema.getValueSchema()).xmlName ?? 'value'
  const content = Object.entries(fields)
    .map(([key, value]) => wrap(keyName, escapeXml(key)) + element(valueName, schema.getValueSchema(), value))
    .map((entry) => wrap(flat ? name : 'entry', entry))
    .join('')
  return flat ? content : wrap(name, content)
}

function scalar(schema: Schema, value: unknown): string {
  if (value instanceof Date) {
    return timestampFormat(schema) === 'epoch-seconds' ? String(value.getTime() / 1000) : value.toISOString()
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return String(value)
}

const wrap = (name: string, content: string): string => `<${name}>${content}</${name}>`
