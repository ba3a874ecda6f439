import { expect, test } from 'vitest'
import { LONG } from '../support/effort.ts'
import { simulate, warmUp } from './simulate.ts'

const { SEED, SEEDS = LONG ? '2000' : '100' } = process.env
const MINUTES = 60_000

/**
 * Every seed is a story of its own, told once. `SEED=123` tells that one alone and prints all that happens in it;
 * `SEEDS=20000` tells more of them.
 */
export function tellSeeds(part: number, parts: number): void {
  const all = SEED === undefined ? Array.from({ length: Number(SEEDS) }, (_, seed) => seed) : [Number(SEED)]
  const mine = all.filter((seed) => seed % parts === part)

  test.skipIf(mine.length === 0)(
    `${mine.length} seeds of a deployer's life`,
    async () => {
      await warmUp()
      const wrong: string[] = []
      for (const seed of mine) {
        const { history, failures } = await simulate(seed)
        if (SEED !== undefined) process.stdout.write(`${history.join('\n')}\n`)
        if (failures.length > 0) wrong.push(`SEED=${seed}: ${failures.join('; ')}`)
      }
      expect(wrong).toEqual([])
    },
    Math.max(10, mine.length / 100) * MINUTES,
  )
}
