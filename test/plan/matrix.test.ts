import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { seededRandom } from '../../src/emulator/random.ts'
import type { Environment } from '../../src/plan/manifest/model.ts'
import { drawManifest, pairs, pairsOf } from '../support/manifest-matrix.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { prove } from '../support/proof.ts'
import { unsafe } from '../support/safety.ts'
import { unworkable } from '../support/workable.ts'

const MANIFESTS = 500

test(`all pairs of settings, over ${MANIFESTS} manifests, make stacks that AWS would take`, () => {
  const random = seededRandom(7)
  const missing = pairs()
  const wrong: string[] = []
  for (let drawn = 0; drawn < MANIFESTS && wrong.length < 10; drawn++) {
    const { manifest, environment: name, choices } = drawManifest(random)
    for (const pair of choices.flatMap(pairsOf)) missing.delete(pair)
    const yaml = stringify(manifest)
    const faults = faultsOf(environmentOf(yaml, name))
    if (faults.length > 0) wrong.push(`${yaml}\n${faults.join('\n')}`)
  }
  expect(wrong).toEqual([])
  expect([...missing]).toEqual([])
}, 120_000)

function faultsOf(environment: Environment): string[] {
  const stacks = stacksOf(environment)
  const { faults, resources } = prove(stacks)
  return faults.length > 0
    ? [...faults]
    : [...unsafe(environment, resources), ...unworkable(environment, stacks, resources)]
}
