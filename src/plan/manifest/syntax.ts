import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, visit, type YAMLError } from 'yaml'
import { UserError } from '../../errors.ts'
import type { Finding, Path } from './problems.ts'

/** What is wrong with a text before it has a meaning, each with the innermost place that can be named. */
export function syntaxFindings(document: Document.Parsed, text: string): Finding[] {
  // A reader of UTF-8 puts this for what it cannot read: the file is in UTF-16, or in an encoding of old.
  const strange = text.indexOf('\uFFFD')
  if (strange >= 0) return [{ path: [], message: 'is not UTF-8; save the file as UTF-8', offset: strange }]
  // Behind what does not belong there the parser understands nothing any more.
  const lost = document.errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN')
  const errors = lost < 0 ? document.errors : document.errors.slice(0, lost + 1)
  const space = text.search(NO_BREAK_SPACE)
  if (errors.length > 0 && space >= 0) {
    const message = 'a no-break space, as web pages have, is no space here; type a plain one'
    return [{ path: [], message, offset: space }]
  }
  const findings: Finding[] = errors.map((error) => placed(error, document, text))
  if (findings.length > 0) return findings
  const add = (node: Node, message: string) => {
    const offset = node.range?.[0] ?? 0
    findings.push({ path: pathTo(document.contents, offset), message, offset })
  }
  visit(document, {
    Alias(_key, alias) {
      if (!alias.resolve(document)) add(alias, `nothing before it is called &${alias.source}`)
    },
    Pair(_key, { key, value }) {
      if (isScalar(key) && key.value === '__proto__') add(key, 'cannot be a name')
      if (isScalar(key) && key.type === 'PLAIN' && key.source === '<<' && !canMerge(value, document))
        add(key, 'can only take a group, or *NAME of one')
    },
  })
  if (findings.length > 0 || document.contents === null || isMap(document.contents)) return findings
  const message = 'expected a group of settings: app, services, environments'
  return [{ path: [], message, offset: document.contents.range?.[0] ?? 0 }]
}

/** The parser sees some mistakes only in what comes after them, and others from the beginning of their line. */
function placed(error: YAMLError, { contents }: Document.Parsed, text: string): Finding {
  const [start] = error.pos
  const message = inWords(error)
  if (error.code === 'MULTIPLE_DOCS') return { path: [], message, offset: start }
  if (SEEN_LATE.test(error.message)) return { path: pathTo(contents, start - 1), message, offset: start }
  const offset = start + (/^ */.exec(text.slice(start))?.[0].length ?? 0)
  return { path: pathTo(contents, offset), message, offset }
}

/** Where YAML wants a space: before a name, or after what separates names and values. */
const NO_BREAK_SPACE = /(?<=^[ -]*|[:,{[-])\u00A0/m

const SEEN_LATE = /end with a? ?[\]}]|compact mappings/

/** Whether a merge key may have a value: a group, an alias of one, or a list of these. */
function canMerge(value: unknown, document: Document): boolean {
  const resolved = (node: unknown) => (isAlias(node) ? node.resolve(document) : node)
  const source = resolved(value)
  return isSeq(source) ? source.items.every((item) => isMap(resolved(item))) : isMap(source)
}

/** The document as plain values; an empty one has no settings. */
export function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    // Aliases that multiply beyond measure.
    throw new UserError('usage', `The manifest cannot be read: ${(error as Error).message}`, {
      problems: [{ message: (error as Error).message, line: 1, column: 1 }],
    })
  }
}

/** The parser's words, but for those that only a writer of parsers would understand. */
function inWords({ code, message }: YAMLError): string {
  const [line = message] = message.split('\n')
  const bracket = /end with a? ?([\]}])$/.exec(line)?.[1]
  if (bracket !== undefined) return `a bracket is not closed: ${bracket} is missing`
  if (/^Unexpected flow-.* at node end/.test(line)) return 'a value with a bracket in it needs quotation marks here'
  const [, token] = /^Unexpected .* in YAML stream: (".*")$/.exec(line) ?? []
  if (token !== undefined) return `does not belong here: ${JSON.parse(token)}`
  if (code === 'DUPLICATE_KEY') return 'is there already; a name can be given once'
  return PLAIN_WORDS[line] ?? PLAIN_WORDS[code] ?? line
}

const PLAIN_WORDS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a manifest is one document; nothing may follow ---',
  TAB_AS_INDENT: 'is indented with a tab; only spaces are allowed',
  MULTILINE_IMPLICIT_KEY: 'a name and its colon have to be on one line',
  'All mapping items must start at the same column': 'does not begin in the same column as the names above it',
  'All sequence items must start at the same column': 'does not begin in the same column as the items above it',
  'Implicit map keys need to be followed by map values': 'needs a colon and a value',
  'Nested mappings are not allowed in compact mappings': 'a value with a colon and a space in it needs quotation marks',
}

/** The names that lead to an offset of the text. */
function pathTo(node: unknown, offset: number): Path {
  if (isMap<Node, unknown>(node)) {
    const pair = node.items.findLast(({ key }) => (key.range?.[0] ?? 0) <= offset)
    if (!pair) return []
    const { key, value } = pair
    const inside = isNode(value) && (value.range?.[0] ?? 0) <= offset ? pathTo(value, offset) : []
    return [nameOf(key), ...inside]
  }
  if (isSeq<Node>(node)) {
    const index = node.items.findLastIndex((item) => (item.range?.[0] ?? 0) <= offset)
    return index < 0 ? [] : [index, ...(isAlias(node.items[index]) ? [] : pathTo(node.items[index], offset))]
  }
  return []
}

/** A merge key is no text but a symbol. */
const nameOf = (key: Node): string =>
  !isScalar(key) ? String(key) : typeof key.value === 'symbol' ? '<<' : String(key.value)
