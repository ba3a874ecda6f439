import * as z from 'zod'
import { orList } from '../text.ts'
import { expectations } from './fields.ts'
import { didYouMean, meant, nearest } from './nearest.ts'
import { around, below, keySchemaAt, keysOf, type Path, schemaAt, unwrap } from './schema-places.ts'

export type { Path }

/** A problem before its place in the text is known. */
export interface Finding {
  readonly path: Path
  readonly message: string
  /** The place is that of the key, not of its value. */
  readonly atKey?: boolean
  /** Places that may have been meant instead. */
  readonly meant?: readonly Path[]
  /** The place itself, where it is known. */
  readonly offset?: number
}

/** What a schema finds wrong, in words for people; unions speak for the alternative that was meant. One a place. */
export function findingsOf(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], at: Path = []): Finding[] {
  const all = issues.flatMap((issue) => findingsOfIssue(schema, issue, [...at, ...(issue.path as Path)]))
  return [...new Map(all.toReversed().map((finding) => [pathText(finding.path), finding])).values()].reverse()
}

function findingsOfIssue(schema: z.ZodType, issue: z.core.$ZodIssue, path: Path): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const needless = path.length === 2 && Object.hasOwn(NEEDLESS, key) ? NEEDLESS[key] : undefined
        if (needless !== undefined) return { path: [...path, key], message: needless, atKey: true }
        const others = Object.keys(Object(issue.input)).filter((one) => !issue.keys.includes(one))
        const wrong = isAlternative(schemaAt(schema, path), key) ? `does not go with ${orList(others)}` : 'unknown'
        const itself = pathText([...path, key])
        const places = meantPlaces(schema, path, key).filter((place) => pathText(place) !== itself)
        // Those of an environment would be taken for the services above.
        const isClear = (place: Path) => isBelow(place, path) && place[path.length] !== 'services'
        const text = orList(places.map((place) => pathText(place.slice(isClear(place) ? path.length : 0))))
        return { path: [...path, key], message: `${wrong}${didYouMean(text || undefined)}`, atKey: true, meant: places }
      })
    case 'invalid_union': {
      if (issue.input === undefined) return [{ path, message: 'is missing' }]
      const inside = meantAlternative(schemaAt(schema, path), issue)
      return inside
        ? findingsOf(schema, inside, path)
        : [{ path, message: expected(schemaAt(schema, path), issue.input) }]
    }
    case 'invalid_key':
      return [{ path, message: expected(keySchemaAt(schema, path)), atKey: true }]
    case 'invalid_value': {
      const values = issue.values.map(String)
      const message = issue.input === null ? 'is empty; it must be' : 'must be'
      return [{ path, message: `${message} ${orList(values)}${meant(String(issue.input), values)}` }]
    }
    case 'custom':
      return [{ path, message: issue.message }]
    default:
      return [{ path, message: issue.input === undefined ? 'is missing' : outOfBounds(schemaAt(schema, path), issue) }]
  }
}

/** Whether one of several kinds of groups has the key: the one that was taken has not. */
const isAlternative = (schema: z.ZodType | undefined, key: string): boolean =>
  schema instanceof z.ZodUnion && schema.options.some((option) => keysOf(option as z.ZodType).includes(key))

/** What is wrong inside the alternative that has most of what is there; undefined when none or several were meant. */
function meantAlternative(schema: z.ZodType | undefined, { input, errors }: z.core.$ZodIssueInvalidUnion) {
  if (typeof input !== 'object' || input === null) return undefined
  const options = schema instanceof z.ZodUnion ? (schema.options as z.ZodType[]) : []
  const known = (index: number) => {
    const keys = keysOf(options[index])
    // A key that is nearly one of its own may be a slip of the pen.
    const share = (key: string) => (keys.includes(key) ? 1 : nearest(key, keys) === undefined ? 0 : 0.5)
    return Object.keys(input).reduce((sum, key) => sum + share(key), 0)
  }
  // Only an alternative that has members can be wrong inside.
  const found = errors
    .map((all, index) => ({ all, has: known(index) }))
    .filter(({ all }) => all.every((error) => isInside(error)))
    .sort((one, other) => other.has - one.has)
  const [best, next] = found
  return best && best.has !== next?.has ? best.all : undefined
}

const isInside = ({ code, path }: z.core.$ZodIssue): boolean => code === 'unrecognized_keys' || path.length > 0

function outOfBounds(schema: z.ZodType | undefined, issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty'
  if (issue.code === 'too_small' && issue.origin === 'array')
    return Number(issue.minimum) === 1 ? 'must not be empty' : `needs ${issue.minimum} at least`
  if (issue.code === 'too_small')
    return `must be at least ${Number(issue.minimum) + (issue.inclusive === false ? 1 : 0)}`
  if (issue.code === 'too_big')
    return issue.origin === 'array' ? `takes ${issue.maximum} at most` : `must be at most ${issue.maximum}`
  return expected(schema, issue.input)
}

const expected = (schema: z.ZodType | undefined, input?: unknown): string =>
  `${input === null ? 'is empty; ' : ''}expected ${what(schema)}`

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  boolean: 'true or false',
  object: 'a group of settings',
  record: 'a group of names with their values',
  array: 'a list',
}

function what(schema: z.ZodType | undefined): string {
  const inner = unwrap(schema)
  return (inner && (expectations.get(inner)?.what ?? KINDS[inner.def.type])) ?? 'something else'
}

/** What others call it. */
const SYNONYMS: Readonly<Record<string, string>> = {
  env: 'variables',
  environment: 'variables',
  cmd: 'command',
  replicas: 'count',
  desired_count: 'count',
  launch_type: 'compute',
  instance_type: 'instances',
  architecture: 'platform',
  taskdef_overrides: 'overrides',
}

/** What Copilot wants said of a service or environment, and nobody has to say here. */
const NEEDLESS: Readonly<Record<string, string>> = {
  name: 'unknown; the key above is the name',
  type: 'unknown; what a service is, its other fields say',
}

/** The keys that may have been meant: one of the group's own, or the same key where it belongs. */
function meantPlaces(schema: z.ZodType, path: Path, key: string): Path[] {
  const group = schemaAt(schema, path)
  const known = keysOf(group)
  const synonym = Object.hasOwn(SYNONYMS, key) ? SYNONYMS[key] : undefined
  if (synonym !== undefined && known.includes(synonym)) return [[...path, synonym]]
  const inside = below(group, key)
  if (inside.length > 0) return inside.map((place) => [...path, ...place])
  const near = nearest(key, known)
  if (near !== undefined) return [[...path, near]]
  const outside = around(schema, path, key)
  return outside ? [outside] : []
}

const isBelow = (place: Path, path: Path): boolean => path.every((step, index) => place[index] === step)

export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
