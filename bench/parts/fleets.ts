import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { render } from '../../src/commands/render.ts'
import { readManifest } from '../../src/plan/manifest/read.ts'
import { simulatedAws } from '../../test/simulation/aws.ts'
import { mortal } from '../../test/simulation/life.ts'
import { contextOf, HOME } from '../../test/simulation/machine.ts'
import { RICH } from '../../test/support/rich-manifest.ts'
import { median, peak } from '../pairs.ts'
import type { Bench, Figure, Measure } from '../part.ts'

const MANY = 200
const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index + 1}`)

/** Templates of many environments, and what fifty deployments at once hold. */
export const measure: Measure = async (bench) => [...(await rendering(bench)), await memory(bench)]

/** The richest manifest with as many environments, each of which changes something. */
const rich = (environments: readonly string[]) =>
  RICH.slice(0, RICH.indexOf('environments:')) +
  'environments:\n' +
  environments
    .map((name, index) => `  ${name}: { services: { web: { variables: { WORKERS: ${index + 1} } } } }\n`)
    .join('')

async function rendering({ rounds }: Bench): Promise<Figure[]> {
  const reading = (count: number) => {
    const text = rich(names(count))
    return () => readManifest(text, 'img2vid.yaml')
  }
  const [one, all] = [await timed(rendered(names(1)), rounds), await timed(rendered(names(MANY)), 5)]
  const [few, many] = [await timed(reading(MANY), rounds), await timed(reading(8 * MANY), 5)]
  return [
    { name: 'richest manifest rendered', value: one, unit: 'ms', atMost: 50 },
    { name: `${MANY} environments rendered`, value: all / 1_000, unit: 's', atMost: 2 },
    {
      name: `${8 * MANY} environments read, against ${MANY}`,
      value: many / few,
      unit: 'x',
      atMost: 16,
      beside: `${few.toFixed(0)} ms, ${many.toFixed(0)} ms`,
    },
  ]
}

/** Renders environments as one command does that shares what they have in common. */
function rendered(environments: readonly string[]) {
  const folder = { [`${HOME}/img2vid.yaml`]: rich(environments) }
  return () => {
    const aws = simulatedAws(1)
    const machine = { who: 'ann@laptop', folder, images: new Map() }
    const context = contextOf(aws, { machine, life: mortal(), random: aws.fork(), show: () => {} })
    const known = new Map<string, Promise<unknown>>()
    const once = <Result>(key: string, action: () => Promise<Result>) => {
      if (!known.has(key)) known.set(key, action())
      return known.get(key) as Promise<Result>
    }
    return Promise.all(environments.map((env) => render({ manifest: 'img2vid.yaml', env }, { ...context, once })))
  }
}

/** The median in milliseconds, once what it needs is compiled. */
async function timed(action: () => unknown, rounds: number): Promise<number> {
  for (let warm = 0; warm < 3; warm++) await action()
  const seen: number[] = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    await action()
    seen.push(performance.now() - begun)
  }
  return median(seen)
}

/** The packed program deploys them all to its embedded AWS, which is a process of its own. */
async function memory({ installed }: Bench): Promise<Figure> {
  const where = await installed()
  const project = join(where.root, 'fleet')
  await mkdir(project)
  const image = `{ location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 }`
  const environments = names(50).map((name) => `  ${name}:\n`)
  const manifest = ['app: fleet', 'services:', `  web: { image: ${image} }`, 'environments:', ...environments].join(
    '\n',
  )
  await writeFile(join(project, 'img2vid.yaml'), manifest)
  const fleet = { ...where, project }
  try {
    const value = await peak([where.program, 'deploy', '--local', '--yes', '--env', 'all'], fleet)
    return { name: 'memory of 50 environments deployed at once', value, unit: 'MiB', atMost: 200 }
  } finally {
    spawnSync(process.execPath, [where.program, 'local', 'stop'], { cwd: project, env: where.env })
  }
}
