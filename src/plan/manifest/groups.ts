import type { Path } from './problems.ts'

/** Named values, before anything is known of them. */
export type Group = Record<string, unknown>

export const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Itself, or an empty one where something else is. */
export const group = (value: unknown): Group => (isGroup(value) ? value : {})

/** What stands at a place below; undefined when nothing does. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((found, step) => (isGroup(found) && Object.hasOwn(found, step) ? found[step] : undefined), value)
