/** Named values. */
export type Fields = Readonly<Record<string, unknown>>

/** A property's type as `scripts/resource-schema.mjs` prunes it from the AWS resource specification. */
interface PropertyType {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'date-time' | 'tag' | 'null'
  readonly enum?: readonly (string | number)[]
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

export interface Checked {
  /** With scalars turned into what the schema wants: `"80"` into 80. */
  readonly properties: Fields
  /** In the words of AWS's JSON schema validator; empty when the properties are valid. */
  readonly problems: readonly string[]
}

/** Checks and coerces the properties of a resource; what is `opaque`, such as a function, may stand anywhere. */
export function checkAgainst(
  schema: ResourceSchema,
  properties: Fields,
  opaque: (value: unknown) => boolean = () => false,
): Checked {
  const problems: string[] = []
  return { properties: checkObject('#', properties, schema.properties, { ...schema, opaque }, problems), problems }
}

interface Checking extends ResourceSchema {
  readonly opaque: (value: unknown) => boolean
}

function checkObject(
  path: string,
  value: Fields,
  members: Readonly<Record<string, PropertyType>>,
  schema: Checking,
  problems: string[],
): Fields {
  for (const name in members) {
    if (members[name]?.required && value[name] === undefined) problems.push(`${path}: required key [${name}] not found`)
  }
  const checked: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const member = members[name]
    if (member) checked[name] = checkValue(`${path}/${name}`, value[name], member, schema, problems)
    else problems.push(`${path}: extraneous key [${name}] is not permitted`)
  }
  return checked
}

function checkValue(path: string, value: unknown, type: PropertyType, schema: Checking, problems: string[]): unknown {
  if (schema.opaque(value)) return value
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
  schema: Checking,
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
  if (type.enum && !type.enum.map(String).includes(text)) {
    problems.push(`${path}: ${text} is not a valid enum value`)
    return value
  }
  switch (type.type) {
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : wrong(path, 'Boolean', value, problems)
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : wrong(path, 'Integer', value, problems)
    case 'number':
      return text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : wrong(path, 'Number', value, problems)
  }
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

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
