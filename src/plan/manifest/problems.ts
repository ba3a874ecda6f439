import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'

export type Path = readonly (string | number)[]

/** A problem before its place in the text is known. */
export interface Finding {
  readonly path: Path
  readonly message: string
  /** The place is that of the key, not of its value. */
  readonly atKey?: boolean
}

/** The nearest of some words, when it is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const best = closest(word.toLowerCase(), [...known])
  return distance(word.toLowerCase(), best) <= Math.max(2, Math.floor(best.length / 3)) ? best : undefined
}

export const meant = (word: string, known: readonly string[]): string => {
  const best = nearest(word, known)
  return best === undefined ? '' : `; did you mean ${best}?`
}

/** What a schema finds wrong, in words for people; unions speak for the alternative that was meant. */
export function findingsOf(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], at: Path = []): Finding[] {
  return issues.flatMap((issue) => findingsOfIssue(schema, issue, [...at, ...(issue.path as Path)]))
}

function findingsOfIssue(schema: z.ZodType, issue: z.core.$ZodIssue, path: Path): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysOf(schemaAt(schema, path))
      return issue.keys.map((key) => ({ path: [...path, key], message: `unknown${meant(key, known)}`, atKey: true }))
    }
    case 'invalid_union': {
      const meantObject = typeof issue.input === 'object' && issue.input !== null
      const branch = issue.errors.find(
        (errors) => meantObject === errors.every(({ code, path: at }) => isInside(code, at)),
      )
      return meantObject && branch
        ? findingsOf(schema, branch, path)
        : [{ path, message: expected(schema, path, issue) }]
    }
    case 'invalid_key':
      return [{ path, message: `expected ${describe(keySchemaAt(schema, path))}`, atKey: true }]
    case 'invalid_value': {
      const values = issue.values.map(String)
      return [{ path, message: `must be ${list(values)}${meant(String(issue.input), values)}` }]
    }
    case 'custom':
      return [{ path, message: issue.message }]
    default:
      return [{ path, message: issue.input === undefined ? 'is missing' : expected(schema, path, issue) }]
  }
}

const isInside = (code: string | undefined, path: readonly PropertyKey[]): boolean =>
  code === 'unrecognized_keys' || path.length > 0

function expected(schema: z.ZodType, path: Path, issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' && issue.origin === 'array') return `needs at least ${issue.minimum}`
  const description = describe(schemaAt(schema, path))
  if (issue.code === 'too_small') return `must be ${issue.minimum} at least`
  if (issue.code === 'too_big') return `must be ${issue.maximum} at most`
  return `expected ${description}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of settings',
  record: 'a group of names with their values',
  array: 'a list',
}

function describe(schema: z.ZodType | undefined): string {
  const inner = unwrap(schema)
  if (!inner) return 'something else'
  const kind = KINDS[inner.def.type]
  const words = inner.description ?? schema?.description
  if (kind !== undefined && inner.def.type !== 'string') return kind
  return words ?? kind ?? 'something else'
}

const list = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`

function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap() as z.ZodType)
  return schema
}

/** The schema for a place in the manifest; of a union, the alternative with members. */
function schemaAt(schema: z.ZodType | undefined, path: Path): z.ZodType | undefined {
  const inner = unwrap(schema)
  if (path.length === 0 || !inner) return inner
  const [step, ...rest] = path
  if (inner instanceof z.ZodObject) return schemaAt((inner.shape as Record<string, z.ZodType>)[String(step)], rest)
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType as z.ZodType, rest)
  if (inner instanceof z.ZodArray) return schemaAt(inner.element as z.ZodType, rest)
  if (inner instanceof z.ZodUnion) return schemaAt(objectOf(inner), path)
  return undefined
}

const objectOf = (union: z.ZodUnion): z.ZodType | undefined =>
  (union.options as z.ZodType[]).find((option) => option instanceof z.ZodObject)

function keySchemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  const record = schemaAt(schema, path.slice(0, -1))
  return record instanceof z.ZodRecord ? (record.keyType as z.ZodType) : undefined
}

function keysOf(schema: z.ZodType | undefined): string[] {
  const object = schema instanceof z.ZodUnion ? objectOf(schema) : schema
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
