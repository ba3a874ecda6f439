import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DOCKERFILE, newUser } from '../support/cli.ts'
import { inTerminal, KEYS } from '../support/terminal.ts'

const { enter, down, space } = KEYS
const manifest = (folder: string) => readFileSync(join(folder, 'img2vid.yaml'), 'utf8')

test('init asks what the Dockerfile does not say, and takes arrow keys and Enter for answers', async () => {
  const user = newUser({
    files: {
      Dockerfile: 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nEXPOSE 8501\nCMD ["streamlit", "run", "app.py"]\n',
    },
  })
  const terminal = inTerminal(user, 'init')
  await terminal.answer('App name', `\x15model${enter}`)
  await terminal.answer('Dockerfile', enter)
  await terminal.answer('GPU instances on EC2', enter)
  await terminal.answer('Instance types', `${down}${space}${enter}`)
  await terminal.answer('Health check path', enter)
  const { exitCode, screen } = await terminal.end()
  expect([
    exitCode,
    screen.includes('The image is based on nvidia/cuda:12.4.1-runtime-ubuntu22.04: it needs a GPU.'),
  ]).toEqual([0, true])
  expect(manifest(user.folder)).toBe(`app: model
services:
  web:
    image:
      build: .
      port: 8501
    http:
      path: /
      healthcheck: /_stcore/health
      stickiness: true
    compute: gpu
    instances:
      - g6.xlarge
      - g4dn.xlarge
    gpus: 1
    count: 1
environments:
  dev: {}
`)
})

test('deploy in a folder without a manifest asks the same, shows the plan, and goes on', async () => {
  const user = newUser({ files: { Dockerfile: DOCKERFILE } })
  const terminal = inTerminal(user, 'deploy --local', {
    IMG2VID_LOCAL_DOCKER: '0',
  })
  await terminal.answer('App name', `\x15shop${enter}`)
  await terminal.answer('Dockerfile', enter)
  await terminal.answer('Where does it run', enter)
  await terminal.answer('Health check path', enter)
  await terminal.answer('Deploy it?', enter)
  const { exitCode, screen } = await terminal.end()
  expect(exitCode).toBe(0)
  expect(screen).toContain('shop-dev-web  create  1 task: 0.25 vCPU, 0.5 GB, port 8080')
  expect(screen).toMatch(/✓ shop-dev-web\s+created/)
  expect(screen).toMatch(/shop \/ dev is deployed in \d+s\s+longest: .+\s+web {2}http:\/\/127\.0\.0\.1:\d+/)
})

test('a declined plan and Ctrl-C at a question leave nothing behind', async () => {
  const user = newUser({ files: { Dockerfile: DOCKERFILE } })
  const stopped = inTerminal(user, 'init')
  await stopped.answer('App name', KEYS.interrupt)
  expect(await stopped.end()).toMatchObject({ exitCode: 130, screen: expect.stringContaining('nothing was changed') })
  expect(() => manifest(user.folder)).toThrow('ENOENT')

  await user.img2vid('init --app shop')
  const declined = inTerminal(user, 'deploy --local', { IMG2VID_LOCAL_DOCKER: '0' })
  await declined.answer('Deploy it?', `n${enter}`)
  expect(await declined.end()).toMatchObject({ exitCode: 1, screen: expect.stringContaining('Nothing was changed') })
  const { environments } = (await user.img2vid('status --local --json')).json<{
    environments: { dev: { state: string } }
  }>()
  expect(environments.dev.state).toBe('absent')
})
