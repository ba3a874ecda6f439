import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { SIMULATION } from '../support/simulation-program.ts'
import { v8Options } from '../support/v8-options.ts'

const { SEED, SEEDS = '2000' } = process.env
const MINUTES = 60_000

/**
 * Every seed is a story of its own, told once. `SEED=123` tells that one alone and prints all that happens in it;
 * `SEEDS=20000` tells more of them. They are told by a program of their own: what stands between modules in a test takes
 * a fifth of its time.
 */
export function tellSeeds(part: number, parts: number): void {
  const only = SEED === undefined ? [] : [SEED]
  test.skipIf(SEED !== undefined && Number(SEED) % parts !== part)(
    `${only.length > 0 ? 1 : Math.ceil((Number(SEEDS) - part) / parts)} seeds of a deployer's life`,
    async () => {
      const child = spawn(process.execPath, [...v8Options, SIMULATION, `${part}`, `${parts}`, SEEDS, ...only], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill())
      const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
      expect([code, JSON.parse(said)]).toEqual([0, []])
    },
    Math.max(10, Number(SEEDS) / parts / 100) * MINUTES,
  )
}
