import { expect, test } from 'vitest'
import { deployEach } from '../../src/commands/deploy.ts'
import { destroyEach } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'
import { webFiles, webManifest } from '../support/deployed.ts'

const [deploy, presentDeploy, deployOutcome] = deployEach
const [destroy] = destroyEach

const ENVIRONMENTS = 'environments: { us-one: {}, us-two: {}, eu: {} }\n'
const files = { ...webFiles, 'img2vid.yaml': webManifest() + ENVIRONMENTS }

test('one that fails does not keep the others from their end, and is told with what comes next', async () => {
  const { context, aws, shown } = await testWorld({ files })
  aws.emulator.world.faults.add({
    kind: 'fail',
    stack: 'demo-us-two',
    type: 'AWS::ECS::Cluster',
    message: 'no cluster',
  })
  const result = await deploy({ ...flags, env: 'us-*,eu' }, context)
  expect(result).toMatchObject({
    app: 'demo',
    environments: {
      'us-one': { outcome: 'done', result: { environment: 'us-one', changed: true } },
      'us-two': { outcome: 'failed', error: { message: expect.stringContaining('no cluster') } },
      eu: { outcome: 'done', result: { services: { web: { url: expect.any(String) } } } },
    },
  })
  expect(deployOutcome(result)).toBe('failed')
  expect(presentDeploy(result).split('\n')).toEqual([
    '1 of 3 environments of demo did not end well',
    expect.stringMatching(/^ {2}environment {2}outcome {2}what$/),
    expect.stringMatching(/^ {2}us-one {7}done {5}deployed in \d+s {2}http:\/\/\S+$/),
    expect.stringMatching(/^ {2}us-two {7}failed {3}demo-us-two failed: ROLLBACK_COMPLETE$/),
    expect.stringMatching(/^ {2}eu {11}done {5}deployed in \d+s {2}http:\/\/\S+$/),
    expect.stringMatching(/^ {2}next for us-two: mend the cause, then run img2vid deploy --env us-two --local again/),
  ])
  expect(shown).toContainEqual({
    type: 'lane',
    lane: 'us-two',
    state: 'failed',
    text: 'demo-us-two failed: ROLLBACK_COMPLETE',
  })
  const { environments } = await status({ ...flags, env: 'us-*' }, context)
  expect(Object.entries(environments).map(([name, { services }]) => [name, services.web?.running])).toEqual([
    ['us-one', 1],
    ['us-two', 0],
  ])
})

test('what means no environment is said before anything is done', async () => {
  const { context, aws } = await testWorld({ files })
  await expect(deploy({ ...flags, env: 'us-one,asia-*,ue' }, context)).rejects.toMatchObject({
    outcome: 'usage',
    problems: [
      { path: '--env', message: 'asia-* is no environment' },
      { path: '--env', message: 'ue is no environment; did you mean eu?' },
    ],
  })
  await expect(destroy({ ...flags, env: 'us-*', images: true }, context)).rejects.toMatchObject({
    outcome: 'usage',
    message: 'The images are still used by eu',
  })
  expect(aws.emulator.world.region('us-east-1').cloudformation.stacks).toEqual({})
})

test('several are asked about once, and a no changes nothing', async () => {
  const asked: string[] = []
  const confirm = async ({ message }: { message: string }) => asked.push(message) > 1
  const { context, aws } = await testWorld({ files, ask: { confirm } })
  const doubtful = { ...flags, env: 'all', yes: false }
  await expect(deploy(doubtful, context)).rejects.toMatchObject({ outcome: 'cancelled' })
  expect(aws.emulator.world.region('us-east-1').cloudformation.stacks).toEqual({})
  expect(deployOutcome(await deploy({ ...doubtful, atOnce: 1 }, context))).toBe('done')
  expect(asked).toEqual(Array(2).fill('Deploy 3 environments of demo: us-one, us-two, eu?'))
})
