import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EC2 } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { awsPace } from '../../src/aws/poller.ts'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { push } from '../../src/commands/push.ts'
import { watch } from '../../src/commands/watch.ts'
import { why } from '../../src/commands/why.ts'
import { UserError } from '../../src/errors.ts'
import type { Evidence } from '../../src/plan/run.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { updating, webFiles, webManifest } from '../support/deployed.ts'
import { sharedTime } from '../support/shared-time.ts'

const GPU = `
app: demo
services:
  model: { image: { build: ., port: 8501 }, compute: gpu, instances: [g6.xlarge, g5.xlarge] }
`
const Dockerfile = 'FROM scratch\n'

/** The newest run with its evidence. */
async function newest({ context, folder }: TestWorld) {
  const [run] = await context.runs.list(folder)
  return { run, evidence: await context.runs.evidence(folder, run?.id ?? '') }
}
const of = <Kind extends Evidence['kind']>(kind: Kind, evidence: readonly Evidence[]) =>
  evidence.filter((one): one is Evidence & { kind: Kind } => one.kind === kind)

test('every deploy, push and destroy leaves its record', async () => {
  const world = await testWorld({ files: webFiles })
  const { context, folder } = world
  const pushed = await push(flags, context)
  const deployed = await deploy(flags, context)
  const { evidence } = await newest(world)
  await destroy(flags, context)
  const about = { app: 'demo', environment: 'dev', region: 'us-east-1', local: true, who: 'tester@here' }
  const done = { ...about, outcome: 'done', exitCode: 0, began: expect.any(String), ended: expect.any(String) }
  expect(await context.runs.list(folder)).toEqual(
    expect.arrayContaining([
      { ...done, id: expect.any(String), command: 'push', result: pushed },
      { ...done, id: expect.any(String), command: 'deploy', result: deployed },
      { ...done, id: expect.any(String), command: 'destroy', result: expect.objectContaining({ changed: true }) },
    ]),
  )
  const created = of('resource', evidence).filter(({ status }) => status === 'CREATE_COMPLETE')
  expect(created.map(({ stack, resource }) => `${stack} ${resource}`)).toEqual(
    expect.arrayContaining(['demo-dev Cluster', 'demo-dev-web TaskService']),
  )
})

test.each(['cancelled', 'interrupted'] as const)(
  'a question that is answered by no or by Ctrl-C leaves nothing: %s',
  async (outcome) => {
    const confirm = async () => {
      if (outcome === 'cancelled') return false
      throw new UserError('interrupted', 'Stopped at the question; nothing was changed')
    }
    const { context, folder } = await testWorld({ files: webFiles, ask: { confirm } })
    await expect(deploy({ ...flags, yes: false }, context)).rejects.toMatchObject({ outcome })
    expect(await context.runs.list(folder)).toEqual([])
  },
)

test('what stands in the way from the beginning is known to why', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': GPU, Dockerfile } })
  world.aws.emulator.world.faults.add({ kind: 'quota', limit: 0 })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'preflight' })
  expect((await newest(world)).run).toMatchObject({ command: 'deploy', outcome: 'preflight', exitCode: 3 })
  expect(await why(flags, world.context)).toMatchObject({
    why: { cause: expect.stringMatching(/nothing was changed$/) },
  })
})

test('who follows somebody else’s work knows why it failed, too', async () => {
  const world = await updating()
  const { context, red, aws } = world
  aws.emulator.world.faults.add({ kind: 'fail', type: 'AWS::ECS::Service', action: 'update', message: 'not today' })
  await expect(watch(flags, context)).rejects.toMatchObject({ outcome: 'rolled-back' })
  await expect(red).rejects.toMatchObject({ outcome: 'rolled-back' })
  const followed = (await context.runs.list(world.folder)).find(({ command }) => command === 'watch')
  expect(followed).toMatchObject({ outcome: 'rolled-back', exitCode: 4 })
  expect(await why({ ...flags, run: followed?.id ?? '' }, context)).toMatchObject({
    why: { cause: expect.stringContaining('not today') },
  })
})

test('keeps what was seen of containers that end: tasks, their lines, and the verdict', async () => {
  const world = await testWorld({
    files: webFiles,
    behave: () => {
      world.pace(20)
      return { exitCode: 3, lines: ['starting', 'DB_PASSWORD=hunter2 is wrong'] }
    },
  })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'failed' })
  const { run, evidence } = await newest(world)
  expect(run).toMatchObject({
    command: 'deploy',
    outcome: 'failed',
    exitCode: 1,
    error: { message: expect.stringMatching(/^web did not stay up: .*code 3/), problems: [] },
  })
  const [task] = of('task', evidence)
  expect(task).toMatchObject({
    service: 'web',
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    containers: [{ name: 'web', exitCode: 3 }],
  })
  expect(of('lines', evidence)[0]).toMatchObject({ lines: ['starting', 'DB_PASSWORD=[removed] is wrong'] })
  expect(of('verdict', evidence)).toMatchObject([{ service: 'web', cause: expect.stringContaining('code 3') }])
  expect(of('event', evidence).map(({ text }) => text)).toContainEqual(expect.stringContaining('has started 1 tasks'))
})

test('shows why targets are unhealthy while it waits, and keeps it', async () => {
  const patient = webManifest().replace('5s', '60s')
  const world = await testWorld({
    files: { 'img2vid.yaml': patient, Dockerfile },
    behave: () => {
      world.pace(120)
      return { answer: () => 503 }
    },
  })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    message: expect.stringMatching(/^web did not become healthy: GET \/health on port 8080 answered 503/),
  })
  const { evidence } = await newest(world)
  expect(of('target', evidence)).toContainEqual(
    expect.objectContaining({ state: 'unhealthy', reason: 'Health checks failed with these codes: [503]' }),
  )
  expect(world.shown).toContainEqual({
    type: 'lane',
    lane: 'demo-dev-web',
    state: 'running',
    text: '1 of 1 tasks running, unhealthy: Health checks failed with these codes: [503]',
  })
})

test('gives up when there is no instance of any listed type, with exit code 7 and what AWS said', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': GPU, Dockerfile }, speed: 3_000 })
  world.aws.emulator.world.faults.add({ kind: 'no-capacity' })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    outcome: 'capacity',
    message: expect.stringMatching(
      /^model has no instance to run on: \d+ launches of g6\.xlarge, g5\.xlarge in us-east-1a, us-east-1b failed: We currently do not have sufficient g5\.xlarge capacity/,
    ),
    hint: 'name other types with --instance-type, or another --region; then img2vid deploy --yes; img2vid why tells more',
  })
  const { run, evidence } = await newest(world)
  expect([run?.outcome, run?.exitCode]).toEqual(['capacity', 7])
  expect(new Set(of('launch', evidence).map(({ zone }) => zone))).toEqual(new Set(['us-east-1a', 'us-east-1b']))
  expect(world.shown).toContainEqual(
    expect.objectContaining({
      lane: 'demo-dev',
      text: expect.stringMatching(/^no instance in us-east-1[ab]: We currently do not have/),
    }),
  )
  const stack = await new CloudFormation(world.aws.client).describeStacks({ StackName: 'demo-dev' }).catch(String)
  expect(stack).toContain('does not exist')
})

test('goes on when an instance of another type can be had', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': GPU, Dockerfile } })
  world.aws.emulator.world.faults.add({ kind: 'no-capacity', instanceType: 'g6.xlarge' })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: true })
})

test('a quota of 0 is told at once, with the command that asks for more', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': GPU, Dockerfile }, speed: 3_000 })
  world.aws.emulator.world.faults.add({ kind: 'quota', limit: 0 })
  await expect(deploy({ ...flags, skipChecks: true }, world.context)).rejects.toMatchObject({
    outcome: 'capacity',
    message: expect.stringMatching(
      /^model has no instance to run on: the quota L-DB2E81BA of us-east-1 allows 0 vCPUs/,
    ),
    hint: expect.stringContaining('--quota-code L-DB2E81BA --desired-value 4 --region us-east-1; then'),
  })
})

test('gives up a service that waits for an instance that was lost', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': GPU, Dockerfile } })
  const { aws, context } = world
  await deploy(flags, context)
  const cloudformation = new CloudFormation(aws.client)
  await cloudformation.deleteStack({ StackName: 'demo-dev-model' })
  await aws.eventually(() =>
    cloudformation.describeStacks({ StackName: 'demo-dev-model' }).then(
      () => false,
      () => true,
    ),
  )
  aws.emulator.world.faults.add({ kind: 'no-capacity' })
  const { ec2 } = aws.emulator.world.region('us-east-1')
  await new EC2(aws.client).terminateInstances({ InstanceIds: Object.keys(ec2.instances) })

  world.pace(3_000)
  await expect(deploy(flags, context)).rejects.toMatchObject({
    outcome: 'capacity',
    message: expect.stringMatching(
      /^model has no instance to run on: \d+ launches .*\n {2}nothing of the service is left/s,
    ),
  })
  expect(world.shown).toContainEqual(
    expect.objectContaining({
      lane: 'demo-dev-model',
      text: expect.stringMatching(/^0 of 1 tasks running, no instance in us-east-1[ab]: We currently do not have/),
    }),
  )
})

test('gives up a service whose query none of its instances meets, and says so meanwhile', async () => {
  const query = GPU.replace('] }', "], placement: { constraints: ['attribute:colour == blue'] } }")
  const world = await testWorld({ files: { 'img2vid.yaml': query, Dockerfile }, time: sharedTime({ pace: awsPace }) })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    outcome: 'failed',
    message: expect.stringMatching(
      /^model has no instance to run on: MemberOf placement constraint unsatisfied\n {2}nothing of the service is left/,
    ),
    hint: expect.stringContaining('correct placement.constraints'),
  })
  expect(world.shown).toContainEqual(
    expect.objectContaining({
      lane: 'demo-dev-model',
      text: '0 of 1 tasks running, MemberOf placement constraint unsatisfied',
    }),
  )
})

test('tells why an update found no instance, although the old tasks have theirs again', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': GPU, Dockerfile }, time: sharedTime({ pace: awsPace }) })
  await deploy(flags, world.context)
  world.write({
    'img2vid.yaml': GPU.replace(
      '] }',
      "], variables: { A: b }, placement: { constraints: ['attribute:colour == blue'] } }",
    ),
  })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    outcome: 'rolled-back',
    message: expect.stringMatching(
      /^model has no instance to run on: MemberOf placement constraint unsatisfied\n {2}AWS went back to/,
    ),
    hint: expect.stringContaining('correct placement.constraints'),
  })
})

test('tells of all services that failed, the first one first, as why does', async () => {
  const services = `
app: demo
services:
  web: { image: { location: 'nginx:1' }, stop_timeout: 1 }
  api: { image: { location: 'httpd:2' }, stop_timeout: 1 }
`
  const world = await testWorld({
    files: { 'img2vid.yaml': services },
    behave: ({ image }) => ({ exitCode: image === 'nginx:1' ? 3 : 4 }),
  })
  const error = await deploy(flags, world.context).catch((thrown) => thrown)
  const first = /^(web|api)/.exec(error.message)?.[0]
  const [other, code] = first === 'web' ? ['api', 4] : ['web', 3]
  expect(error).toMatchObject({
    outcome: 'failed',
    problems: [
      {
        message: expect.stringMatching(`^${other} did not stay up: its container exited with code ${code}, `),
        hint: expect.stringContaining('; then img2vid deploy'),
      },
    ],
  })
  const [verdict] = of('verdict', (await newest(world)).evidence)
  expect(verdict?.service).toBe(first)
})
