import * as z from 'zod'

/** The manifest's JSON Schema, by which editors complete and check it. */
export function manifestJsonSchema(manifestSchema) {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input', reused: 'ref' })
  const definitions = schema.$defs
  const found = (node) => (node.$ref ? found(definitions[nameIn(node)]) : node)
  const { anyOf } = found(schema.properties.environments).additionalProperties
  const { properties } = anyOf.find((one) => one.properties)
  properties.services = inPart(properties.services, definitions)
  return { title: 'img2vid.yaml', ...schema }
}

const nameIn = ({ $ref }) => $ref.replace('#/$defs/', '')

/** Where nothing is required: an environment overrides a part of a service. Lists are replaced whole. */
function inPart(node, definitions) {
  if (Array.isArray(node)) return node.map((one) => inPart(one, definitions))
  if (typeof node !== 'object' || node === null) return node
  if (node.$ref) {
    const name = `${nameIn(node)}_part`
    if (!(name in definitions)) {
      // It is there before it is made: a definition may lead back to itself.
      definitions[name] = {}
      Object.assign(definitions[name], inPart(definitions[nameIn(node)], definitions))
    }
    return { ...node, $ref: `#/$defs/${name}` }
  }
  const { required: _whole, items, ...rest } = node
  const part = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, inPart(member, definitions)]))
  return items === undefined ? part : { ...part, items }
}
