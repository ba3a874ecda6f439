import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Tags,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

/** Text that is no template; lines and columns count from 1. */
export class TemplateSyntaxError extends Error {
  constructor(
    readonly reason: 'not well-formed' | 'alias',
    readonly line: number,
    readonly column: number,
  ) {
    super(`${reason} (line ${line}, column ${column})`)
  }
}

const FUNCTIONS =
  'Ref Condition GetAtt Sub If Equals Not And Or Join Select Split ImportValue FindInMap Base64 GetAZs Cidr'.split(' ')

/** Known to the parser, which makes an error with a stack of each tag that it does not know: a tenth of its time. */
const FUNCTION_TAGS: Tags = FUNCTIONS.flatMap((name) => [
  { tag: `!${name}`, resolve: (value: string) => value },
  { tag: `!${name}`, collection: 'seq', resolve: (list: YAMLMap | YAMLSeq) => list },
])

/** A template in YAML 1.1 with short-form functions, or in JSON, as plain values with functions in the long form. */
export function parseTemplateText(text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: lines,
    logLevel: 'silent',
    prettyErrors: false,
    customTags: FUNCTION_TAGS,
  })
  const fail = (reason: TemplateSyntaxError['reason'], offset: number) => {
    const { line, col } = lines.linePos(offset)
    return new TemplateSyntaxError(reason, line, col)
  }
  const [error] = document.errors
  if (error) throw fail('not well-formed', error.pos[0])

  function plain(node: unknown): unknown {
    if (isAlias(node)) throw fail('alias', node.range?.[0] ?? 0)
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => [
        String(isScalar(key) ? (key.source ?? key.value) : key),
        plain(value),
      ])
      return longForm(node, Object.fromEntries(entries))
    }
    if (isSeq(node)) return longForm(node, node.items.map(plain))
    // A date such as the template's version is text to CloudFormation.
    if (isScalar(node)) return longForm(node, node.value instanceof Date ? node.source : node.value)
    return null
  }
  return plain(document.contents)
}

/** `!Ref X` as `{ Ref: X }`, `!GetAtt A.B` as `{ 'Fn::GetAtt': [A, B] }`. */
function longForm(node: Node & { tag?: string }, value: unknown): unknown {
  const name = /^!(\w+)$/.exec(node.tag ?? '')?.[1]
  if (name === undefined) return value
  if (name === 'Ref' || name === 'Condition') return { [name]: value }
  if (name !== 'GetAtt' || typeof value !== 'string') return { [`Fn::${name}`]: value }
  const [resource, ...attribute] = value.split('.')
  return { 'Fn::GetAtt': [resource, attribute.join('.')] }
}
