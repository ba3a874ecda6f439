import { type Document, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { type Problem, UserError } from '../../errors.ts'
import { type Overrides, override } from './overrides.ts'
import { type Finding, findingsOf, type Path, pathText } from './problems.ts'
import { type Manifest, manifestSchema } from './schema.ts'

/** A manifest that has the right form, and the text it came from, to say where things are. */
export interface ManifestSource {
  readonly manifest: Manifest
  /** Turns findings into problems with line and column. Unknown places have none. */
  locate(findings: readonly Finding[]): Problem[]
}

/** Reads `img2vid.yaml`. Throws a UserError with every problem of its form, each with its place. */
export function readManifest(text: string, file: string, flags: Overrides = {}): ManifestSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0) {
    throw manifestError(
      file,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0])
        return { line, column: col, message: firstLine(error.message) }
      }),
    )
  }
  const locate = (findings: readonly Finding[]) =>
    findings.map((finding) => place(document, lines, finding)).sort(byPlace)
  const parsed = manifestSchema.safeParse(override(document.toJS() ?? {}, flags), { reportInput: true })
  if (!parsed.success) throw manifestError(file, locate(findingsOf(manifestSchema, parsed.error.issues)))
  return { manifest: parsed.data, locate }
}

export const manifestError = (file: string, problems: readonly Problem[]): UserError =>
  new UserError('usage', `${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`, {
    problems,
  })

const firstLine = (text: string): string => (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '')

const byPlace = (a: Problem, b: Problem): number => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

function place(document: Document, lines: LineCounter, { path, message, atKey }: Finding): Problem {
  const offset = offsetOf(document, path, atKey === true)
  const position = offset === undefined ? undefined : lines.linePos(offset)
  return { path: pathText(path), message, ...(position && { line: position.line, column: position.col }) }
}

/** Where a path begins in the text: the key, or the value when it stands on its own; the nearest parent if it is missing. */
function offsetOf(document: Document, path: Path, atKey: boolean): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = nodeAt(document, path.slice(0, depth - 1))
    const key = path[depth - 1]
    if (isMap(parent)) {
      const pair = (parent as YAMLMap).items.find(
        ({ key: one }) => String(isScalar(one) ? one.value : one) === String(key),
      )
      if (!pair) continue
      const value = pair.value as Node | null
      const scalar = depth === path.length && !atKey && value !== null && !isCollection(value)
      return (scalar ? value : (pair.key as Node)).range?.[0]
    }
    const node = isCollection(parent) ? (parent.get(key, true) as Node | undefined) : undefined
    if (node) return node.range?.[0]
  }
  return document.contents?.range?.[0] ?? 0
}

const nodeAt = (document: Document, path: Path): unknown =>
  path.length === 0 ? document.contents : document.getIn(path, true)
