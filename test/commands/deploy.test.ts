import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { deploy, presentDeploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'

const MANIFEST = `
app: demo
services:
  web:
    image: { build: ., port: 8080 }
    http: { path: /, healthcheck: { path: /health, grace_period: 5s } }
`
const files = { 'img2vid.yaml': MANIFEST, Dockerfile: 'FROM scratch\n' }

test('deploys, finds nothing to do, follows a change, and goes away without a trace', async () => {
  const { context, write, aws } = await testWorld({ files })

  const first = await deploy(flags, context)
  const { web } = first.services
  expect(first).toMatchObject({
    app: 'demo',
    environment: 'dev',
    region: 'us-east-1',
    changed: true,
    local: true,
    tasks: 'simulated',
  })
  expect(web).toMatchObject({
    changed: true,
    taskDefinition: expect.stringMatching(/task-definition\/demo-dev-web:1$/),
  })
  expect(web?.image).toMatch(/\/demo\/web@sha256:[0-9a-f]{64}$/)
  expect(await (await fetch(web?.url ?? '')).text()).toContain('simulated task')

  expect(await deploy(flags, context)).toMatchObject({ changed: false, services: { web: { ...web, changed: false } } })

  write({ Dockerfile: 'FROM scratch\nENV COLOUR=green\n' })
  const changed = await deploy(flags, context)
  expect(changed.services.web).toMatchObject({
    changed: true,
    url: web?.url,
    taskDefinition: expect.stringMatching(/:2$/),
  })
  expect(changed.services.web?.image).not.toBe(web?.image)

  expect((await status(flags, context)).environments.dev).toMatchObject({
    state: 'CREATE_COMPLETE',
    services: {
      web: {
        desired: 1,
        running: 1,
        healthy: 1,
        url: web?.url,
        image: changed.services.web?.image,
        deployment: { state: 'COMPLETED' },
        troubles: [],
      },
    },
  })

  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({
    changed: true,
    stacks: ['demo-dev-web', 'demo-dev', 'demo'],
    images: 2,
    revisions: 2,
    left: [],
  })
  expect(await destroy(flags, context)).toMatchObject({ changed: false, stacks: [], left: [] })
  const { iam, regions } = aws.emulator.world.state
  const { ecs, ecr, elb, logs, ec2, autoscaling } = regions['us-east-1'] ?? ({} as never)
  expect({
    roles: Object.keys(iam.roles),
    repositories: Object.keys(ecr.repositories),
    loadBalancers: Object.keys(elb.loadBalancers),
    logGroups: Object.keys(logs.groups),
    definitions: Object.keys(ecs.taskDefinitions),
    running: Object.values(ecs.tasks).filter(({ lastStatus }) => lastStatus !== 'STOPPED'),
    networks: Object.values(ec2.vpcs).filter(({ IsDefault }) => !IsDefault),
    groups: Object.keys(autoscaling.groups),
  }).toEqual({
    roles: [],
    repositories: [],
    loadBalancers: [],
    logGroups: [],
    definitions: [],
    running: [],
    networks: [],
    groups: [],
  })
})

test('says in the plan what it will do, and does nothing when the answer is no', async () => {
  const asked: string[] = []
  const { context, shown, aws } = await testWorld({
    files,
    ask: {
      confirm: async ({ message }) => {
        asked.push(message)
        return false
      },
    },
  })
  await expect(deploy({ ...flags, yes: false }, context)).rejects.toMatchObject({ outcome: 'cancelled' })
  expect(asked).toEqual(['Deploy it?'])
  expect(shown).toEqual([
    {
      type: 'note',
      text: [
        'Plan for demo / dev on the embedded AWS (account 000000000000, us-east-1)',
        '',
        '  stack         action  what',
        '  demo          create  1 image repository',
        '  demo-dev      create  network in 2 zones, load balancer, cluster',
        '  demo-dev-web  create  1 task: 0.25 vCPU, 0.5 GB, port 8080',
      ].join('\n'),
    },
  ])
  expect((await new CloudFormation(aws.client).listStacks({})).StackSummaries).toEqual([])
})

test('explains a container that ends, with its last lines, and leaves nothing of a first deployment', async () => {
  const { context, aws, pace } = await testWorld({
    files,
    behave: () => {
      // Slow enough to be watched: ECS gives up after three exits, and AWS forgets what was logged.
      pace(20)
      return { exitCode: 1, lines: ['Traceback (most recent call last):', 'OSError: HF_TOKEN is not set'] }
    },
  })
  const failure = await deploy(flags, context).catch((error: unknown) => error)
  expect(failure).toMatchObject({ outcome: 'failed' })
  expect(String((failure as Error).message).replace(/task [0-9a-f]{8}/, 'task 01234567')).toBe(
    [
      'web did not stay up: its container exited with code 1, twice',
      '  last lines of web (task 01234567)',
      '    Traceback (most recent call last):',
      '    OSError: HF_TOKEN is not set',
      '  nothing of the service is left: it was its first deployment',
    ].join('\n'),
  )
  const { StackSummaries = [] } = await new CloudFormation(aws.client).listStacks({})
  expect(StackSummaries.map(({ StackName, StackStatus }) => [StackName, StackStatus]).sort()).toEqual([
    ['demo', 'CREATE_COMPLETE'],
    ['demo-dev', 'CREATE_COMPLETE'],
    ['demo-dev-web', 'DELETE_COMPLETE'],
  ])
})

test('goes back to what served when a new image never becomes healthy', async () => {
  let broken = false
  const { context, write } = await testWorld({ files, behave: () => (broken ? { answer: () => 404 } : {}) })
  const before = await deploy(flags, context)
  broken = true
  write({ Dockerfile: 'FROM scratch\nENV COLOUR=red\n' })
  await expect(deploy(flags, context)).rejects.toMatchObject({
    outcome: 'rolled-back',
    message: expect.stringMatching(
      /^web did not become healthy: GET \/health on port 8080 answered 404[\s\S]*which still serves$/,
    ),
  })
  const { web } = (await status(flags, context)).environments.dev?.services ?? {}
  expect(web).toMatchObject({
    state: 'UPDATE_ROLLBACK_COMPLETE',
    running: 1,
    healthy: 1,
    image: before.services.web?.image,
  })
})

test('creates a service anew whose first create had failed for good', async () => {
  const { context, aws, write } = await testWorld({ files })
  const cloudformation = new CloudFormation(aws.client)
  const broken = { Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 2 } } } }
  await cloudformation.createStack({ StackName: 'demo-dev-web', TemplateBody: JSON.stringify(broken) })
  await aws.eventually(async () => {
    const { Stacks: [stack] = [] } = await cloudformation.describeStacks({ StackName: 'demo-dev-web' })
    return stack?.StackStatus === 'ROLLBACK_COMPLETE'
  })
  write(files)
  expect(await deploy(flags, context)).toMatchObject({ changed: true, services: { web: { changed: true } } })
})

test('runs a Fargate service and a GPU service side by side', async () => {
  const manifest = `
app: demo
services:
  web: { image: { build: ., port: 8080 } }
  model: { image: { build: ., port: 8501 }, compute: gpu, http: { path: /model } }
`
  const { context } = await testWorld({ files: { ...files, 'img2vid.yaml': manifest } })
  const { services, notes } = await deploy(flags, context)
  expect([services.web?.url, services.model?.url].map((url) => url?.replace(/:\d+/, ''))).toEqual([
    'http://127.0.0.1',
    'http://127.0.0.1/model',
  ])
  expect(notes).toEqual([expect.stringContaining('minimum 0 %, maximum 100 %')])
  expect((await status(flags, context)).environments.dev?.instances).toMatchObject([
    { type: 'g6.xlarge', gpus: 1, tasks: 1, status: 'ACTIVE' },
  ])
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ left: [], revisions: 2 })
})

test('names everything that is missing at once where nobody can be asked', async () => {
  const { context } = await testWorld()
  await expect(deploy({ ...flags, yes: false }, context)).rejects.toMatchObject({
    outcome: 'usage',
    problems: [
      { path: '--yes', message: 'is missing' },
      { path: '--dockerfile FILE or --image URI', message: 'is missing' },
      { path: '--port PORT (0 for none)', message: 'is missing' },
    ],
  })
})

test('what took its time once says how long it is expected to take', async () => {
  const { context, write, shown } = await testWorld({ files })
  await deploy(flags, context)
  write({ Dockerfile: 'FROM scratch\nENV COLOUR=red\n' })
  await deploy(flags, context)
  const expectations = () =>
    shown.flatMap((one) => (one.type === 'lane' && one.text === 'updating' ? [one.expected] : []))
  expect(expectations()).toEqual([undefined])
  write({ Dockerfile: 'FROM scratch\nENV COLOUR=green\n' })
  await deploy(flags, context)
  expect(expectations()).toEqual([undefined, expect.any(Number)])
})

test('writes the timeline of a deploy, and says what took longest', async () => {
  const { context, folder } = await testWorld({ files, speed: 60 * 50 })
  await expect(deploy({ ...flags, trace: 'nowhere/trace.json' }, context)).rejects.toMatchObject({
    outcome: 'usage',
    problems: [{ path: '--trace', message: 'cannot be written' }],
  })
  expect(await status(flags, context)).toMatchObject({ environments: { dev: { state: 'absent' } } })
  const deployed = await deploy({ ...flags, trace: 'trace.json' }, context)
  expect(deployed.took.length).toBeGreaterThan(0)
  expect(presentDeploy(deployed)).toMatch(/\n {2}longest: \S+ \S+ \d+s/)
  const { traceEvents } = JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8'))
  const names = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X').map(({ name }: { name: string }) => name)
  expect(names).toEqual(expect.arrayContaining(['LoadBalancer', 'TaskService', 'creating']))
})

test('express does not wait for what becomes ready by itself, and is believed only when the tasks serve', async () => {
  const { context, write, aws, shown } = await testWorld({ files, speed: 1_000 })
  const express = { ...flags, express: true }
  expect((await deploy(express, context)).services.web).toMatchObject({ url: expect.any(String) })
  expect((await status(flags, context)).environments.dev?.services.web).toMatchObject({ running: 1, healthy: 1 })
  expect(shown).toContainEqual({ type: 'note', text: expect.stringMatching(/^express: CloudFormation does not wait/) })
  write({ Dockerfile: 'FROM scratch\nENV COLOUR=red\n' })
  aws.emulator.world.faults.add({ kind: 'exit', code: 3 })
  await expect(deploy(express, context)).rejects.toMatchObject({
    outcome: expect.stringMatching(/^(rolled-back|failed)$/),
  })
  // CloudFormation is content with what never became ready.
  const { Stacks: [stack] = [] } = await new CloudFormation(aws.client).describeStacks({ StackName: 'demo-dev-web' })
  expect(stack?.StackStatus).toBe('UPDATE_COMPLETE')
})

test('a first deployment that takes too long says so when AWS gives it up', async () => {
  const manifest =
    "app: demo\nservices:\n  web: { image: { location: 'nginx:1', port: 80 }, http: { healthcheck: { grace_period: 9h, interval: 5m } } }\n"
  const { context } = await testWorld({ files: { 'img2vid.yaml': manifest }, behave: () => ({ answer: () => 404 }) })
  await expect(deploy(flags, context)).rejects.toMatchObject({
    outcome: 'failed',
    message:
      'demo-dev-web failed: ROLLBACK_COMPLETE\n    Stack creation time exceeded the specified timeout. Rollback requested by user.',
  })
})
