import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { manifestSchema } from '../../../src/plan/manifest/schema.ts'

const reference = readFileSync(new URL('../../../docs/manifest.md', import.meta.url), 'utf8')

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
}

/** Every key that a manifest can have, anywhere. */
function keys({ properties = {}, anyOf = [], items, additionalProperties }: JsonSchema): string[] {
  const inside = [items, additionalProperties].filter((one) => typeof one === 'object')
  return [...Object.keys(properties), ...[...Object.values(properties), ...anyOf, ...inside].flatMap(keys)]
}

test('the reference page speaks of every field', () => {
  const known = new Set(keys(z.toJSONSchema(manifestSchema, { unrepresentable: 'any' }) as JsonSchema))
  expect(known.size).toBeGreaterThan(50)
  const words = new Set(reference.match(/[a-z_0-9]+/gi))
  expect([...known].filter((key) => !words.has(key))).toEqual([])
})

test('every feature stands in the list of all', () => {
  const folder = new URL('../../../src/plan/features/', import.meta.url)
  const list = readFileSync(new URL('../../../src/plan/features.ts', import.meta.url), 'utf8')
  const features = readdirSync(folder).filter((file) =>
    /: Feature = /.test(readFileSync(new URL(file, folder), 'utf8')),
  )
  expect(features.length).toBeGreaterThan(10)
  expect(features.filter((file) => !list.includes(`./features/${file}`))).toEqual([])
})
