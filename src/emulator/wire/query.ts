import { type Schema, traitsOf } from './schema.ts'

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
  const text = node.value ?? ''
  if (schema.isBooleanSchema()) return text.toLowerCase() === 'true'
  if (schema.isNumericSchema()) return Number(text)
  if (schema.isTimestampSchema()) return new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text)
  if (schema.isBlobSchema()) return Buffer.from(text, 'base64')
  return text
}

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
  const fields: Record<string, unknown> = {}
  for (const entry of box ? inOrder(box) : []) {
    const value = entry.branches.get(valueName)
    const key = entry.branches.get(keyName)?.value
    if (key !== undefined && value) fields[key] = read(schema.getValueSchema(), value, dialect)
  }
  return fields
}

const inOrder = (node: Tree): Tree[] =>
  [...node.branches]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, branch]) => branch)
