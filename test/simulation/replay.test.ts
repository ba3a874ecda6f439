import { expect, test } from 'vitest'
import { simulate, warmUp } from './simulate.ts'

test('a seed tells the same story again, to the letter', async () => {
  await warmUp()
  const seeds = [3, 5, 8]
  const first = await Promise.all(seeds.map((seed) => digestOf(seed)))
  expect(await inTurn(seeds.reverse())).toEqual(first.reverse())
  expect(new Set(first).size).toBe(seeds.length)
}, 60_000)

const digestOf = async (seed: number) => (await simulate(seed)).digest()

async function inTurn(seeds: readonly number[]): Promise<string[]> {
  const digests: string[] = []
  for (const seed of seeds) digests.push(await digestOf(seed))
  return digests
}
