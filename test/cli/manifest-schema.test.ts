import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, inject, test } from 'vitest'
import { parse } from 'yaml'

const schema = JSON.parse(readFileSync(join(dirname(inject('program')), '../img2vid/img2vid.schema.json'), 'utf8'))
const isValid = new Ajv2020({ strict: false }).compile(schema)

/** What an editor that has read the schema says of a manifest. */
const problems = (text: string) =>
  isValid(parse(text)) ? [] : isValid.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`)

test('an editor finds nothing wrong with any manifest that was reviewed', () => {
  const golden = readdirSync('test/plan/golden')
  expect(golden.length).toBeGreaterThan(30)
  const told = golden.map((name) => [name, problems(readFileSync(`test/plan/golden/${name}/manifest.yaml`, 'utf8'))])
  expect(told.filter(([, all]) => all?.length !== 0)).toEqual([])
})

test('a sidecar needs its image, but for an environment that changes another part of it', () => {
  const manifest = (above: string, own: string) => `
app: shop
services: { web: { image: { location: nginx, port: 80 }, sidecars: { log: ${above} } } }
environments: { dev: { services: { web: { sidecars: { log: ${own} } } } } }
`
  const part = '{ variables: { LEVEL: debug } }'
  expect(problems(manifest('{ image: fluent-bit }', part))).toEqual([])
  expect(problems(manifest(part, part))).toContain("/services/web/sidecars/log must have required property 'image'")
  expect(problems(manifest('{ image: fluent-bit }', '{ variable: { LEVEL: debug } }'))).toContain(
    '/environments/dev/services/web/sidecars/log must NOT have additional properties',
  )
})
