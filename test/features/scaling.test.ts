import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { ECS } from '@aws-sdk/client-ecs'
import { SQS } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { presentScale, scale } from '../../src/commands/scale.ts'
import { presentStatus, status } from '../../src/commands/status.ts'
import { UserError } from '../../src/errors.ts'
import { awsCommandLine } from '../support/aws-cli.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { sharedTime } from '../support/shared-time.ts'

const manifest = (version = 1) => `
app: demo
services:
  web:
    image: { location: 'nginx:${version}', port: 80 }
    count: { range: 1-4, requests: 10, cooldown: { out: 1m } }
  model:
    image: { location: 'example/model:${version}', port: 8000 }
    http: { path: /model }
    compute: gpu
    count: { range: 0-1, idle: 30m }
`

const MINUTE = 60_000

/** Waits in the embedded AWS's own time, which passes while somebody waits for it. */
function started(text = manifest()) {
  const time = sharedTime({ speed: 1 })
  return testWorld({ files: { 'img2vid.yaml': text }, time }).then((world) => ({
    ...world,
    time,
    ...looks(world),
  }))
}

function looks({ aws }: TestWorld) {
  const ecs = new ECS(aws.client)
  const desired = async () => {
    const cluster = (await ecs.listClusters({})).clusterArns?.[0] ?? ''
    const services = (await ecs.listServices({ cluster })).serviceArns ?? []
    const described = (await ecs.describeServices({ cluster, services })).services ?? []
    return Object.fromEntries(
      described.map(({ serviceName = '', desiredCount, runningCount }) => [
        serviceName.split('-')[2] ?? '',
        [desiredCount, runningCount],
      ]),
    )
  }
  const instances = () =>
    Object.values(aws.emulator.world.region('us-east-1').ec2.instances).filter(({ State }) => State.Name === 'running')
      .length
  return { desired, instances }
}

test('requests bring tasks, idleness takes the GPU away, a request brings it back, and a deployment undoes nothing', {
  timeout: 240_000,
}, async () => {
  const world = await started()
  const { context, time, desired, instances } = world
  const { services } = await deploy(flags, context)
  expect(world.shown.filter(({ type }) => type === 'note')).toContainEqual({
    type: 'note',
    text: 'model: it sleeps when nobody asks for it; who asks then sees 503 from the load balancer until a task is up again',
  })
  const seen: unknown[] = [['deployed', await desired(), instances()]]
  const ask = async (name: string) => (await fetch(services[name]?.url ?? '')).status

  for (let minute = 0; minute < 6; minute++) {
    for (let index = 0; index < 40; index++) await ask('web')
    await time.command.sleep(MINUTE)
  }
  seen.push(['busy', await desired()])
  const tasks = async () =>
    presentStatus(await status(flags, context))
      .split('\n')
      .flatMap((line) => /^ *dev +(\w+) +(\S+ of \S+)/.exec(line)?.slice(1).join(' ') ?? [])
  seen.push(await tasks())

  world.write({ 'img2vid.yaml': manifest(2) })
  await deploy(flags, context)
  seen.push(['deployed again', await desired()])

  await time.command.sleep(40 * MINUTE)
  seen.push(['idle', await desired(), instances()], await tasks())
  // As a destroy leaves it that was given up halfway.
  const group = () => Object.values(world.aws.emulator.world.region('us-east-1').autoscaling.groups)[0]
  Object.assign(group() ?? {}, { MaxSize: 0 })
  await deploy(flags, context)
  seen.push(['deployed asleep', await desired(), group()?.MinSize, group()?.MaxSize])

  seen.push(['asked', await ask('model')])
  await time.command.sleep(10 * MINUTE)
  seen.push(['awake', await desired(), instances(), await ask('model')])
  expect(seen).toEqual([
    ['deployed', { web: [1, 1], model: [1, 1] }, 1],
    ['busy', { web: [4, 4], model: [1, 1] }],
    ['web 4/4 of 1-4', 'model 1/1 of 0-1'],
    ['deployed again', { web: [4, 4], model: [1, 1] }],
    ['idle', { web: [1, 1], model: [0, 0] }, 0],
    ['web 1/1 of 1-4', 'model 0/0 of 0-1'],
    ['deployed asleep', { web: [1, 1], model: [0, 0] }, 0, 1],
    ['asked', 503],
    ['awake', { web: [1, 1], model: [1, 1] }, 1, 200],
  ])

  const aws = await awsCommandLine({ endpoint: world.aws.endpoint, folder: world.folder })
  if (!aws) return
  const typed = async (command: string) => JSON.parse(await aws(command)) as unknown
  const targets = await typed(
    'application-autoscaling describe-scalable-targets --service-namespace ecs --query ScalableTargets[].[MinCapacity,MaxCapacity]',
  )
  const alarms = await typed(
    'cloudwatch describe-alarms --alarm-name-prefix demo-dev-model --query MetricAlarms[].[AlarmDescription,StateValue]',
  )
  const activities = await typed(
    'application-autoscaling describe-scaling-activities --service-namespace ecs --query ScalingActivities[].Description',
  )
  expect({ targets, alarms, activities }).toEqual({
    targets: [
      [1, 4],
      [0, 1],
    ],
    alarms: [
      ['No work for 30 minutes while a task was running', 'OK'],
      ['A request found no task', 'OK'],
    ],
    activities: [
      'Setting desired count to 1.',
      'Setting desired count to 0.',
      'Setting desired count to 1.',
      'Setting desired count to 4.',
    ],
  })
})

test('where traffic has moved to the other target group, its requests bring tasks too and keep them awake', {
  timeout: 240_000,
}, async () => {
  const shifting = (version: number) => `
app: demo
services:
  web:
    image: { location: 'nginx:${version}', port: 80 }
    deployment: { strategy: blue_green, bake_time: 0 }
    count: { range: 0-4, requests: 10, response_time: 2s, idle: 5m }
`
  const world = await started(shifting(1))
  await deploy(flags, world.context)
  world.write({ 'img2vid.yaml': shifting(2) })
  const { services } = await deploy(flags, world.context)
  const ask = async () => (await fetch(services.web?.url ?? '')).status
  const seen: unknown[] = []
  for (let minute = 0; minute < 6; minute++) {
    for (let index = 0; index < 40; index++) await ask()
    await world.time.command.sleep(MINUTE)
  }
  seen.push(await world.desired())
  await world.time.command.sleep(10 * MINUTE)
  seen.push(await world.desired(), await ask())
  expect(seen).toEqual([{ web: [4, 4] }, { web: [0, 0] }, 503])
})

test('by hand a service has as many tasks as its range allows, or as there are instances for, until it is deployed again', async () => {
  const world = await testWorld({
    files: { 'img2vid.yaml': `${manifest()}  fixed: { image: { location: 'nginx:1' }, count: 1 }\n` },
  })
  await deploy(flags, world.context)
  const { desired } = looks(world)
  const told = async (name: string, tasks: number) => {
    try {
      return presentScale(await scale({ ...flags, name, tasks }, world.context)).split('\n')[0]
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return `${error.outcome}: ${error.message}; ${error.hint}`
    }
  }
  const said = [
    await told('web', 3),
    await told('web', 5),
    await told('model', 0),
    await told('model', 2),
    await told('fixed', 2),
    await told('fixed', 2),
    await told('api', 1),
  ]
  const counts = Object.fromEntries(Object.entries(await desired()).map(([name, [count]]) => [name, count]))
  expect({ said, counts }).toEqual({
    said: [
      'web: 1 -> 3 tasks, until what scales it between 1 and 4 says otherwise',
      'usage: web has from 1 to 4 tasks; change count.range in img2vid.yaml and deploy',
      'model: 1 -> 0 tasks, until what scales it between 0 and 1 says otherwise',
      'usage: model has from 0 to 1 tasks; change count.range in img2vid.yaml and deploy',
      'fixed: 1 -> 2 tasks, until the next deployment, which brings it back to 1',
      'fixed has 2 tasks already',
      'usage: There is no service api; there is web, model or fixed',
    ],
    counts: { web: 3, model: 0, fixed: 2 },
  })
})

test('a version that takes too much of its processors goes back by the alarm that was made with it', {
  timeout: 240_000,
}, async () => {
  const text = (version: number) => `
app: demo
services:
  web:
    image: { location: 'nginx:${version}', port: 80 }
    deployment: { rollback_alarms: { cpu_utilization: 90 } }
`
  const world = await testWorld({
    files: { 'img2vid.yaml': text(1) },
    time: sharedTime({ speed: 1 }),
    behave: ({ image }) => (image.includes(':2') ? { usage: () => ({ cpuUnits: 250, memoryMiB: 100 }) } : {}),
  })
  const { services } = await deploy(flags, world.context)
  world.write({ 'img2vid.yaml': text(2) })
  const failure = await deploy(flags, world.context).catch((error: unknown) => error)
  const after = await status(flags, world.context)
  const { state, taskDefinition, desired, healthy } = after.environments.dev?.services.web ?? {}
  const [words] = failure instanceof UserError ? failure.message.split('\n') : []
  const waits = world.shown.some(
    (one) => one.type === 'lane' && one.text === '1 of 1 tasks running, ECS watches the alarms',
  )
  expect([words, waits, state, taskDefinition, desired, healthy]).toEqual([
    'ECS took the deployment of web back: alarm detected',
    true,
    'UPDATE_ROLLBACK_COMPLETE',
    services.web?.taskDefinition,
    1,
    1,
  ])
})

test('a worker comes when messages wait, is as many as they need, and goes when there are none; with a fixed number it stays', {
  timeout: 240_000,
}, async () => {
  const text = (count: string) => `
app: demo
services:
  worker:
    image: { location: 'worker:1' }
    count: ${count}
`
  const time = sharedTime({ speed: 1 })
  const world = await testWorld({
    files: {
      'img2vid.yaml': text(
        '{ range: 0-5, queue_delay: { queue: videos, acceptable_latency: 10m, msg_processing_time: 2m }, idle: 5m, timezone: Asia/Tokyo, schedule: [{ when: cron(0 8 1 1 ? 2099), range: 1-5 }] }',
      ),
    },
    time,
  })
  const { desired } = looks(world)
  const sqs = new SQS(world.aws.client)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'videos' })
  await deploy(flags, world.context)
  const seen: unknown[] = [['deployed', await desired()]]
  const wait = (minutes: number) => time.command.sleep(minutes * MINUTE)

  await wait(10)
  seen.push(['nothing to do', await desired()])
  for (let index = 0; index < 20; index++) await sqs.sendMessage({ QueueUrl, MessageBody: `video ${index}` })
  await wait(10)
  seen.push(['20 messages', await desired()])
  await sqs.purgeQueue({ QueueUrl })
  await wait(30)
  seen.push(['done', await desired()])

  world.write({ 'img2vid.yaml': text('2') })
  await deploy(flags, world.context)
  const scaling = new ApplicationAutoScaling(world.aws.client)
  const { ScalableTargets } = await scaling.describeScalableTargets({ ServiceNamespace: 'ecs' })
  const { MetricAlarms } = await new CloudWatch(world.aws.client).describeAlarms({})
  const { ScheduledActions } = await scaling.describeScheduledActions({ ServiceNamespace: 'ecs' })
  seen.push(['fixed', await desired(), ScalableTargets, MetricAlarms, ScheduledActions])
  expect(seen).toEqual([
    ['deployed', { worker: [1, 1] }],
    ['nothing to do', { worker: [0, 0] }],
    // Five of two minutes each within ten: four tasks.
    ['20 messages', { worker: [4, 4] }],
    ['done', { worker: [0, 0] }],
    ['fixed', { worker: [2, 2] }, [], [], []],
  ])
})
