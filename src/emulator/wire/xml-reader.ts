import { AwsError } from '../errors.ts'
import { dateOf, type Schema, traitsOf } from './schema.ts'

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  text: string
}

const malformed = (): AwsError =>
  new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

const TOKENS =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gy
const ATTRIBUTES = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    name ? (ENTITIES[name] ?? whole) : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  )

/** The root element of a document as clients of AWS send it: elements, attributes and text. */
function parseXml(document: string): Element {
  const top: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [top]
  const tokens = new RegExp(TOKENS)
  while (tokens.lastIndex < document.length) {
    const found = tokens.exec(document)
    const around = open.at(-1)
    if (!found || !around) throw malformed()
    const [, closing, name, attributes = '', empty, text] = found
    if (text !== undefined) around.text += decoded(text)
    else if (closing) {
      if (open.pop()?.name !== name) throw malformed()
    } else if (name !== undefined) {
      const pairs = [...attributes.matchAll(ATTRIBUTES)].map(([, key = '', a, b]) => [key, decoded(a ?? b ?? '')])
      const element: Element = { name, attributes: Object.fromEntries(pairs), children: [], text: '' }
      around.children.push(element)
      if (!empty) open.push(element)
    }
  }
  const [root] = top.children
  if (open.length !== 1 || top.children.length !== 1 || !root) throw malformed()
  return root
}

/** A structure from the XML of a request. Throws when it is not well-formed. */
export const fromXml = (schema: Schema, document: string): unknown => read(schema, parseXml(document))

function read(schema: Schema, element: Element): unknown {
  if (schema.isStructSchema()) return structure(schema, element)
  if (schema.isListSchema()) return element.children.map((child) => read(schema.getValueSchema(), child))
  return scalar(schema, element.text)
}

function structure(schema: Schema, { children, attributes }: Element): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, member] of schema.structIterator()) {
    const { xmlName = name, xmlFlattened, xmlAttribute } = traitsOf(member)
    const attribute = attributes[xmlName]
    const found = children.filter((child) => child.name === xmlName)
    const [first] = found
    if (xmlAttribute !== undefined) {
      if (attribute !== undefined) fields[name] = scalar(member, attribute)
    } else if (first) {
      const flat = xmlFlattened !== undefined && member.isListSchema()
      fields[name] = flat ? found.map((one) => read(member.getValueSchema(), one)) : read(member, first)
    }
  }
  return fields
}

function scalar(schema: Schema, text: string): unknown {
  if (schema.isBooleanSchema()) return text === 'true'
  if (schema.isNumericSchema()) {
    if (text.trim() === '' || Number.isNaN(Number(text))) throw malformed()
    return Number(text)
  }
  if (schema.isTimestampSchema()) {
    const date = dateOf(text)
    if (date) return date
    throw malformed()
  }
  return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text
}
