import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readManifest } from '../../src/plan/manifest/read.ts'
import { parameterList } from '../../src/plan/stacks/stack.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'

const folder = new URL('./golden/', import.meta.url)

/** Whole stacks, reviewed as infrastructure. `npx vitest run -u` writes them anew; read the difference. */
test.each(readdirSync(folder))('the stacks of %s are those that were reviewed', async (name) => {
  const here = new URL(`${name}/`, folder)
  const manifest = readFileSync(new URL('manifest.yaml', here), 'utf8')
  const stacks = stacksOf(environmentOf(manifest, lastEnvironment(manifest)))
  for (const stack of stacks) {
    const parameters = `${JSON.stringify(parameterList(stack.parameters), null, 2)}\n`
    await expect(stack.body).toMatchFileSnapshot(new URL(`${stack.name}.yaml`, here).pathname)
    await expect(parameters).toMatchFileSnapshot(new URL(`${stack.name}.parameters.json`, here).pathname)
  }
  const expected = stacks.flatMap((stack) => [`${stack.name}.yaml`, `${stack.name}.parameters.json`])
  expect(readdirSync(here).sort()).toEqual([...expected, 'manifest.yaml'].sort())
})

/** The one that says the most. */
const lastEnvironment = (yaml: string): string | undefined =>
  Object.keys(readManifest(yaml, 'manifest.yaml').manifest.environments ?? {}).at(-1)
