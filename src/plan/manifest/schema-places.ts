import * as z from 'zod'
import { remembered } from '../remembered.ts'

export type Path = readonly (string | number)[]

/** The schema itself, whether or not it may be left out. */
export function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap() as z.ZodType)
  return schema
}

/** The schema for a place in a value; of a union, the alternative that has such a place. */
export function schemaAt(schema: z.ZodType | undefined, path: Path): z.ZodType | undefined {
  const inner = unwrap(schema)
  const [step, ...rest] = path
  if (step === undefined || !inner) return inner
  if (inner instanceof z.ZodObject) return schemaAt((inner.shape as Record<string, z.ZodType>)[String(step)], rest)
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType as z.ZodType, rest)
  if (inner instanceof z.ZodArray) return schemaAt(inner.element as z.ZodType, rest)
  if (!(inner instanceof z.ZodUnion)) return undefined
  return (inner.options as z.ZodType[]).map((option) => schemaAt(option, path)).find((found) => found !== undefined)
}

/** The schema for the name at the end of a path. */
export function keySchemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  const record = schemaAt(schema, path.slice(0, -1))
  return record instanceof z.ZodRecord ? (record.keyType as z.ZodType) : undefined
}

/** The names that a group may have; those of a record when it takes only some. */
export function keysOf(schema: z.ZodType | undefined): string[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodRecord && inner.keyType instanceof z.ZodEnum) return inner.keyType.options.map(String)
  return Object.keys(groupOf(inner)?.shape ?? {})
}

function groupOf(schema: z.ZodType | undefined): z.ZodObject | undefined {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject) return inner
  if (!(inner instanceof z.ZodUnion)) return undefined
  return (inner.options as z.ZodType[]).map(groupOf).find((option) => option !== undefined)
}

/** Where a key belongs among the groups inside this one: `port` of a service is `image.port`. */
export const below = (schema: z.ZodType | undefined, key: string): readonly Path[] =>
  (schema && placesIn(schema).get(key)) ?? []

/** Where a key belongs in or beside the groups around this one, as a whole path. */
export function around(schema: z.ZodType, path: Path, key: string): Path | undefined {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const at = path.slice(0, depth)
    const group = schemaAt(schema, at)
    if (keysOf(group).includes(key)) return [...at, key]
    const [place] = group instanceof z.ZodRecord ? [] : below(group, key)
    if (place !== undefined) return [...at, ...place]
  }
  return undefined
}

/** Groups within groups in which somebody may have meant a key: `services.NAME.image`. */
const DEEPEST = 3

/** The shallowest places of each key inside a schema, such as `image.port`. It never changes: it is looked through once. */
const placesIn = remembered((schema: z.ZodType): ReadonlyMap<string, readonly Path[]> => {
  const places = new Map<string, Path[]>()
  let level = childrenOf(schema, [])
  for (let depth = 1; depth <= DEEPEST; depth++) {
    const shallower = new Set(places.keys())
    for (const child of level)
      for (const key of keysOf(child.schema))
        if (!shallower.has(key)) places.set(key, [...(places.get(key) ?? []), [...child.path, key]])
    level = level.flatMap((child) => childrenOf(child.schema, child.path))
  }
  return places
})

function childrenOf(schema: z.ZodType | undefined, above: Path): { path: Path; schema: z.ZodType }[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodRecord) return [{ path: [...above, 'NAME'], schema: inner.valueType as z.ZodType }]
  return Object.entries(groupOf(inner)?.shape ?? {}).map(([key, member]) => ({
    path: [...above, key],
    schema: member as z.ZodType,
  }))
}
