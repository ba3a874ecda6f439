import { expect, test } from 'vitest'
import { build } from '../../src/commands/build.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, testWorld } from '../support/context.ts'

const manifest = `
app: demo
services:
  web: { image: { build: { context: ., secrets: { token: { env: GIT_TOKEN } } } } }
`

test('a build with secrets asks for buildx first, and says how it is had', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest, Dockerfile: 'FROM scratch\n' } })
  const asked: string[] = []
  const run: typeof world.context.run = async ({ args }) => {
    asked.push(args.join(' '))
    return { exitCode: args[0] === 'buildx' ? 1 : 0, stdout: '', stderr: '' }
  }
  await expect(build(flags, { ...world.context, run })).rejects.toMatchObject({
    outcome: 'preflight',
    problems: [
      {
        path: 'web',
        message: 'its build needs BuildKit for secrets, keys or cache, and Docker here has no buildx',
        hint: expect.stringContaining('sudo apt-get install docker-buildx'),
      },
    ],
  })
  expect(asked.filter((line) => line.startsWith('build'))).toEqual(['buildx version'])
})

test('a build that fails says what mends it: the Dockerfile, the network, or a plugin that its builder is missing', async () => {
  const files = {
    'img2vid.yaml': 'app: demo\nservices: { web: { image: { build: . } } }\n',
    Dockerfile: 'FROM scratch\n',
  }
  const { context } = await testWorld({ files })
  const hintFor = async (line: string, buildx: boolean) => {
    const run: typeof context.run = async ({ args: [verb] }, tell) => {
      if (verb === 'build') tell?.(line)
      return { exitCode: verb === 'build' || (verb === 'buildx' && !buildx) ? 1 : 0, stdout: '', stderr: '' }
    }
    const error = await build(flags, { ...context, run }).catch((thrown: UserError) => thrown)
    return 'hint' in error ? error.hint : undefined
  }
  const again = ', then run the same command again'
  const plugin = 'install its plugin, on Debian and Ubuntu by: sudo apt-get install docker-buildx'
  const newer = `mend Dockerfile, or if it is written for BuildKit, which Docker has not here, ${plugin}${again}`
  expect(await hintFor('the --mount option requires BuildKit.', false)).toBe(newer)
  expect(await hintFor('dockerfile parse error line 5: unknown instruction: ECHO', false)).toBe(newer)
  expect(await hintFor('dockerfile parse error line 5: unknown instruction: ECHO', true)).toBe(
    `mend Dockerfile${again}`,
  )
  expect(await hintFor('COPY failed: no such file', false)).toBe(`mend Dockerfile${again}`)
  expect(await hintFor('Get "https://registry/v2/": dial tcp: lookup registry: no such host', false)).toBe(
    `see to the network: what the build fetches was not reached${again}`,
  )
})

test('with buildx the secret goes by its name, and BuildKit is asked for', async () => {
  const files = { 'img2vid.yaml': manifest, Dockerfile: 'FROM scratch\n' }
  const world = await testWorld({ files, variables: { GIT_TOKEN: 'hush' } })
  const builds: object[] = []
  const run: typeof world.context.run = async ({ args, env }) => {
    if (args[0] === 'build') builds.push({ secret: args[args.indexOf('--secret') + 1], env })
    return { exitCode: 0, stdout: 'linux/amd64', stderr: '' }
  }
  await build(flags, { ...world.context, run })
  expect(builds).toEqual([{ secret: 'id=token,env=GIT_TOKEN', env: { DOCKER_BUILDKIT: '1' } }])
})

test('what a build is to read and is not there is told at once, before Docker builds', async () => {
  const settings =
    '{ context: ., ssh: true, secrets: { npmrc: { file: .npmrc }, there: { file: Dockerfile }, token: { env: GIT_TOKEN } } }'
  const world = await testWorld({
    files: {
      'img2vid.yaml': `app: demo\nservices: { web: { image: { build: ${settings} } } }\n`,
      Dockerfile: 'FROM scratch\n',
    },
  })
  const asked: string[] = []
  const run: typeof world.context.run = async ({ program, args }) => {
    if (program === 'docker') asked.push(args.join(' '))
    return { exitCode: 0, stdout: '', stderr: '' }
  }
  await expect(build(flags, { ...world.context, run })).rejects.toMatchObject({
    outcome: 'preflight',
    message: 'Not all is there that the builds need',
    problems: [
      {
        path: 'web',
        message: 'image.build.secrets.npmrc is a file that is not there: .npmrc',
        hint: 'write .npmrc, or correct its path',
      },
      {
        path: 'web',
        message: 'image.build.secrets.token is what the variable GIT_TOKEN holds, which is not set',
        hint: 'export GIT_TOKEN=…',
      },
      {
        path: 'web',
        message: 'image.build.ssh lends the keys of an SSH agent, and none runs here',
        hint: expect.stringContaining('ssh-add'),
      },
    ],
  })
  expect(asked).toEqual(['buildx version'])
})

test('every build that has no Dockerfile is told of at once, and where one may be meant', async () => {
  const manifest = `
app: demo
services:
  a: { image: { build: nowhere } }
  b: { image: { build: { context: api, dockerfile: Dockerfile } } }
  c: { image: { build: docker/web } }
  d: { image: { build: my-dockerfiles } }
  e: { image: { build: { context: gone, dockerfile: api/Dockerfile } }, sidecars: { s: { image: { build: nowhere } } } }
  f: { image: { build: Containerfile } }
`
  const files = {
    'img2vid.yaml': manifest,
    Containerfile: 'FROM scratch\n',
    'api/Dockerfile': 'FROM scratch\n',
    'docker/web': 'FROM scratch\n',
    'my-dockerfiles/Dockerfile': 'FROM scratch\n',
  }
  const { context } = await testWorld({ files })
  const folder = context.files.absolute('.')
  const write = 'write one, or correct the path, which begins at the folder of the manifest'
  const no = (path: string) => `there is no Dockerfile at ${folder}/${path}`
  const error = await build(flags, context).then(
    () => undefined,
    (thrown: UserError) => thrown,
  )
  expect(error).toMatchObject({ outcome: 'usage', message: 'img2vid.yaml has 6 problems' })
  expect(error?.problems).toEqual([
    { path: 'services.a.image.build', message: no('nowhere/Dockerfile'), hint: write },
    {
      path: 'services.b.image.build',
      message: no('Dockerfile'),
      hint: `${folder}/api/Dockerfile is one; paths begin at the folder of the manifest`,
    },
    {
      path: 'services.c.image.build',
      message: no('docker/web/Dockerfile'),
      hint: `${folder}/docker/web is a file: name it as dockerfile:`,
    },
    {
      path: 'services.d.image.build',
      message: no('my-dockerfiles'),
      hint: 'that is a folder: name it as context:, or with a / at its end',
    },
    {
      path: 'services.e.image.build',
      message: expect.stringContaining(`the build context ${folder}/gone cannot be read: ENOENT`),
      hint: 'correct context:, a folder that begins at that of the manifest',
    },
    { path: 'services.e.sidecars.s.image.build', message: no('nowhere/Dockerfile'), hint: write },
  ])
})
