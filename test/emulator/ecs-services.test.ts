import type { CreateServiceCommandInput, Service } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { refusal } from '../support/cloudformation.ts'
import { startEcs, story } from '../support/ecs.ts'

const percent = (minimumHealthyPercent: number, maximumPercent: number) => ({
  deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
})

test('brings a service up, scales it and takes it away', async () => {
  const { ecs, until, describe, register, create, rolledOut } = await startEcs()
  const definition = await register('web')
  const created = await create(definition, { desiredCount: 2 })
  expect(created).toMatchObject({
    status: 'ACTIVE',
    taskDefinition: definition,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100 },
    deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS', desiredCount: 2, runningCount: 0 }],
  })
  const { deployments: [deployment] = [] } = await rolledOut('COMPLETED')
  expect(deployment).toMatchObject({
    id: created.deployments?.[0]?.id,
    rolloutStateReason: `ECS deployment ${deployment?.id} completed.`,
    runningCount: 2,
    pendingCount: 0,
    failedTasks: 0,
  })

  const steady = async (desiredCount: number) => {
    await ecs.updateService({ service: 'web', desiredCount })
    return until(async () => {
      const service = await describe()
      return service.runningCount === desiredCount && story(service).at(-1) === 'has reached a steady state.' && service
    })
  }
  await steady(3)
  const emptied = await steady(0)
  expect(emptied.deployments).toMatchObject([{ id: deployment?.id, rolloutState: 'COMPLETED' }])
  expect(story(emptied)).toEqual([
    'has started 2 tasks: (task) (task).',
    '(deployment ecs-svc) deployment completed.',
    'has reached a steady state.',
    'has started 1 tasks: (task).',
    'has reached a steady state.',
    'has stopped 3 running tasks: (task) (task) (task).',
    'has reached a steady state.',
  ])

  expect((await ecs.deleteService({ service: 'web' })).service?.status).toBe('DRAINING')
  await until(async () => (await describe()).status === 'INACTIVE')
  expect((await ecs.listServices({})).serviceArns).toEqual([])
  expect(await refusal(ecs.updateService({ service: 'web', desiredCount: 1 }))).toBe(
    'ServiceNotActiveException: Service was not ACTIVE.',
  )
  expect(await refusal(ecs.deleteService({ service: 'web' }))).toBe('ServiceNotFoundException: Service not found.')
  expect(await refusal(ecs.updateService({ service: 'api' }))).toBe('ServiceNotFoundException: Service not found.')
})

test('lets a settled service sleep until something happens to it', async () => {
  const { clock, ecs, register, create, rolledOut, tasks, until } = await startEcs()
  const wakesInAnHour = async () => {
    const before = clock.steps
    await clock.pass(3_600)
    return clock.steps - before
  }
  const definition = await register('web')
  const idle = await wakesInAnHour()
  await create(definition)
  await rolledOut('COMPLETED')
  await clock.pass(60)
  expect(await wakesInAnHour()).toBe(idle)
  const [{ taskArn: task = '' } = {}] = await tasks()
  await ecs.stopTask({ task })
  await until(async () =>
    (await tasks()).some(({ taskArn, lastStatus }) => taskArn !== task && lastStatus === 'RUNNING'),
  )
})

test('deletes a service that still runs only by force, and stops its tasks', async () => {
  const { ecs, until, describe, register, create, rolledOut, tasks } = await startEcs()
  await create(await register('web'))
  const { deployments: [deployment] = [] } = await rolledOut('COMPLETED')
  expect(await refusal(ecs.deleteService({ service: 'web' }))).toBe(
    'InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
  )
  await ecs.deleteService({ service: 'web', force: true })
  expect(await refusal(ecs.deleteCluster({ cluster: 'default' }))).toBe(
    'ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.',
  )
  await until(async () => (await describe()).status === 'INACTIVE')
  expect(await tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
    {
      lastStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: `Scaling activity initiated by (deployment ${deployment?.id})`,
    },
  ])
  await create('web')
  expect((await rolledOut('COMPLETED')).status).toBe('ACTIVE')
})

test.each([
  [2, 100, 200, 2, 4],
  [2, 50, 100, 1, 2],
  [3, 100, 150, 3, 4],
  [3, 50, 100, 2, 3],
  [3, 0, 100, 0, 3],
])('updates %i tasks within %i and %i percent', async (desiredCount, minimum, maximum, fewest, most) => {
  const { ecs, until, describe, register, create, rolledOut, tasks } = await startEcs()
  await create(await register('v1'), { desiredCount, ...percent(minimum, maximum) })
  await rolledOut('COMPLETED')
  const taskDefinition = await register('v2')
  await ecs.updateService({ service: 'web', taskDefinition })
  const seen = { running: [] as number[], wanted: [] as number[] }
  const service = await until(async () => {
    const now = await tasks()
    seen.running.push(now.filter(({ lastStatus }) => lastStatus === 'RUNNING').length)
    seen.wanted.push(now.length)
    const described = await describe()
    return described.deployments?.[0]?.rolloutState === 'COMPLETED' && described
  })
  expect([Math.min(...seen.running), Math.max(...seen.wanted)]).toEqual([fewest, most])
  expect(service.deployments).toMatchObject([{ taskDefinition, status: 'PRIMARY', runningCount: desiredCount }])
  expect((await tasks()).map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual(
    Array.from({ length: desiredCount }, () => taskDefinition),
  )
})

test('shows the old deployment as active until its tasks are gone', async () => {
  const { ecs, until, describe, register, create, rolledOut } = await startEcs()
  const [v1, v2] = [await register('v1'), await register('v2')]
  await create(v1)
  await rolledOut('COMPLETED')
  await ecs.updateService({ service: 'web', taskDefinition: v2 })
  const both = await until(async () => {
    const { deployments = [] } = await describe()
    return deployments.length === 2 && deployments[0]?.runningCount === 1 && deployments
  })
  expect(both).toMatchObject([
    { status: 'PRIMARY', taskDefinition: v2, desiredCount: 1, rolloutState: 'IN_PROGRESS' },
    { status: 'ACTIVE', taskDefinition: v1, desiredCount: 0, rolloutState: 'COMPLETED' },
  ])
  expect(story(await rolledOut('COMPLETED')).slice(3)).toEqual([
    'has started 1 tasks: (task).',
    'has stopped 1 running tasks: (task).',
    '(deployment ecs-svc) deployment completed.',
    'has reached a steady state.',
  ])
})

test('replaces the tasks of the same definition when a new deployment is forced, and only then', async () => {
  const { ecs, register, create, rolledOut, tasks } = await startEcs()
  await create(await register('web'))
  const { deployments: first } = await rolledOut('COMPLETED')
  const [before] = await tasks()
  const same = await ecs.updateService({ service: 'web', taskDefinition: 'web:1', healthCheckGracePeriodSeconds: 9 })
  expect(same.service?.deployments?.map(({ id }) => id)).toEqual(first?.map(({ id }) => id))

  await ecs.deregisterTaskDefinition({ taskDefinition: 'web:1' })
  await ecs.updateService({ service: 'web', forceNewDeployment: true })
  const { deployments: second } = await rolledOut('COMPLETED')
  const after = await tasks()
  expect(second?.[0]?.id).not.toBe(first?.[0]?.id)
  expect(after).toMatchObject([{ taskDefinitionArn: before?.taskDefinitionArn, startedBy: second?.[0]?.id }])
  expect(after[0]?.taskArn).not.toBe(before?.taskArn)
})

test('creates a service once, for a client token', async () => {
  const { register, create } = await startEcs()
  const definition = await register('web')
  const first = await create(definition, { clientToken: 'same' })
  expect((await create(definition, { clientToken: 'same' })).createdAt).toEqual(first.createdAt)
  expect(await refusal(create(definition, { clientToken: 'other' }))).toBe(
    'InvalidParameterException: Creation of service was not idempotent.',
  )
})

test.each([
  ['SERVICE', [{ key: 'of', value: 'service' }]],
  ['TASK_DEFINITION', [{ key: 'of', value: 'definition' }]],
  ['NONE', []],
] as const)('gives its tasks the tags of %s', async (propagateTags, expected) => {
  const { ecs, register, create, rolledOut, tasks } = await startEcs()
  const definition = await register('web', {}, { tags: [{ key: 'of', value: 'definition' }] })
  const { serviceArn } = await create(definition, { propagateTags, tags: [{ key: 'of', value: 'service' }] })
  await rolledOut('COMPLETED')
  const [task] = await tasks()
  expect((await ecs.listTagsForResource({ resourceArn: task?.taskArn })).tags).toEqual(expected)
  await ecs.tagResource({ resourceArn: serviceArn, tags: [{ key: 'more', value: '1' }] })
  await ecs.untagResource({ resourceArn: serviceArn, tagKeys: ['of'] })
  expect((await ecs.listTagsForResource({ resourceArn: serviceArn })).tags).toEqual([{ key: 'more', value: '1' }])
})

test('tells of the services that it does not have, and lists the others in pages', async () => {
  const { ecs, register, create } = await startEcs()
  const definition = await register('web')
  for (const serviceName of ['a', 'b', 'c']) await create(definition, { serviceName })
  const described = await ecs.describeServices({ services: ['a', 'missing'] })
  expect(described.services?.map(({ serviceName }: Service) => serviceName)).toEqual(['a'])
  expect(described.failures).toEqual([
    { arn: 'arn:aws:ecs:us-east-1:000000000000:service/default/missing', reason: 'MISSING' },
  ])
  const first = await ecs.listServices({ maxResults: 2 })
  const second = await ecs.listServices({ maxResults: 2, nextToken: first.nextToken })
  expect([...(first.serviceArns ?? []), ...(second.serviceArns ?? [])].map((arn) => arn.split('/').at(-1))).toEqual([
    'a',
    'b',
    'c',
  ])
  expect(second.nextToken).toBeUndefined()
})

const strategy = [{ capacityProvider: 'missing', weight: 1 }]
const REFUSED: readonly (readonly [string, Partial<CreateServiceCommandInput>])[] = [
  ['Invalid service name', { serviceName: 'my web' }],
  [
    'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    { capacityProviderStrategy: strategy },
  ],
  [
    "The specified capacity provider 'missing' was not found.",
    { launchType: undefined, capacityProviderStrategy: strategy },
  ],
  [
    "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    { networkConfiguration: undefined },
  ],
  ['The maximumPercent must be greater than the minimumHealthyPercent.', percent(100, 100)],
  [
    'The container api does not exist in the task definition.',
    { loadBalancers: [{ containerName: 'api', containerPort: 80 }] },
  ],
  [
    'The container web did not have a container port 81 defined.',
    { loadBalancers: [{ containerName: 'web', containerPort: 81 }] },
  ],
]

test.each(REFUSED)('refuses a service: %s', async (message, input) => {
  const { ecs, register, create } = await startEcs()
  expect(await refusal(create(await register('web'), input))).toBe(`InvalidParameterException: ${message}`)
  expect((await ecs.listServices({})).serviceArns).toEqual([])
})

test('spreads tasks over the zones of its subnets, also when there are fewer', async () => {
  const { ecs, register, create, rolledOut, tasks, until, describe, Subnets } = await startEcs()
  await create(await register('web'), { desiredCount: 5 })
  await rolledOut('COMPLETED')
  const inSubnet = async (subnet = '') =>
    (await tasks()).filter(({ attachments }) => attachments?.[0]?.details?.some(({ value }) => value === subnet))
  const spread = async () => (await Promise.all(Subnets.map(async (one) => (await inSubnet(one)).length))).sort()
  const scaled = async (desiredCount: number) => {
    await ecs.updateService({ service: 'web', desiredCount })
    await until(async () => (await describe()).runningCount === desiredCount)
    return spread()
  }
  const first = await spread()
  // The newest are in one zone now.
  for (const { taskArn } of await inSubnet(Subnets[0])) await ecs.stopTask({ task: taskArn ?? '' })
  await until(async () => (await describe()).runningCount === 5)
  expect([first, await scaled(2), await scaled(6)]).toEqual([
    [2, 3],
    [1, 1],
    [3, 3],
  ])
})
