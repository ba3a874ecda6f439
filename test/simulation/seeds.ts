import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { LONG } from '../support/effort.ts'
import { translated } from '../support/translated.ts'
import { v8Options } from '../support/v8-options.ts'

const { SEED, SEEDS = LONG ? '2000' : '200' } = process.env
const MINUTES = 60_000

/**
 * Every seed is a story of its own, told once. `SEED=123` tells that one alone and prints all that happens in it;
 * `SEEDS=20000` tells more of them. They are told by a program of their own, for which a worker does not wait.
 */
export function tellSeeds(part: number, parts: number): void {
  const [from, below] = SEED === undefined ? [part, Number(SEEDS)] : [Number(SEED), Number(SEED) + 1]
  const count = from % parts === part ? Math.ceil(Math.max(0, below - from) / parts) : 0

  test.skipIf(count === 0)(
    `${count} seeds of a deployer's life`,
    async () => {
      const child = spawn(
        process.execPath,
        [...v8Options, translated('test/simulation/main.ts'), `${from}`, `${below}`, `${parts}`],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      onTestFinished(() => void child.kill())
      const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
      expect([code, JSON.parse(said)]).toEqual([0, []])
    },
    Math.max(10, count / 100) * MINUTES,
  )
}
