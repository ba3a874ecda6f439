import { type Document, isPair, isScalar, isSeq, type Node, type Pair, visit } from 'yaml'
import * as z from 'zod'
import { type Path, schemaAt } from './schema-places.ts'

/** Where text is as welcome as a number, `1.10` and `0755` are what they look like: numbers of them would be 1.1 and 755. */
export function keepAsWritten(document: Document, schema: z.ZodType): void {
  visit(document, {
    Scalar(key, scalar, parents) {
      const { source, value, type } = scalar
      if (key === 'key' || type !== 'PLAIN' || source === undefined || String(value) === source) return
      if (isEither(schemaAt(schema, pathOf([...parents, scalar])), value, source)) scalar.value = source
    },
  })
}

const isEither = (schema: z.ZodType | undefined, value: unknown, text: string): boolean =>
  schema instanceof z.ZodUnion && schema.safeParse(value).success && schema.safeParse(text).success

/** What is merged in is beside what it is merged into. */
const pathOf = (nodes: readonly (Document | Node | Pair)[]): Path =>
  nodes.flatMap((node, index): Path => {
    if (isSeq(node)) return [node.items.indexOf(nodes[index + 1])]
    return isPair(node) && isScalar(node.key) && node.key.source !== '<<' ? [String(node.key.value)] : []
  })
