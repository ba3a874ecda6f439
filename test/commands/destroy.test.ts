import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'
import { updating, webFiles, webManifest } from '../support/deployed.ts'

const bob = { who: () => 'bob@there' }
const namesOf = async (client: CloudFormation) =>
  ((await client.describeStacks({})).Stacks ?? []).map(({ StackName }) => StackName).sort()
const isDone = async (client: CloudFormation, StackName: string) =>
  (await client.describeStacks({ StackName })).Stacks?.[0]?.StackStatus === 'CREATE_COMPLETE'

test('a stack that is being updated is not destroyed, and that is said', async () => {
  const { context, red } = await updating()
  await expect(destroy(flags, { ...context, ...bob })).rejects.toMatchObject({
    outcome: 'busy',
    message: expect.stringMatching(/^demo-dev-web is busy: UPDATE_IN_PROGRESS, which tester-here began at .* UTC/),
    hint: 'img2vid watch follows it; img2vid destroy --wait waits for its end, --cancel gives it up',
  })
  expect((await status(flags, context)).environments.dev?.services.web).toMatchObject({ desired: 1, running: 1 })
  await red
})

test('destroy can wait for the end of somebody’s update', async () => {
  const { context, red, aws } = await updating()
  const gone = await destroy({ ...flags, wait: true }, { ...context, ...bob })
  expect(gone).toMatchObject({ changed: true, stacks: ['demo-dev-web', 'demo-dev'] })
  await expect(
    red.then(
      () => ({ outcome: 'done' }),
      (error) => error,
    ),
  ).resolves.toMatchObject({ outcome: expect.stringMatching(/^(done|busy)$/) })
  expect(await namesOf(new CloudFormation(aws.client))).toEqual(['demo'])
})

test('destroy can give up somebody’s update', async () => {
  const { context, red, aws } = await updating()
  await destroy({ ...flags, cancel: true }, { ...context, ...bob })
  await expect(red).rejects.toMatchObject({ message: expect.stringContaining('demo-dev-web') })
  expect(await namesOf(new CloudFormation(aws.client))).toEqual(['demo'])
})

test('destroy takes the task definitions along that a failed first deployment left', async () => {
  const { context, aws } = await testWorld({ files: webFiles, behave: () => ({ exitCode: 1 }) })
  await expect(deploy(flags, context)).rejects.toMatchObject({ outcome: 'failed' })
  expect(await destroy(flags, context)).toMatchObject({ revisions: 1 })
  const { taskDefinitionArns } = await new ECS(aws.client).listTaskDefinitions({ status: 'INACTIVE' })
  expect(taskDefinitionArns).toEqual([])
})

test('destroy finds what failed of a service that the manifest no longer has, and nothing of others', async () => {
  const two = `${webManifest()}  late: { image: { location: 'example.org/late@sha256:${'1'.repeat(64)}' } }\n`
  const { context, aws, write } = await testWorld({ files: { ...webFiles, 'img2vid.yaml': two } })
  aws.emulator.world.faults.add({ kind: 'fail', stack: 'demo-dev-late', type: 'AWS::ECS::Service', action: 'create' })
  await expect(deploy(flags, context)).rejects.toMatchObject({ outcome: 'failed' })
  const client = new CloudFormation(aws.client)
  const TemplateBody = JSON.stringify({
    Resources: { Bucket: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
    Outputs: { Cluster: { Value: { 'Fn::ImportValue': 'demo-dev-Cluster' } } },
  })
  await client.createStack({ StackName: 'demo-dev-notes', TemplateBody })
  await aws.eventually(() => isDone(client, 'demo-dev-notes'))

  write({ 'img2vid.yaml': webManifest() })
  await expect(destroy(flags, context)).rejects.toMatchObject({
    outcome: 'failed',
    message: expect.stringMatching(/demo-dev-Cluster.* demo-dev-notes/),
  })
  expect(await namesOf(client)).toEqual(['demo', 'demo-dev', 'demo-dev-notes'])
  expect(await deploy(flags, context)).toMatchObject({ services: { web: { changed: true } } })
  await client.deleteStack({ StackName: 'demo-dev-notes' })
  await destroy(flags, context)
  expect(await namesOf(client)).toEqual(['demo'])
})

test('a delete that AWS does not allow says that the tasks are stopped already, and a deploy starts them again', async () => {
  const { context, aws, shown } = await testWorld({ files: webFiles })
  await deploy(flags, context)
  aws.emulator.world.faults.add({ kind: 'denied', operation: 'DeleteStack' })
  await expect(destroy(flags, context)).rejects.toMatchObject({
    outcome: 'preflight',
    message: expect.stringMatching(
      /^AWS does not allow it: .*\n {4}the tasks of demo-dev-web had been stopped before$/,
    ),
    hint: expect.stringMatching(/; img2vid deploy starts the tasks again$/),
  })
  expect(shown.findLast((one) => one.type === 'lane' && one.lane === 'demo-dev-web')).toMatchObject({ state: 'failed' })
  await deploy(flags, context)
  expect((await status(flags, context)).environments.dev?.services.web).toMatchObject({ running: 1, healthy: 1 })
})
