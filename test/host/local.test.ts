import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { LocalServer } from '../../src/context.ts'
import { type LocalOptions, localServers } from '../../src/host/local.ts'
import { isAlive } from '../../src/host/lock.ts'
import { serve } from '../support/elb.ts'
import { emulatorProgram } from '../support/emulator-process.ts'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf } from '../support/server.ts'

/** A folder with an embedded AWS, stopped at the end. */
function folderWithAws(more: Partial<LocalOptions> = {}) {
  const folder = temporaryFolder()
  const make = (changed: Partial<LocalOptions> = {}) =>
    localServers({
      program: emulatorProgram(),
      version: '1',
      speed: 1000,
      patience: 1000,
      docker: false,
      ...more,
      ...changed,
    })
  const local = make()
  onTestFinished(() => local.stop(folder).then(() => {}))
  const home = join(folder, '.img2vid', 'local')
  const record = () =>
    JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as { id: string; port: number; pid: number }
  return { folder, local, make, home, record }
}

const logs = ({ endpoint }: LocalServer) => new CloudWatchLogs(clientOf(Number(new URL(endpoint).port)))

/** Processes of the embedded AWS that work in the folder. */
const processesIn = (folder: string): number[] =>
  execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`"directory":"${folder}/`))
    .map((line) => Number.parseInt(line, 10))

test('starts, is found, stops, comes back as it was, and is empty after a reset', async () => {
  const { folder, local, record } = folderWithAws()
  expect(await local.find(folder)).toBeUndefined()
  const first = await local.start(folder)
  expect(await local.start(folder)).toEqual(first)
  expect(await local.find(folder)).toEqual(first)
  expect(readFileSync(join(folder, '.img2vid', '.gitignore'), 'utf8')).toBe('*\n')
  const { id } = record()
  await logs(first).createLogGroup({ logGroupName: 'a' })

  expect(await local.stop(folder)).toBe(true)
  expect([await local.find(folder), isAlive(first.pid), await local.stop(folder)]).toEqual([undefined, false, false])

  const second = await local.start(folder)
  expect([second.endpoint, record().id]).toEqual([first.endpoint, id])
  expect((await logs(second).describeLogGroups({})).logGroups?.length).toBe(1)

  await local.reset(folder)
  expect([await local.find(folder), processesIn(folder), readdirSync(join(folder, '.img2vid'))]).toEqual([
    undefined,
    [],
    ['.gitignore'],
  ])
  const third = await local.start(folder)
  expect((await logs(third).describeLogGroups({})).logGroups).toEqual([])
})

test('commands that start it at the same time share one', async () => {
  const { folder } = folderWithAws()
  writeFileSync(join(folder, 'img2vid.yaml'), 'app: a\nservices: { web: { image: { build: ., port: 80 } } }\n')
  const commands = Array.from({ length: 6 }, async () => {
    const env = { ...process.env, IMG2VID_LOCAL_DOCKER: '0' }
    const child = spawn(inject('program'), ['local', 'start', '--json'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return JSON.parse(await text(child.stdout)) as { endpoint: string; pid: number }
  })
  const [first, ...others] = await Promise.all(commands)
  expect(others).toEqual(others.map(() => first))
  expect(processesIn(folder)).toEqual([first?.pid])
})

test('killed, it is not found, and is started again at its port with what it had', async () => {
  const { folder, local, record } = folderWithAws()
  const first = await local.start(folder)
  await logs(first).createLogGroup({ logGroupName: 'a' })
  await local.stop(folder)
  const second = await local.start(folder)
  process.kill(second.pid, 'SIGKILL')
  while (isAlive(second.pid)) await fetch(first.endpoint).catch(() => {})
  expect(await local.find(folder)).toBeUndefined()
  const third = await local.start(folder)
  expect(third).toEqual({ endpoint: first.endpoint, pid: record().pid, docker: false })
  expect((await logs(third).describeLogGroups({})).logGroups?.length).toBe(1)
})

test('an older version is replaced by one command, while others use the new one', async () => {
  const { folder, local, make } = folderWithAws()
  const old = await local.start(folder)
  const newer = make({ version: '2' })
  const [first, ...others] = await Promise.all([newer.start(folder), newer.start(folder), newer.start(folder)])
  expect(others).toEqual([first, first])
  expect(processesIn(folder)).toEqual([first?.pid])
  expect([first?.endpoint, isAlive(old.pid)]).toEqual([old.endpoint, false])
})

test.each([
  ['another site', 'a page'],
  ['JSON that is not its own', 'null'],
  ['the embedded AWS of another folder', JSON.stringify({ id: 'other', pid: 1, docker: true })],
])(
  'at its port answers %s: it is not taken for its own, nor stopped, and another port is used',
  async (_who, answer) => {
    const { folder, local, home } = folderWithAws()
    const other = await serve((_request, response) => response.end(answer))
    const { port } = other.address() as AddressInfo
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'server.json'), JSON.stringify({ id: 'mine', port, pid: process.pid, version: '1' }))
    expect([await local.find(folder), await local.stop(folder)]).toEqual([undefined, false])
    const { endpoint } = await local.start(folder)
    expect(endpoint).not.toBe(`http://127.0.0.1:${port}`)
    expect(await local.find(folder)).toMatchObject({ endpoint })
  },
)

test('a program at its port that never answers is nobody when its own process is no more', {
  timeout: 20_000,
}, async () => {
  const { folder, local, home } = folderWithAws()
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  mkdirSync(home, { recursive: true })
  const { port } = silent.address() as AddressInfo
  writeFileSync(join(home, 'server.json'), JSON.stringify({ id: 'mine', port, version: '1' }))
  expect(await local.find(folder)).toBeUndefined()
})

test.each(['', '{"id": "a', 'null', '[]'])('a record of «%s» is as good as none', async (content) => {
  const { folder, local, home } = folderWithAws()
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'server.json'), content)
  expect([await local.find(folder), await local.stop(folder)]).toEqual([undefined, false])
  expect(await local.find(folder)).toEqual(undefined)
  const started = await local.start(folder)
  expect(await local.find(folder)).toEqual(started)
})

test('what keeps it from starting is said, and nothing stays behind', async () => {
  const { folder, local, home } = folderWithAws()
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'state.json'), '{"iam": {')
  await expect(local.start(folder)).rejects.toMatchObject({
    outcome: 'failed',
    message: expect.stringMatching(/^The embedded AWS did not start: it ended with exit code 1: SyntaxError: /),
    hint: `read ${join(home, 'server.log')}, or begin anew with img2vid local reset`,
  })
  expect([processesIn(folder), existsSync(join(folder, '.img2vid', 'local.lock'))]).toEqual([[], false])
  rmSync(join(home, 'state.json'))
  expect((await local.start(folder)).docker).toBe(false)
})
