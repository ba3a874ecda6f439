import { type Schema, timestampFormat } from './schema.ts'

type Fields = Record<string, unknown>

/** A JSON value as the schema's own types: dates, bytes, known members only. */
export function fromJson(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (schema.isStructSchema()) {
    const fields: Fields = {}
    for (const [name, member] of schema.structIterator()) {
      const read = fromJson(member, (value as Fields)[name])
      if (read !== undefined) fields[name] = read
    }
    return fields
  }
  if (schema.isListSchema()) return (value as unknown[]).map((item) => fromJson(schema.getValueSchema(), item))
  if (schema.isMapSchema()) {
    return Object.fromEntries(
      Object.entries(value as Fields).map(([key, item]) => [key, fromJson(schema.getValueSchema(), item)]),
    )
  }
  if (schema.isTimestampSchema()) return new Date(typeof value === 'number' ? value * 1000 : String(value))
  if (schema.isBlobSchema()) return Buffer.from(String(value), 'base64')
  return value
}

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
