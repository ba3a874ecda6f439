import { expect, test } from 'vitest'
import type { Deployed } from '../../src/commands/deploy.ts'
import { newUser, type User } from '../support/cli.ts'
import { inTerminal, KEYS } from '../support/terminal.ts'

const MANIFEST = `
app: demo
services:
  web: { image: { location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 } }
`

/** Somebody whose VPC takes four seconds to be made. */
async function slowUser(): Promise<User> {
  const user = newUser({ files: { 'img2vid.yaml': MANIFEST } })
  expect(await user.img2vid('local fault add delay --type AWS::EC2::VPC --seconds 2400')).toMatchObject({ exitCode: 0 })
  return user
}

/** What scripts see when they are told to leave. */
const left = {
  error: {
    outcome: 'interrupted',
    message: 'Detached; AWS goes on with demo-dev (CREATE_IN_PROGRESS)',
    hint: 'img2vid watch --env dev --local follows it, img2vid deploy --env dev --local carries on',
    problems: [],
  },
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s leaves what AWS goes on with, and says how to come back',
  async (signal) => {
    const user = await slowUser()
    const deploying = user.start('deploy --local --yes --json')
    await deploying.said('demo-dev  Cluster done')
    deploying.signal(signal)
    const ran = await deploying.ended
    expect([ran.exitCode, ran.json()]).toEqual([130, left])

    const watched = await user.img2vid('watch --local --json')
    expect([watched.exitCode, watched.json<{ stacks: object }>().stacks]).toEqual([
      0,
      { 'demo-dev': 'CREATE_COMPLETE' },
    ])
    expect((await user.img2vid('watch --local')).stdout).toMatch(/^nothing goes on in demo \/ dev\n/)
    const again = (await user.img2vid('deploy --local --yes --json')).json<Deployed>()
    expect(again.services.web).toMatchObject({ changed: true, url: expect.any(String) })
  },
)

test('a time-out leaves too, with an exit code of its own', async () => {
  const user = await slowUser()
  const ran = await user.img2vid('deploy --local --yes --json --timeout 1s')
  const message = 'The time of 1s is over; AWS goes on with demo-dev (CREATE_IN_PROGRESS)'
  expect([ran.exitCode, ran.json()]).toEqual([124, { error: { ...left.error, outcome: 'timed-out', message } }])
})

test('what was killed is carried on by the next deploy', async () => {
  const user = await slowUser()
  const deploying = user.start('deploy --local --yes')
  await deploying.said('demo-dev  Cluster done')
  deploying.signal('SIGKILL')
  await deploying.ended
  const again = await user.img2vid('deploy --local --yes')
  expect([again.exitCode, again.stderr]).toEqual([
    0,
    expect.stringMatching(/demo-dev {2}carrying on with what .* began at/),
  ])
})

test('Ctrl-C at a terminal asks: keep waiting, and all ends well', async () => {
  const user = await slowUser()
  const terminal = inTerminal(user, 'deploy --local --yes', { IMG2VID_LOCAL_DOCKER: '0' })
  await terminal.answer('Vpc ', KEYS.interrupt)
  await terminal.answer('What now?', KEYS.enter)
  expect(await terminal.end()).toMatchObject({ exitCode: 0, screen: expect.stringContaining('is deployed in') })
})

test('Ctrl-C at a terminal asks: who does not answer hears how it ended', async () => {
  const user = await slowUser()
  const terminal = inTerminal(user, 'deploy --local --yes', { IMG2VID_LOCAL_DOCKER: '0' })
  await terminal.answer('Vpc ', KEYS.interrupt)
  expect(await terminal.end()).toMatchObject({
    exitCode: 0,
    screen: expect.stringMatching(/What now\?[\s\S]*is deployed in/),
  })
})

test('Ctrl-C at a terminal asks: roll back, and nothing is left', async () => {
  const user = await slowUser()
  const terminal = inTerminal(user, 'deploy --local --yes', { IMG2VID_LOCAL_DOCKER: '0' })
  await terminal.answer('Vpc ', KEYS.interrupt)
  await terminal.answer('What now?', `${KEYS.up}${KEYS.enter}`)
  expect(await terminal.end()).toMatchObject({
    exitCode: 130,
    screen: expect.stringContaining('Rolled back, as you asked'),
  })
  expect((await user.img2vid('destroy --local --yes')).stdout).toMatch(/^there is nothing of demo \/ dev to destroy\n/)
})

test('a second Ctrl-C leaves', async () => {
  const user = await slowUser()
  const terminal = inTerminal(user, 'deploy --local --yes', { IMG2VID_LOCAL_DOCKER: '0' })
  await terminal.answer('Vpc ', KEYS.interrupt)
  await terminal.answer('What now?', KEYS.interrupt)
  expect(await terminal.end()).toMatchObject({
    exitCode: 130,
    screen: expect.stringContaining('Detached; AWS goes on'),
  })
})
