import resourceSchema from '../../../generated/resource-schema.json' with { type: 'json' }
import {
  type Checked,
  checkAgainst,
  type Fields,
  isObject,
  type ResourceSchema,
} from '../../formats/resource-schema.ts'

const schemas = resourceSchema as unknown as Readonly<Record<string, ResourceSchema>>

export const schemaOf = (type: string): ResourceSchema | undefined => schemas[type]

/** Checks and coerces the resolved properties of a resource. */
export function checkProperties(type: string, properties: Fields): Checked {
  const schema = schemas[type]
  return schema ? checkAgainst(schema, properties) : { properties, problems: [] }
}

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
