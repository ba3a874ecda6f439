import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'
import type { Why } from '../../src/plan/why.ts'
import { newUser } from '../support/cli.ts'

const MANIFEST = `
app: demo
services:
  web: { image: { location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 } }
`

test('a failure is explained afterwards, and forgotten by nobody', async () => {
  // ECS does not give up by itself: on a busy machine it might before img2vid does.
  const patient = MANIFEST.replace('port: 8080 }', 'port: 8080 }, deployment: { circuit_breaker: false }')
  const user = newUser({ files: { 'img2vid.yaml': patient }, speed: 100 })
  await user.img2vid('local fault add exit --code 3')
  const failed = await user.img2vid('deploy --local --yes')
  expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining('exited with code 3')])

  const told = await user.img2vid('why')
  expect([told.exitCode, told.stdout.split('\n').slice(0, 2)]).toEqual([
    0,
    [
      expect.stringMatching(/^deploy of demo \/ dev, \d{4}-\d\d-\d\d \d\d:\d\d UTC: failed, exit code 1 {2}\(/),
      expect.stringMatching(/^ {2}web did not stay up: its container exited with code 3/),
    ],
  ])
  const { why } = (await user.img2vid('why --json')).json<{ why: Why }>()
  expect(why).toMatchObject({
    app: 'demo',
    outcome: 'failed',
    exitCode: 1,
    afterwards: ['demo-dev-web was taken away again'],
  })
  expect(readdirSync(join(user.folder, '.img2vid/runs'))).toEqual([why.run])
  expect((await user.img2vid(`why ${why.run}`)).stdout).toBe(told.stdout)
  expect((await user.img2vid('why nonsense --json')).exitCode).toBe(2)
})

test('a deploy that was killed has left what it saw', async () => {
  const user = newUser({ files: { 'img2vid.yaml': MANIFEST } })
  await user.img2vid('local fault add delay --type AWS::EC2::VPC --seconds 2400')
  const deploying = user.start('deploy --local --yes')
  await deploying.said('demo-dev  Cluster done')
  deploying.signal('SIGKILL')
  await deploying.ended
  expect((await user.img2vid('why --json')).json()).toMatchObject({
    why: { outcome: 'unfinished', exitCode: null, next: expect.stringMatching(/^img2vid watch/) },
  })
})

test('lines are printed as they come, as JSON a line, until nobody reads on', async () => {
  const user = newUser({ files: { 'img2vid.yaml': MANIFEST } })
  await user.img2vid('deploy --local --yes')
  const { endpoint } = (await user.img2vid('local status --json')).json<{ endpoint: string }>()
  const client = new CloudWatchLogs({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const stream = { logGroupName: '/img2vid/demo-dev/web', logStreamName: 'demo/web/0123456789' }
  const say = (message: string) => client.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.now(), message }] })
  await client.createLogStream(stream)
  await say('one')
  await say('two')
  expect(await user.img2vid('logs --local')).toMatchObject({
    exitCode: 0,
    stdout: '01234567  one\n01234567  two\n',
    stderr: '',
  })
  const { stdout } = await user.img2vid('logs web --local --json --filter two')
  expect(
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  ).toEqual([{ at: expect.any(String), service: 'web', task: '0123456789', line: 'two' }])
  const wrong = await user.img2vid('logs wbe --local --json')
  expect([wrong.exitCode, wrong.json()]).toEqual([2, { error: expect.objectContaining({ outcome: 'usage' }) }])

  const following = user.start('logs --local --follow')
  await following.said('two')
  await say('three')
  await following.said('three')
  following.signal('SIGINT')
  expect((await following.ended).stdout).toBe('01234567  one\n01234567  two\n01234567  three\n')
})
