import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

test('each operation stands in the sources by its name, by which the build finds the schemas to pack', async () => {
  const { emulator } = await startAws()
  const files = readdirSync('src/emulator', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const words = new Set(files.flatMap((name) => readFileSync(join('src/emulator', name), 'utf8').match(/\w+/g) ?? []))
  const operations = Object.values(emulator.world.services).flatMap((handlers) => Object.keys(handlers))
  expect(operations.length).toBeGreaterThan(300)
  expect(operations.filter((name) => !words.has(name))).toEqual([])
})
