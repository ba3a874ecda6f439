import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { type Line, type LogsFlags, logs, presentLine } from '../../src/commands/logs.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'

const MANIFEST = `
app: demo
services:
  web: { image: { build: ., port: 8080 } }
  api: { image: { build: ., port: 8080 }, http: { path: /api } }
`
const CRASHING = `
app: demo
services:
  web: { image: { build: ., port: 8080 }, http: { healthcheck: { grace_period: 5s } } }
`
const Dockerfile = 'FROM scratch\n'
const logGroupName = '/img2vid/demo-dev/web'

const read = async ({ context }: TestWorld, more: Partial<LogsFlags> = {}): Promise<Line[]> => {
  const lines: Line[] = []
  for await (const line of logs({ ...flags, name: 'web', ...more }, context)) lines.push(line)
  return lines
}
const texts = (lines: readonly Line[]) => lines.map(({ line }) => line)

/** A deployed service whose tasks wrote what the test says: seconds ago, task and text. */
async function written(...entries: readonly (readonly [number, string, string])[]) {
  const world = await testWorld({ files: { 'img2vid.yaml': MANIFEST, Dockerfile } })
  await deploy(flags, world.context)
  const client = new CloudWatchLogs(world.aws.client)
  const write = async (ago: number, task: string, ...lines: readonly string[]) => {
    const logStreamName = `demo/web/${task}`
    await client.createLogStream({ logGroupName, logStreamName }).catch(() => {})
    const timestamp = Date.now() - ago * 1000
    await client.putLogEvents({
      logGroupName,
      logStreamName,
      logEvents: lines.map((message) => ({ timestamp, message })),
    })
  }
  for (const [ago, task, text] of entries) await write(ago, task, text)
  return { ...world, say: write }
}

test('shows the lines of all tasks of a service by time, of the last hour', async () => {
  const world = await written(
    [7_200, 'aaaaaaaa0', 'long ago'],
    [30, 'aaaaaaaa0', 'first\n'],
    [20, 'bbbbbbbb0', 'GET /health 200'],
    [10, 'aaaaaaaa0', 'third'],
  )
  const lines = await read(world)
  expect(lines.map(presentLine)).toEqual(['aaaaaaaa  first', 'bbbbbbbb  GET /health 200', 'aaaaaaaa  third'])
  expect(lines[1]).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    service: 'web',
    task: 'bbbbbbbb0',
    line: 'GET /health 200',
  })
  expect(texts(await read(world, { since: 15 }))).toEqual(['third'])
  expect(texts(await read(world, { filter: '"GET /health"' }))).toEqual(['GET /health 200'])
  expect(texts(await read(world, { task: 'aaaa' }))).toEqual(['long ago', 'first', 'third'])
})

test('reads on over pages, and through throttling', async () => {
  const world = await written()
  const many = Array.from({ length: 10_000 }, (_, index) => `line ${index}`)
  await world.say(20, 'aaaaaaaa0', ...many)
  await world.say(10, 'bbbbbbbb0', 'the last')
  world.aws.emulator.world.faults.add({ kind: 'throttle', service: 'logs', operation: 'FilterLogEvents', times: 12 })
  expect(texts(await read(world))).toEqual([...many, 'the last'])
})

test('follows: each line once, late ones too', async () => {
  const world = await written([5, 'aaaaaaaa0', 'before'])
  const following = logs({ ...flags, name: 'web', follow: true }, world.context)
  const next = async () => (await following.next()).value?.line
  expect(await next()).toBe('before')
  await world.say(0, 'aaaaaaaa0', 'now', 'now')
  expect([await next(), await next()]).toEqual(['now', 'now'])
  await world.say(4, 'bbbbbbbb0', 'late')
  expect(await next()).toBe('late')
  await world.say(0, 'bbbbbbbb0', 'after')
  expect(await next()).toBe('after')
  await following.return(undefined)
})

test('says so when there is nothing to show', async () => {
  const world = await written()
  expect(await read(world)).toEqual([])
  expect(world.shown.at(-1)).toEqual({
    type: 'note',
    text: expect.stringMatching(/^web has written nothing since 2/),
  })
  await expect(read(world, { previous: true })).rejects.toMatchObject({
    message: 'No task of web has ended, as far as AWS and this folder know',
  })
})

test('shows what the task that died last had to say', async () => {
  let crashes = false
  const world = await testWorld({
    files: { 'img2vid.yaml': CRASHING, Dockerfile },
    behave: () => {
      if (!crashes) return { lines: ['all is well'] }
      world.pace(20)
      return { exitCode: 1, lines: ['OSError: no model'] }
    },
  })
  await deploy(flags, world.context)
  crashes = true
  world.write({ Dockerfile: 'FROM scratch\nENV COLOUR=red\n' })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'rolled-back' })
  expect(texts(await read(world, { previous: true }))).toEqual(['OSError: no model'])
  expect(texts(await read(world))).toContain('all is well')
})

test('of a service that is gone, what was kept of it is shown', async () => {
  const world = await testWorld({
    files: { 'img2vid.yaml': CRASHING, Dockerfile },
    behave: () => {
      world.pace(20)
      return { exitCode: 1, lines: ['OSError: no model'] }
    },
  })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'failed' })
  expect(texts(await read(world, { previous: true }))).toEqual(['OSError: no model'])
  expect(world.shown.at(-1)).toEqual({ type: 'note', text: expect.stringContaining('the service is gone') })
  await expect(read(world)).rejects.toMatchObject({ message: 'web has no logs: it is not deployed' })
})

test('says what it cannot do', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': MANIFEST, Dockerfile } })
  const refused = async (more: Partial<LogsFlags>) => {
    for await (const _ of logs({ ...flags, ...more }, world.context)) break
  }
  await expect(refused({})).rejects.toMatchObject({ outcome: 'usage', message: 'There are several services: web, api' })
  await expect(refused({ name: 'wbe' })).rejects.toMatchObject({ message: 'There is no service wbe: web, api' })
  await expect(refused({ name: 'web', previous: true, follow: true })).rejects.toMatchObject({
    outcome: 'usage',
    message: '--previous does not go with --follow',
  })
})
