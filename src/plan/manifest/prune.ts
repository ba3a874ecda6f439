import { group, isGroup, valueAt } from './groups.ts'
import { type Finding, findingsOf, type Path } from './problems.ts'
import { type Manifest, manifestSchema } from './schema.ts'

export interface Pruned {
  readonly manifest: Manifest
  /** Places of which nothing more can be said, nor of what hangs on them. */
  readonly broken: readonly Path[]
}

/** What is right in a manifest, so that its combinations can be looked at too; undefined when too little is left. */
export function pruned(value: unknown, findings: readonly Finding[]): Pruned | undefined {
  const broken: Path[] = findings.flatMap(({ path, meant = [] }) => [
    wholeList(path),
    // What is said in its right place too is known.
    ...meant.filter((place) => valueAt(value, place) === undefined),
  ])
  let cuts = broken
  let rest = value
  for (let rounds = 0; rounds < DEEPEST; rounds++) {
    // Combinations of services are the same under any name of the application.
    rest = { app: 'app', ...group(cuts.reduce(without, rest)) }
    const parsed = manifestSchema.safeParse(rest)
    if (parsed.success) return { manifest: parsed.data, broken }
    // Where something is missing, only the group around it can go.
    cuts = findingsOf(manifestSchema, parsed.error.issues).map(({ path }) => path.slice(0, -1))
    if (cuts.some(({ length }) => length === 0)) return undefined
    broken.push(...cuts)
  }
  return undefined
}

const DEEPEST = 10

/** Without one of its items a list means something else. */
function wholeList(path: Path): Path {
  const index = path.findIndex((step) => typeof step === 'number')
  return index < 0 ? path : path.slice(0, index)
}

function without(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined || !isGroup(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key !== step ? [[key, member]] : rest.length > 0 ? [[key, without(member, rest)]] : [],
    ),
  )
}
