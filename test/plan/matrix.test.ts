import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { seededRandom } from '../../src/emulator/random.ts'
import type { Environment } from '../../src/plan/manifest/model.ts'
import { LONG } from '../support/effort.ts'
import { choices, type DrawnManifest, drawManifest, pairs, pairsOf } from '../support/manifest-matrix.ts'
import { stacksOf } from '../support/manifests.ts'
import { resolved } from '../support/problems.ts'
import { prove } from '../support/proof.ts'
import { unsafe } from '../support/safety.ts'
import { unworkable } from '../support/workable.ts'

const MANIFESTS = Number(process.env.MANIFESTS ?? (LONG ? 2000 : 300))

test('every choice of a setting, all else left out, makes stacks that AWS would take', () => {
  const random = seededRandom(1)
  const wrong = choices().flatMap((choice) => {
    const { told, problems } = verdict(drawManifest(random, [choice], true))
    return problems.length > 0 ? [`${choice}: ${problems.join('; ')}`] : told
  })
  expect(wrong).toEqual([])
}, 300_000)

test(`of ${MANIFESTS} combinations each makes stacks that AWS would take, or is refused with its reasons`, () => {
  const random = seededRandom(7)
  const missing = pairs()
  const wrong: string[] = []
  let refused = 0
  for (let drawn = 0; drawn < MANIFESTS && wrong.length < 10; drawn++) {
    const [next = ''] = missing
    const manifest = drawManifest(random, next.split(', '))
    const { told, problems } = verdict(manifest)
    for (const pair of manifest.choices.flatMap(pairsOf)) missing.delete(pair)
    if (problems.length > 0) refused++
    if (problems.some((problem) => !/^(\d+:\d+ {2})?\S+ {2}\S/.test(problem))) wrong.push(problems.join('\n'))
    wrong.push(...told)
  }
  expect(wrong).toEqual([])
  expect(refused / MANIFESTS).toBeLessThan(0.55)
}, 300_000)

/** What is wrong with the stacks of a manifest, or why there are none. */
function verdict({ manifest, environment }: DrawnManifest): { told: string[]; problems: string[] } {
  const yaml = stringify(manifest)
  const result = resolved(yaml, { env: environment })
  if ('problems' in result) return { told: [], problems: result.problems }
  const faults = faultsOf(result.environment)
  return { told: faults.length > 0 ? [`${yaml}\n${faults.join('\n')}`] : [], problems: [] }
}

function faultsOf(environment: Environment): string[] {
  const stacks = stacksOf(environment)
  const { faults, resources } = prove(stacks)
  return faults.length > 0
    ? [...faults]
    : [...unsafe(environment, resources), ...unworkable(environment, stacks, resources)]
}
