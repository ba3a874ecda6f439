import resourceSchema from '../../../generated/resource-schema.json' with { type: 'json' }
import type { Fields } from './template.ts'

/** A property's type as `scripts/resource-schema.mjs` prunes it from the AWS resource specification. */
export interface PropertyType {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'date-time' | 'tag' | 'null'
  readonly enum?: readonly string[]
  readonly ref?: string
  readonly array?: PropertyType
  readonly map?: PropertyType
  readonly anyOf?: readonly PropertyType[]
  readonly required?: boolean
  readonly replaces?: 'yes' | 'maybe'
}

export interface ResourceSchema {
  readonly properties: Readonly<Record<string, PropertyType>>
  readonly types: Readonly<Record<string, Readonly<Record<string, PropertyType>>>>
  readonly attributes: readonly string[]
  /** The name of the property that holds tags. */
  readonly tags?: string
}

const schemas = resourceSchema as unknown as Readonly<Record<string, ResourceSchema>>

export const schemaOf = (type: string): ResourceSchema | undefined => schemas[type]

export interface Checked {
  /** With scalars turned into what the schema wants: `"80"` into 80. */
  readonly properties: Fields
  /** In the words of AWS's JSON schema validator; empty when the properties are valid. */
  readonly problems: readonly string[]
}

/** Checks and coerces the resolved properties of a resource. */
export function checkProperties(type: string, properties: Fields): Checked {
  const schema = schemas[type]
  if (!schema) return { properties, problems: [] }
  const problems: string[] = []
  const checked = checkObject('#', properties, schema.properties, schema, problems)
  return { properties: checked, problems }
}

function checkObject(
  path: string,
  value: Fields,
  members: Readonly<Record<string, PropertyType>>,
  schema: ResourceSchema,
  problems: string[],
): Fields {
  for (const [name, member] of Object.entries(members)) {
    if (member.required && value[name] === undefined) problems.push(`${path}: required key [${name}] not found`)
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      const member = members[name]
      if (member) return [[name, checkValue(`${path}/${name}`, item, member, schema, problems)]]
      problems.push(`${path}: extraneous key [${name}] is not permitted`)
      return []
    }),
  )
}

function checkValue(
  path: string,
  value: unknown,
  type: PropertyType,
  schema: ResourceSchema,
  problems: string[],
): unknown {
  if (type.anyOf) return checkUnion(path, value, type.anyOf, schema, problems)
  if (type.ref !== undefined) {
    const members = schema.types[type.ref]
    if (!isObject(value)) return wrong(path, 'JSONObject', value, problems)
    return members ? checkObject(path, value, members, schema, problems) : value
  }
  if (type.array) {
    const { array } = type
    if (!Array.isArray(value)) return wrong(path, 'JSONArray', value, problems)
    return value.map((item, index) => checkValue(`${path}/${index}`, item, array, schema, problems))
  }
  if (type.map) {
    const { map } = type
    if (!isObject(value)) return wrong(path, 'JSONObject', value, problems)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, checkValue(`${path}/${key}`, item, map, schema, problems)]),
    )
  }
  return checkScalar(path, value, type, problems)
}

function checkUnion(
  path: string,
  value: unknown,
  choices: readonly PropertyType[],
  schema: ResourceSchema,
  problems: string[],
): unknown {
  const attempts = choices.map((choice) => {
    const found: string[] = []
    return { found, checked: checkValue(path, value, choice, schema, found) }
  })
  const fitting = attempts.find(({ found }) => found.length === 0)
  if (fitting) return fitting.checked
  problems.push(...(attempts[0]?.found ?? []))
  return value
}

function checkScalar(path: string, value: unknown, type: PropertyType, problems: string[]): unknown {
  if (type.type === 'json') return value
  if (type.type === 'tag') return value
  if (typeof value === 'object' && value !== null) return wrong(path, typeName(type), value, problems)
  const text = String(value)
  switch (type.type) {
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : wrong(path, 'Boolean', value, problems)
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : wrong(path, 'Integer', value, problems)
    case 'number':
      return text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : wrong(path, 'Number', value, problems)
  }
  if (type.enum && !type.enum.includes(text)) problems.push(`${path}: ${text} is not a valid enum value`)
  return text
}

const typeName = ({ type = 'string' }: PropertyType): string => type.charAt(0).toUpperCase() + type.slice(1)

function wrong(path: string, expected: string, value: unknown, problems: string[]): unknown {
  const found = Array.isArray(value)
    ? 'JSONArray'
    : isObject(value)
      ? 'JSONObject'
      : Number.isInteger(value)
        ? 'Integer'
        : typeName({ type: typeof value as 'string' })
  problems.push(`${path}: expected type: ${expected}, found: ${found}`)
  return value
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a change from one set of properties to another needs a new resource. */
export function needsReplacement(type: string, before: Fields, after: Fields): boolean {
  const schema = schemas[type]
  return schema !== undefined && changedProperties(before, after).some((name) => replaces(schema, name, before, after))
}

export const changedProperties = (before: Fields, after: Fields): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !sameValue(before[name], after[name]))

/** A property replaces by itself, or because a member of its structure does. */
function replaces(schema: ResourceSchema, name: string, before: Fields, after: Fields): boolean {
  const property = schema.properties[name]
  if (property?.replaces) return true
  const members = property?.ref === undefined ? undefined : schema.types[property.ref]
  const [from, to] = [before[name], after[name]]
  if (!members || !isObject(from) || !isObject(to)) return false
  return changedProperties(from, to).some((member) => members[member]?.replaces !== undefined)
}

/** Equal as JSON values, whatever the order of members. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]))
  if (isObject(a) && isObject(b)) return changedProperties(a, b).length === 0
  return a === b
}
