import { AwsError } from '../errors.ts'
import { dateOf, type Schema, timestampFormat } from './schema.ts'

type Fields = Record<string, unknown>

/** A JSON value as the schema's own types: dates, bytes, known members only. Throws for values of another type. */
export function fromJson(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (schema.isStructSchema()) {
    const given = fieldsOf(value)
    const fields: Fields = {}
    for (const [name, member] of schema.structIterator()) {
      const read = fromJson(member, given[name])
      if (read !== undefined) fields[name] = read
    }
    return fields
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw mistyped('Expected list or null')
    return value.map((item) => fromJson(schema.getValueSchema(), item))
  }
  if (schema.isMapSchema()) {
    return Object.fromEntries(
      Object.entries(fieldsOf(value)).map(([key, item]) => [key, fromJson(schema.getValueSchema(), item)]),
    )
  }
  return schema.isDocumentSchema() ? value : scalar(schema, value)
}

function scalar(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) throw mistyped('Start of list found where not expected')
  if (typeof value === 'object') throw mistyped('Start of structure or map found where not expected.')
  if (schema.isTimestampSchema()) {
    const date = typeof value === 'boolean' ? undefined : dateOf(value as number | string)
    return date ?? cannotBecome(value, 'Timestamp')
  }
  if (schema.isBlobSchema())
    return typeof value === 'string' ? Buffer.from(value, 'base64') : cannotBecome(value, 'Blob')
  if (schema.isNumericSchema()) return typeof value === 'number' ? value : cannotBecome(value, 'Integer')
  if (schema.isBooleanSchema()) return typeof value === 'boolean' ? value : cannotBecome(value, 'Boolean')
  return typeof value === 'string' ? value : cannotBecome(value, 'String')
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields
  throw mistyped('Expected structure or map, or null')
}

function cannotBecome(value: unknown, type: string): never {
  const token = typeof value === 'boolean' ? `${value}`.toUpperCase() : (typeof value).toUpperCase()
  throw mistyped(`${token}_VALUE can not be converted to a${type === 'Integer' ? 'n' : ''} ${type}`)
}

const mistyped = (message: string): AwsError => new AwsError('SerializationException', message)

/** The reverse of `fromJson`; timestamps become seconds unless the schema asks for text. */
export function toJson(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (schema.isStructSchema()) {
    const fields: Fields = {}
    for (const [name, member] of schema.structIterator()) {
      const written = toJson(member, (value as Fields)[name])
      if (written !== undefined) fields[name] = written
    }
    return fields
  }
  if (schema.isListSchema()) return (value as unknown[]).map((item) => toJson(schema.getValueSchema(), item))
  if (schema.isMapSchema()) {
    return Object.fromEntries(
      Object.entries(value as Fields).map(([key, item]) => [key, toJson(schema.getValueSchema(), item)]),
    )
  }
  if (value instanceof Date)
    return timestampFormat(schema) === 'date-time' ? value.toISOString() : value.getTime() / 1000
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value
}
