import { execFile } from 'node:child_process'
import { appendFile, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Ecr from '@aws-sdk/client-ecr'
import { expect, onTestFinished, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

/** A repository, a docker that is logged in to its registry, and a folder of its own for both. */
async function docker(repository: Partial<Ecr.CreateRepositoryCommandInput> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'img2vid-docker-'))
  const directory = join(folder, 'registry')
  const aws = await startAws({ directory })
  const ecr = new Ecr.ECRClient(aws.client)
  const created = await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'img2vid/app', ...repository }))
  const uri = created.repository?.repositoryUri ?? ''

  const run = (arguments_: readonly string[], input = '') =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const environment = { ...process.env, DOCKER_CONFIG: join(folder, 'config'), DOCKER_BUILDKIT: '0' }
      const child = execFile('docker', arguments_, { env: environment }, (error, stdout, stderr) =>
        resolve({ code: error ? 1 : 0, output: stdout + (error ? stderr : '') }),
      )
      child.stdin?.end(input)
    })
  const succeed = async (...arguments_: string[]) => {
    const { code, output } = await run(arguments_)
    if (code !== 0) throw new Error(`docker ${arguments_.join(' ')}: ${output}`)
    return output.trim()
  }
  onTestFinished(async () => {
    await run(['rmi', '--force', ...(await run(['images', '--quiet', uri])).output.split('\n').filter(Boolean)])
    await rm(folder, { recursive: true, force: true })
  })

  const login = async () => {
    const { authorizationData } = await ecr.send(new Ecr.GetAuthorizationTokenCommand({}))
    const { authorizationToken = '', proxyEndpoint = '' } = authorizationData?.[0] ?? {}
    const [user = '', password] = Buffer.from(authorizationToken, 'base64').toString().split(':')
    const host = proxyEndpoint.replace('http://', '')
    return run(['login', '--username', user, '--password-stdin', host], password)
  }

  /** Builds an image of nothing but busybox, which says `text`. */
  const build = async (tag: string, text: string) => {
    await copyFile('/bin/busybox', join(folder, 'busybox'))
    // The engine builds upon layers that are there, which another test may be taking away.
    await appendFile(join(folder, 'busybox'), folder)
    const lines = ['FROM scratch', 'COPY busybox /bin/busybox', `CMD ["/bin/busybox", "echo", "${text}"]`]
    await writeFile(join(folder, 'Dockerfile'), lines.join('\n'))
    await succeed('build', '--quiet', '--no-cache', '--tag', `${uri}:${tag}`, folder)
    return `${uri}:${tag}`
  }
  return { ecr, uri, run, succeed, login, build }
}

test('pushes an image, pulls it by its digest and runs it', async () => {
  const { ecr, uri, succeed, login, build } = await docker()
  expect((await login()).output).toContain('Login Succeeded')
  const image = await build('v1', 'hello')
  const pushed = /digest: (sha256:\w+)/.exec(await succeed('push', image))?.[1]
  await succeed('rmi', image)

  const described = await ecr.send(new Ecr.DescribeImagesCommand({ repositoryName: 'img2vid/app' }))
  expect(described.imageDetails).toMatchObject([{ imageDigest: pushed, imageTags: ['v1'] }])
  await succeed('pull', `${uri}@${pushed}`)
  expect(await succeed('run', '--rm', `${uri}@${pushed}`)).toBe('hello')
})

test('says what ECR says when a push is refused', async () => {
  const { uri, run, succeed, login, build } = await docker({ imageTagMutability: 'IMMUTABLE' })
  const image = await build('v1', 'first')
  expect((await run(['push', image])).output).toContain('no basic auth credentials')
  await login()
  await succeed('push', image)
  await succeed('push', image)
  await build('v1', 'second')
  expect((await run(['push', image])).output).toContain(
    "tag invalid: The image tag 'v1' already exists in the 'img2vid/app' repository and cannot be overwritten because the tag is immutable.",
  )
  const elsewhere = uri.replace('img2vid/app', 'img2vid/missing')
  await succeed('tag', image, `${elsewhere}:v1`)
  const { output } = await run(['push', `${elsewhere}:v1`])
  await succeed('rmi', `${elsewhere}:v1`)
  expect(output).toContain(
    "name unknown: The repository with name 'img2vid/missing' does not exist in the registry with id '000000000000'",
  )
})
