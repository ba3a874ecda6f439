import { AwsError } from '../errors.ts'
import { dateOf, type Schema, traitsOf } from './schema.ts'

/** Form keys such as `Filters.1.Values.2`, as a tree. */
interface Tree {
  value?: string
  readonly branches: Map<string, Tree>
}

/** `awsQuery` lists have a level named `member`; `ec2Query` lists are flat and keys are capitalised. */
export type QueryDialect = 'awsQuery' | 'ec2Query'

/** The input of an operation from its form-encoded body. */
export function fromQuery(schema: Schema, form: URLSearchParams, dialect: QueryDialect): unknown {
  const root: Tree = { branches: new Map() }
  for (const [key, value] of form) {
    let node = root
    for (const part of key.split('.')) {
      const next = node.branches.get(part) ?? { branches: new Map() }
      node.branches.set(part, next)
      node = next
    }
    node.value = value
  }
  return read(schema, root, dialect)
}

function read(schema: Schema, node: Tree, dialect: QueryDialect): unknown {
  if (schema.isStructSchema()) return readStructure(schema, node, dialect)
  if (schema.isListSchema()) return readList(schema, node, dialect)
  if (schema.isMapSchema()) return readMap(schema, node, dialect)
  return scalar(schema, node.value ?? '')
}

function scalar(schema: Schema, text: string): unknown {
  if (schema.isBooleanSchema()) {
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
    throw malformed(schema, text, 'boolean')
  }
  if (schema.isNumericSchema()) {
    if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text)
    throw malformed(schema, text, 'number')
  }
  if (schema.isTimestampSchema()) {
    const date = dateOf(text)
    if (date) return date
    throw malformed(schema, text, 'timestamp')
  }
  return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text
}

const malformed = (schema: Schema, text: string, type: string): AwsError =>
  new AwsError('MalformedInput', `Invalid ${type} at ${schema.getMemberName()}: ${text}`)

function readStructure(schema: Schema, node: Tree, dialect: QueryDialect): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [name, member] of schema.structIterator()) {
    const { ec2QueryName, xmlName } = traitsOf(member)
    const plain = xmlName ?? name
    const key = dialect === 'awsQuery' ? plain : (ec2QueryName ?? plain.charAt(0).toUpperCase() + plain.slice(1))
    const branch = node.branches.get(key)
    if (branch) fields[name] = read(member, branch, dialect)
  }
  return fields
}

function readList(schema: Schema, node: Tree, dialect: QueryDialect): unknown[] {
  const member = schema.getValueSchema()
  const flat = dialect === 'ec2Query' || traitsOf(schema).xmlFlattened !== undefined
  const box = flat ? node : (node.branches.get(traitsOf(member).xmlName ?? 'member') ?? node.branches.get('member'))
  return box ? inOrder(box).map((item) => read(member, item, dialect)) : []
}

function readMap(schema: Schema, node: Tree, dialect: QueryDialect): Record<string, unknown> {
  const flat = traitsOf(schema).xmlFlattened !== undefined
  const box = flat ? node : node.branches.get('entry')
  const keyName = traitsOf(schema.getKeySchema()).xmlName ?? 'key'
  const valueName = traitsOf(schema.getValueSchema()).xmlName ?? 'value'
  const fields: [string, unknown][] = []
  for (const entry of box ? inOrder(box) : []) {
    const value = entry.branches.get(valueName)
    const key = entry.branches.get(keyName)?.value
    if (key !== undefined && value) fields.push([key, read(schema.getValueSchema(), value, dialect)])
  }
  return Object.fromEntries(fields)
}

const inOrder = (node: Tree): Tree[] =>
  [...node.branches]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, branch]) => branch)
