import { expect, test } from 'vitest'
import { build } from '../../src/commands/build.ts'
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
    message: 'The build of web needs BuildKit for its secrets, keys or cache, and Docker here has no buildx',
    hint: expect.stringContaining('sudo apt-get install docker-buildx'),
  })
  expect(asked.filter((line) => line.startsWith('build'))).toEqual(['buildx version'])
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
    message: 'The build of web lacks what it is to read',
    problems: [
      { path: 'image.build.secrets.npmrc', message: 'there is no file .npmrc' },
      { path: 'image.build.secrets.token', message: 'the variable GIT_TOKEN is not set' },
      { path: 'image.build.ssh', message: 'no SSH agent runs here', hint: expect.stringContaining('ssh-add') },
    ],
  })
  expect(asked).toEqual(['buildx version'])
})
