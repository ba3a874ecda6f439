import { spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Installed } from './installed.ts'
import type { Figure } from './part.ts'

/** A command to be measured; the time is until it ends, or until it says these words, after which it is ended. */
export interface Candidate {
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
  readonly until?: string
  readonly atMost?: number
}

const BARE = [process.execPath, '-e', '0'] as const

/** How many times longer than a bare Node each takes, in pairs: the machine is as busy for one as for the other. */
export async function ratios(candidates: readonly Candidate[], rounds: number, where: Installed): Promise<Figure[]> {
  const seen = candidates.map((candidate) => ({ candidate, pairs: [] as { bare: number; mine: number }[] }))
  // What a first run writes is there for the second.
  for (const { command, until } of [...candidates, ...candidates]) await time(command, where, until)
  for (let round = 0; round < rounds; round++) {
    for (const { candidate, pairs } of seen) {
      const bare = await time(BARE, where)
      pairs.push({ bare, mine: await time(candidate.command, where, candidate.until) })
    }
  }
  return seen.map(({ candidate: { name, atMost }, pairs }) => ({
    name,
    value: median(pairs.map(({ bare, mine }) => mine / bare)),
    unit: 'x',
    ...(atMost !== undefined && { atMost }),
    beside: `${ms(pairs.map(({ mine }) => mine))}, bare node ${ms(pairs.map(({ bare }) => bare))}`,
  }))
}

/** The most memory that a run of Node held, in MiB. */
export async function peak(args: readonly string[], where: Installed): Promise<number> {
  const note = join(where.root, 'peak')
  const hook = join(process.cwd(), 'bench', 'peak-hook.cjs')
  const env = { ...where.env, BENCH_PEAK: note }
  const { status } = spawnSync(process.execPath, ['--require', hook, ...args], { cwd: where.project, env })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  return Number(await readFile(note, 'utf8')) / 1024
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

const ms = (values: readonly number[]): string => `${median(values).toFixed(0)} ms`

/** Whether a program is installed that this can be compared with. */
export const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).error === undefined

const time = ([program = '', ...args]: readonly string[], { project, env }: Installed, until?: string) =>
  new Promise<number>((resolve, reject) => {
    const begun = process.hrtime.bigint()
    const elapsed = () => Number(process.hrtime.bigint() - begun) / 1e6
    const child = spawn(program, args, {
      cwd: project,
      env,
      stdio: until === undefined ? 'ignore' : ['pipe', 'pipe', 'ignore'],
    })
    let said = ''
    let answer: number | undefined
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      said += text
      if (answer !== undefined || until === undefined || !said.includes(until)) return
      answer = elapsed()
      child.stdin?.end('\x03')
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (until === undefined && code !== 0) reject(new Error(`${program} ${args.join(' ')} ended with ${code}`))
      else if (until !== undefined && answer === undefined) reject(new Error(`it never said ${until}:\n${said}`))
      else resolve(answer ?? elapsed())
    })
  })
