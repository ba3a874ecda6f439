import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { ECR } from '@aws-sdk/client-ecr'
import { isInstalled, median } from '../pairs.ts'
import type { Measure } from '../part.ts'

const MEGABYTE = 1_000_000

/**
 * An image of which one layer has changed: `push`, which builds it too, against docker alone, by the embedded registry. The
 * same build takes docker a tenth more or less from one time to the next, several times what is looked for, so that our own
 * time is what passes while docker neither builds nor pushes.
 */
export const measure: Measure = async ({ installed, rounds }) => {
  if (!isInstalled('docker')) return []
  const where = await installed()
  const project = join(where.root, 'images')
  const timing = join(where.root, 'timing')
  const path = `${timing}${delimiter}${process.env.PATH}`
  const env = { ...where.env, IMG2VID_LOCAL_DOCKER: '1', PATH: path }
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(program, args, { cwd: project, env, maxBuffer: 2 ** 24 })
  const img2vid = (...args: string[]) => run(process.execPath, where.program, ...args)
  const times = join(timing, 'times')
  await mkdir(project)
  await mkdir(timing)
  await writeFile(join(timing, 'docker'), timedDocker(await pathOf('docker'), times), { mode: 0o755 })
  await writeFile(join(project, 'Dockerfile'), `FROM scratch\nLABEL bench=${project}\nCOPY base /\nCOPY app /\n`)
  // Docker would be sent the embedded registry's layers too, and more of them each time.
  await writeFile(join(project, '.dockerignore'), '.img2vid\n')
  await writeFile(join(project, 'img2vid.yaml'), 'app: bench\nservices:\n  web: { image: { build: ., port: 8080 } }\n')
  await writeFile(join(project, 'base'), randomBytes(250 * MEGABYTE))
  const change = () => writeFile(join(project, 'app'), randomBytes(50 * MEGABYTE))
  const push = () => img2vid('push', '--local', '--yes', '--json')
  const timed = async (action: () => Promise<unknown>) => {
    await change()
    await rm(times, { force: true })
    const begun = performance.now()
    await action()
    const whole = performance.now() - begun
    return { whole, docker: millisecondsOf(/ (build|push) /, await readFile(times, 'utf8')) }
  }
  try {
    await change()
    const uri = String(JSON.parse((await push()).stdout).images.web.image).split('@')[0]
    const { variables } = JSON.parse((await img2vid('local', 'env', '--json')).stdout)
    const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
    const ecr = new ECR({ endpoint: variables.AWS_ENDPOINT_URL, region: variables.AWS_REGION, credentials })
    const { authorizationData = [] } = await ecr.getAuthorizationToken({})
    const [user = '', password = ''] = atob(authorizationData[0]?.authorizationToken ?? '').split(':')
    await run('docker', 'login', '--username', user, '--password', password, uri?.split('/')[0] ?? '')
    const pairs: { plain: Took; mine: Took }[] = []
    for (let round = 0; round < rounds; round++) {
      const image = `${uri}:plain-${round}`
      const plain = await timed(async () => {
        await run('docker', 'build', '--tag', image, '.')
        await run('docker', 'push', image)
      })
      await run('docker', 'image', 'rm', '--force', image)
      pairs.push({ plain, mine: await timed(push) })
    }
    const middle = (of: (pair: (typeof pairs)[number]) => number) => median(pairs.map(of))
    const seconds = (of: (pair: (typeof pairs)[number]) => number) => `${(middle(of) / 1_000).toFixed(1)} s`
    const whole = middle(({ mine, plain }) => mine.whole / plain.whole).toFixed(2)
    return [
      {
        name: '300 MB, of which 50 are new, built and pushed, against docker alone',
        value: 1 + middle(({ mine, plain }) => (beyond(mine) - beyond(plain)) / plain.whole),
        unit: 'x',
        atMost: 1.05,
        beside: `${rounds} pairs: ${seconds(({ mine }) => mine.whole)}, docker ${seconds(({ plain }) => plain.whole)}; ${whole} x, however long docker took`,
      },
    ]
  } finally {
    await img2vid('local', 'stop')
    const { stdout } = await run('docker', 'image', 'ls', '--quiet', '--filter', `label=bench=${project}`)
    const built = stdout.split('\n').filter(Boolean)
    if (built.length > 0) await run('docker', 'image', 'rm', '--force', ...built)
  }
}

/** Milliseconds. */
interface Took {
  readonly whole: number
  readonly docker: number
}

const beyond = ({ whole, docker }: Took): number => whole - docker

/** A program that is called docker, and writes what it was asked for and how long it took. */
const timedDocker = (docker: string, times: string): string => `#!/bin/bash
begun=$(date +%s%N)
'${docker}' "$@"
code=$?
echo "$(( $(date +%s%N) - begun )) $* " >> '${times}'
exit $code
`

const pathOf = async (program: string): Promise<string> =>
  (await promisify(execFile)('/bin/sh', ['-c', `command -v ${program}`])).stdout.trim()

const millisecondsOf = (asked: RegExp, times: string): number =>
  times
    .split('\n')
    .filter((line) => asked.test(line))
    .reduce((sum, line) => sum + Number.parseInt(line, 10) / 1e6, 0)
