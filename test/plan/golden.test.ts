import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parameterList } from '../../src/plan/stacks/stack.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'

const folder = new URL('./golden/', import.meta.url)

/** Whole stacks, reviewed as infrastructure. `npx vitest run -u` writes them anew; read the difference. */
test.each([
  ['site', 'dev'],
  ['gpu-demo', 'dev'],
  ['shop', 'prod'],
  ['guests', 'dev'],
  ['arm', 'dev'],
  ['fleet', 'prod'],
])('the stacks of %s in %s are those that were reviewed', async (name, environment) => {
  const here = new URL(`${name}/`, folder)
  const stacks = stacksOf(environmentOf(readFileSync(new URL('manifest.yaml', here), 'utf8'), environment))
  for (const stack of stacks) {
    const parameters = `${JSON.stringify(parameterList(stack.parameters), null, 2)}\n`
    await expect(stack.body).toMatchFileSnapshot(new URL(`${stack.name}.yaml`, here).pathname)
    await expect(parameters).toMatchFileSnapshot(new URL(`${stack.name}.parameters.json`, here).pathname)
  }
  const expected = stacks.flatMap((stack) => [`${stack.name}.yaml`, `${stack.name}.parameters.json`])
  expect(readdirSync(here).sort()).toEqual([...expected, 'manifest.yaml'].sort())
})
