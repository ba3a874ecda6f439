import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, visit, type YAMLError } from 'yaml'
import { UserError } from '../../errors.ts'
import type { Finding, Path } from './problems.ts'

/** What is wrong with a text before it has a meaning, each with the innermost place that can be named. */
export function syntaxFindings(document: Document.Parsed): Finding[] {
  const findings = document.errors.map((error) => ({
    path: pathTo(document.contents, error.pos[0]),
    message: inWords(error),
    offset: error.pos[0],
  }))
  if (findings.length > 0) return findings
  visit(document, {
    Alias(_key, alias) {
      const offset = alias.range?.[0] ?? 0
      if (alias.resolve(document)) return
      const message = `nothing before it is called &${alias.source}`
      findings.push({ path: pathTo(document.contents, offset), message, offset })
    },
  })
  if (findings.length > 0 || document.contents === null || isMap(document.contents)) return findings
  const message = 'expected a group of settings: app, services, environments'
  return [{ path: [], message, offset: document.contents.range?.[0] ?? 0 }]
}

/** The document as plain values; an empty one has no settings. */
export function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    // Aliases that multiply beyond measure, and merge keys that name no group.
    throw new UserError('usage', `The manifest cannot be read: ${(error as Error).message}`, {
      problems: [{ message: (error as Error).message, line: 1, column: 1 }],
    })
  }
}

/** The parser's words, but for those that only a writer of parsers would understand. */
function inWords({ code, message }: YAMLError): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'is there already; a name can be given once'
    case 'MULTIPLE_DOCS':
      return 'a manifest is one document; nothing may follow ---'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a value with a colon and a space in it needs quotation marks'
    default:
      return message.split('\n')[0] ?? message
  }
}

/** The names that lead to an offset of the text. */
function pathTo(node: unknown, offset: number): Path {
  if (isMap<Node, unknown>(node)) {
    const pair = node.items.findLast(({ key }) => (key.range?.[0] ?? 0) <= offset)
    if (!pair) return []
    const { key, value } = pair
    const inside = isNode(value) && (value.range?.[0] ?? 0) <= offset ? pathTo(value, offset) : []
    return [String(isScalar(key) ? key.value : key), ...inside]
  }
  if (isSeq<Node>(node)) {
    const index = node.items.findLastIndex((item) => (item.range?.[0] ?? 0) <= offset)
    return index < 0 ? [] : [index, ...(isAlias(node.items[index]) ? [] : pathTo(node.items[index], offset))]
  }
  return []
}
