import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { presentTold, why } from '../../src/commands/why.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { webFiles } from '../support/deployed.ts'

/** A world whose containers exit from the second deployment on. */
async function crashing(first: 'healthy' | 'crashing'): Promise<TestWorld & { crash(): void }> {
  let crashes = first === 'crashing'
  const world = await testWorld({
    files: webFiles,
    behave: () => {
      if (!crashes) return {}
      world.pace(20)
      return { exitCode: 3, lines: ['OSError: no model'] }
    },
  })
  const crash = () => {
    crashes = true
    world.write({ Dockerfile: 'FROM scratch\nENV COLOUR=red\n' })
  }
  return { ...world, crash }
}
const said = async ({ context }: TestWorld, more: object = {}) =>
  presentTold(await why({ ...flags, ...more }, context)).replace(/\b[0-9a-f]{8}\)/, 'xxxxxxxx)')

test('explains the last failure in a few lines, root cause first', async () => {
  const world = await crashing('healthy')
  const { context, folder } = world
  await deploy(flags, context)
  expect(await said(world)).toBe('nothing has failed, as far as this folder and AWS know')
  world.crash()
  await expect(deploy(flags, context)).rejects.toMatchObject({ outcome: 'rolled-back' })

  const [run] = await context.runs.list(folder)
  expect((await said(world)).split('\n')).toEqual([
    expect.stringMatching(/^deploy of demo \/ dev, .* UTC: rolled-back, exit code 4 {2}\(/),
    expect.stringMatching(/^ {2}web did not stay up: its container exited with code 3, (twice|\d times)$/),
    '  last lines of web (task xxxxxxxx)',
    '    OSError: no model',
    expect.stringMatching(/^ {2}- \d+ tasks of web stopped: exit code 3 \(\d times\)$/),
    '  - demo-dev-web went back to what it was',
    '',
    '  next: the lines above are its last words; then img2vid deploy --local --yes',
  ])
  expect(await why({ ...flags, run: run?.id.slice(-4) ?? '' }, context)).toEqual(await why(flags, context))
  expect(await why({ ...flags, list: true }, context)).toMatchObject({
    runs: [{ outcome: 'rolled-back' }, { outcome: 'done' }],
  })
  await expect(why({ ...flags, run: 'nonsense' }, context)).rejects.toMatchObject({ outcome: 'usage' })
})

test('on another machine, AWS is asked what went back and why', async () => {
  const world = await crashing('healthy')
  await deploy(flags, world.context)
  world.crash()
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'rolled-back' })
  rmSync(join(world.folder, '.img2vid/runs'), { recursive: true })
  const { why: told } = (await why(flags, world.context)) as { why: object }
  expect(told).toMatchObject({
    run: null,
    outcome: 'rolled-back',
    cause: expect.stringMatching(/^web did not stay up: its container exited with code 3/),
    lines: { lines: ['OSError: no model'] },
    seen: [expect.stringMatching(/tasks of web stopped: exit code 3/)],
    afterwards: ['demo-dev-web went back to what it was'],
  })
})

test('on another machine, of a first deployment that was taken away the tasks are still known', async () => {
  const world = await crashing('crashing')
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'failed' })
  rmSync(join(world.folder, '.img2vid/runs'), { recursive: true })
  expect(await why(flags, world.context)).toMatchObject({
    why: { run: null, cause: expect.stringMatching(/^web did not stay up/), lines: null, afterwards: [] },
  })
})

test('on another machine, the first resource that failed is told', async () => {
  const world = await testWorld({ files: webFiles })
  const order = { stack: 'demo-dev', resource: 'Cluster', action: 'create', message: 'no more clusters' } as const
  world.aws.emulator.world.faults.add({ kind: 'fail', ...order })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'failed' })
  const cause = expect.stringMatching(/^demo-dev: Cluster \(AWS::ECS::Cluster\): .*no more clusters/)
  expect(await why(flags, world.context)).toMatchObject({ why: { run: expect.any(String), cause } })
  rmSync(join(world.folder, '.img2vid/runs'), { recursive: true })
  const { StackSummaries = [] } = await new CloudFormation(world.aws.client).listStacks({})
  expect(StackSummaries.find(({ StackName }) => StackName === 'demo-dev')?.StackStatus).toBe('ROLLBACK_COMPLETE')
  expect(await why(flags, world.context)).toMatchObject({
    why: { run: null, cause, afterwards: ['demo-dev is ROLLBACK_COMPLETE'] },
  })
})
