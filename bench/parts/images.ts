import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ECR } from '@aws-sdk/client-ecr'
import { isInstalled, median } from '../pairs.ts'
import type { Measure } from '../part.ts'

const MEGABYTE = 1_000_000

/** An image of which one layer has changed: `push`, which builds it too, against docker alone, by the embedded registry. */
export const measure: Measure = async ({ installed, rounds }) => {
  if (!isInstalled('docker')) return []
  const where = await installed()
  const project = join(where.root, 'images')
  const env = { ...where.env, IMG2VID_LOCAL_DOCKER: '1' }
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(program, args, { cwd: project, env, maxBuffer: 2 ** 24 })
  const img2vid = (...args: string[]) => run(process.execPath, where.program, ...args)
  await mkdir(project)
  await writeFile(join(project, 'Dockerfile'), 'FROM scratch\nCOPY base /\nCOPY app /\n')
  // Docker would be sent the embedded registry's layers too, and more of them each time.
  await writeFile(join(project, '.dockerignore'), '.img2vid\n')
  await writeFile(join(project, 'img2vid.yaml'), 'app: bench\nservices:\n  web: { image: { build: ., port: 8080 } }\n')
  await writeFile(join(project, 'base'), randomBytes(250 * MEGABYTE))
  const change = () => writeFile(join(project, 'app'), randomBytes(50 * MEGABYTE))
  const push = () => img2vid('push', '--local', '--yes', '--json')
  const timed = async (action: () => Promise<unknown>) => {
    await change()
    const begun = performance.now()
    await action()
    return performance.now() - begun
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
    const pairs: { plain: number; mine: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const image = `${uri}:plain-${round}`
      const plain = await timed(async () => {
        await run('docker', 'build', '--tag', image, '.')
        await run('docker', 'push', image)
      })
      await run('docker', 'image', 'rm', '--force', image)
      pairs.push({ plain, mine: await timed(push) })
    }
    const seconds = (values: readonly number[]) => `${(median(values) / 1_000).toFixed(1)} s`
    return [
      {
        name: '300 MB, of which 50 are new, built and pushed, against docker alone',
        value: median(pairs.map(({ plain, mine }) => mine / plain)),
        unit: 'x',
        atMost: 1.05,
        beside: `${rounds} pairs: ${seconds(pairs.map(({ mine }) => mine))}, docker ${seconds(pairs.map(({ plain }) => plain))}`,
      },
    ]
  } finally {
    await img2vid('local', 'stop')
    const { stdout } = await run('docker', 'image', 'ls', '--quiet', 'img2vid/bench-web')
    const built = stdout.split('\n').filter(Boolean)
    if (built.length > 0) await run('docker', 'image', 'rm', '--force', ...built)
  }
}
