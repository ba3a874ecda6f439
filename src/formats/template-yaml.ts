import {
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
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

/** The reverse, for people: short-form functions, blocks for long text, a blank line before each section and member. */
export function printTemplate(template: object): string {
  const document = new Document(template, { aliasDuplicateObjects: false, version: '1.1' })
  const sections = (document.contents as YAMLMap<Scalar>).items
  spaced(sections, 2)
  for (const { value } of sections) if (isMap<Scalar>(value)) spaced(value.items, 1)
  // From the inside out: a node can carry one tag only, so a function of a tagged node keeps its long form.
  shorten(document.contents, (node) => {
    document.contents = node as typeof document.contents
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

/** A blank line before each but the first so many. */
function spaced(pairs: readonly Pair<Scalar>[], first: number): void {
  for (const { key } of pairs.slice(first)) key.spaceBefore = true
}

function shorten(node: unknown, replace: (node: Node) => void): void {
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      shorten(item, (short) => {
        node.items[index] = short
      })
    }
  }
  if (!isMap(node)) return
  for (const pair of node.items) {
    shorten(pair.value, (short) => {
      pair.value = short
    })
  }
  const [only] = node.items as Pair<Scalar, Node & { tag?: string }>[]
  const name = node.items.length === 1 ? /^(?:Fn::(\w+)|(Ref))$/.exec(String(only?.key.value)) : null
  if (!name || !only?.value || only.value.tag?.startsWith('!')) return
  const short = shortArgument(name[1] ?? 'Ref', only.value)
  if (!short) return
  short.tag = `!${name[1] ?? name[2]}`
  if (isSeq(short)) short.flow = isShort(short)
  replace(short)
}

const isText = (node: unknown): node is Scalar<string> => isScalar(node) && typeof node.value === 'string'

/** What stands behind a function's tag; undefined where it would be read as something else there. */
function shortArgument(name: string, value: Node & { tag?: string }): (Node & { tag?: string }) | undefined {
  if (name !== 'Ref' && name !== 'GetAtt') return isScalar(value) && !isText(value) ? undefined : value
  if (name === 'Ref') return isText(value) ? value : undefined
  const [resource, attribute, ...more] = isSeq(value) ? value.items : []
  if (!isText(resource) || !isText(attribute) || more.length > 0) return undefined
  return /^[^.]+$/.test(resource.value) ? new Scalar(`${resource.value}.${attribute.value}`) : undefined
}

/** A list of functions' arguments fits on the line of its function when nothing in it has lines of its own. */
function isShort(node: unknown): boolean {
  if (!isSeq(node)) return isScalar(node) && !String(node.value).includes('\n')
  return (
    JSON.stringify(node).length < 60 && node.items.every((item) => isScalar(item) || (isSeq(item) && isShort(item)))
  )
}
