import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contextDigest } from '../../src/host/build-context.ts'
import { isInstalled, median } from '../pairs.ts'
import type { Figure, Measure } from '../part.ts'

const MEGABYTE = 1_000_000
const SIZE = 300 * MEGABYTE

/** The digest of a build context, against docker that sends the same one. */
export const measure: Measure = async ({ rounds }) => {
  if (!isInstalled('docker')) return []
  const root = await mkdtemp(join(tmpdir(), 'img2vid-bench-'))
  try {
    return [
      await compared('six files', await fill(join(root, 'few'), 6), rounds),
      await compared('6,000 files', await fill(join(root, 'many'), 6_000), rounds),
    ]
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** A context in so many files; it would be four times as much without its .dockerignore. */
async function fill(context: string, files: number): Promise<string> {
  for (let index = 0; index < files; index++) {
    const folder = join(context, String(index % 60))
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${index}`), randomBytes(SIZE / files))
  }
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
  await writeFile(join(context, 'ignored'), '')
  await truncate(join(context, 'ignored'), 3 * SIZE)
  await writeFile(join(context, '.dockerignore'), 'ignored\n')
  return context
}

async function compared(name: string, context: string, rounds: number): Promise<Figure> {
  const pairs: { mine: number; docker: number }[] = []
  const timed = async (action: () => Promise<unknown>) => {
    const begun = performance.now()
    await action()
    return performance.now() - begun
  }
  const digest = () => contextDigest(context, join(context, 'Dockerfile'), [])
  for (let round = 0; round < Math.min(rounds, 5); round++) {
    // Files are read for the first time here, and the engine clears away what it was sent in the round before.
    await digest()
    pairs.push({ mine: await timed(digest), docker: await timed(() => sent(context)) })
  }
  const seconds = (values: readonly number[]) => `${(median(values) / 1_000).toFixed(2)} s`
  return {
    name: `digest of 300 MB in ${name}, against docker that sends them`,
    value: median(pairs.map(({ mine, docker }) => mine / docker)),
    unit: 'x',
    atMost: 0.25,
    beside: `${seconds(pairs.map(({ mine }) => mine))}, docker ${seconds(pairs.map(({ docker }) => docker))}`,
  }
}

/** Resolves when the engine has the whole context; what it would do with it is not waited for. */
async function sent(context: string): Promise<void> {
  const child = spawn('docker', ['build', '--no-cache', '--force-rm', context], {
    env: { ...process.env, BUILDKIT_PROGRESS: 'plain' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  await Promise.race([says(child, /Step 1|transferring context: .*done/), closed.then(failed)])
  child.kill('SIGINT')
  await closed
}

const failed = ([code]: unknown[]) => {
  throw new Error(`docker build ended with ${code}`)
}

const says = ({ stdout, stderr }: ChildProcess, words: RegExp) =>
  new Promise<void>((resolve) => {
    let said = ''
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        said += text
        if (words.test(said)) resolve()
      })
    }
  })
