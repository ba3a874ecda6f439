import { AwsError } from '../errors.ts'
import { dateOf, type Schema, timestampFormat } from './schema.ts'

/** A value from a path, a query or a header; undefined when there is none. */
export function fromText(schema: Schema, text: string | readonly string[] | undefined): unknown {
  if (text === undefined || (Array.isArray(text) && text.length === 0)) return undefined
  if (schema.isListSchema()) {
    const items = typeof text === 'string' ? text.split(',').map((item) => item.trim()) : text
    return items.map((item) => scalar(schema.getValueSchema(), item))
  }
  return scalar(schema, typeof text === 'string' ? text : (text[0] ?? ''))
}

function scalar(schema: Schema, text: string): unknown {
  if (schema.isBooleanSchema()) return text === 'true'
  if (schema.isNumericSchema()) {
    if (text.trim() === '' || Number.isNaN(Number(text))) throw invalid(schema, text)
    return Number(text)
  }
  if (schema.isTimestampSchema()) {
    const date = dateOf(text)
    if (!date) throw invalid(schema, text)
    return date
  }
  return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text
}

const invalid = (schema: Schema, text: string): AwsError =>
  new AwsError('InvalidArgument', `Invalid value at ${schema.getMemberName()}: ${text}`)

/** A header's value; a moment is written as HTTP does. */
export function toText(schema: Schema, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => toText(schema.getValueSchema(), item)).join(', ')
  if (!(value instanceof Date)) return String(value)
  const format = timestampFormat(schema)
  if (format === 'epoch-seconds') return String(value.getTime() / 1000)
  return format === 'date-time' ? value.toISOString() : value.toUTCString()
}
