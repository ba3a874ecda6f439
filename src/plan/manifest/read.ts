import { type Document, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { Problem } from '../../errors.ts'
import { keepAsWritten } from './as-written.ts'
import { sharedHosts } from './checks/shared-hosts.ts'
import { checkEnvironment } from './checks.ts'
import { completed } from './completed.ts'
import { copilotFindings } from './copilot.ts'
import { manifestError } from './manifest-error.ts'
import { hasOverrides, type Overrides, override } from './overrides.ts'
import { type Finding, findingsOf, type Path, pathText } from './problems.ts'
import { type Pruned, pruned } from './prune.ts'
import { resolveParts } from './resolve.ts'
import { type Manifest, manifestSchema } from './schema.ts'
import { plainValue, syntaxFindings } from './syntax.ts'

/** A manifest that has the right form, and the text it came from, to say where things are. */
export interface ManifestSource {
  readonly file: string
  readonly manifest: Manifest
  /** Turns findings into problems with line and column, or with the flag that they are about. */
  locate(findings: readonly Finding[]): Problem[]
}

/** Flags that say for one run what the manifest says for all, and the environment that they are meant for. */
export type ManifestFlags = Overrides & { readonly env?: string | undefined }

/** Names of the environments; `dev` alone when the manifest has none. */
export const environmentNames = ({ environments }: Manifest): string[] => {
  const names = Object.keys(environments ?? {})
  return names.length > 0 ? names : ['dev']
}

/** Reads `img2vid.yaml`. Throws a UserError with every problem of its form and of all environments, each with its place. */
export function readManifest(text: string, file: string, flags: ManifestFlags = {}): ManifestSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'error', prettyErrors: false })
  const inText = (findings: readonly Finding[]) =>
    findings.map((finding) => place(document, lines, finding)).sort(byPlace)
  const broken = syntaxFindings(document, text)
  if (broken.length > 0) throw manifestError(file, inText(broken))
  keepAsWritten(document, manifestSchema)
  const value = plainValue(document)
  const fromCopilot = copilotFindings(value)
  if (fromCopilot.length > 0) throw manifestError(file, inText(fromCopilot))
  const { manifest: said, flagAt } = override(value, flags)
  const locate = (findings: readonly Finding[]) => {
    const spoken = findings.map((finding) => ({ finding, flag: flagAt(finding.path) }))
    return [
      ...inText(spoken.filter(({ flag }) => flag === undefined).map(({ finding }) => finding)),
      ...spoken.flatMap(({ finding: { message }, flag }) => (flag === undefined ? [] : [{ path: flag, message }])),
    ]
  }
  const asSaid = manifestSchema.safeParse(said, { reportInput: true })
  const manifest = asSaid.success
    ? said
    : completed(
        said,
        asSaid.error.issues.map(({ path }) => path as Path),
      )
  const parsed = manifest === said ? asSaid : manifestSchema.safeParse(manifest, { reportInput: true })
  const ofForm = parsed.success ? [] : findingsOf(manifestSchema, parsed.error.issues)
  const readable = parsed.success ? { manifest: parsed.data, broken: [] } : pruned(manifest, ofForm)
  const ofMeaning = readable ? findingsIn(readable, checkedEnvironments(readable.manifest, flags)) : []
  const findings = distinct([...ofForm, ...ofMeaning])
  if (!parsed.success || findings.length > 0) throw manifestError(file, locate(findings))
  return { file, manifest: parsed.data, locate }
}

function findingsIn({ manifest, broken }: Pruned, names: readonly string[]): Finding[] {
  const environments = names.map((name) => resolveParts(manifest, name))
  return [...environments.flatMap((one) => checkEnvironment(one, broken)), ...sharedHosts(environments, broken)]
}

/** All of them; but what flags make of an environment that they are not meant for is no problem. */
function checkedEnvironments(manifest: Manifest, flags: ManifestFlags): string[] {
  const names = environmentNames(manifest)
  if (!hasOverrides(flags)) return names
  if (flags.env !== undefined) return names.filter((name) => name === flags.env)
  return names.length === 1 ? names : []
}

/** What is wrong in the base is wrong in every environment. */
const distinct = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [`${pathText(finding.path)} ${finding.message}`, finding])).values(),
]

const byPlace = (a: Problem, b: Problem): number => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

function place(document: Document, lines: LineCounter, { path, message, atKey, offset }: Finding): Problem {
  const { line, col } = lines.linePos(offset ?? offsetOf(document, path, atKey === true))
  return {
    ...(path.length > 0 && { path: pathText(path) }),
    message,
    line: Math.max(1, line),
    column: Math.max(1, col),
  }
}

/** Where a path begins in the text: the key, or the value when it stands on its own; the nearest parent if it is missing. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = nodeAt(document, path.slice(0, depth - 1))
    const key = path[depth - 1]
    if (isMap<Node, Node | null>(parent)) {
      const pair = parent.items.find(({ key: one }) => String(isScalar(one) ? one.value : one) === String(key))
      if (!pair) continue
      const { value } = pair
      const scalar = depth === path.length && !atKey && isScalar(value) && value.value !== null
      return (scalar ? value : pair.key).range?.[0] ?? 0
    }
    const node = isCollection(parent) ? (parent.get(key, true) as Node | undefined) : undefined
    if (node) return node.range?.[0] ?? 0
  }
  return document.contents?.range?.[0] ?? 0
}

const nodeAt = (document: Document, path: Path): unknown =>
  path.length === 0 ? document.contents : document.getIn(path, true)
