import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { emptyState } from '../../src/emulator/state.ts'
import { refusal } from '../support/cloudformation.ts'
import { type Definition, fargate, startEcs } from '../support/ecs.ts'

const arnOf = (name: string) => `arn:aws:ecs:us-east-1:000000000000:task-definition/${name}`

test('counts the revisions of a family and keeps those that are deregistered', async () => {
  const { ecs, register } = await startEcs()
  expect([await register('a'), await register('b'), await register('a', {}, { family: 'api' })]).toEqual(
    ['web:1', 'web:2', 'api:1'].map(arnOf),
  )
  const { taskDefinition } = await ecs.deregisterTaskDefinition({ taskDefinition: 'web:2' })
  expect(taskDefinition).toMatchObject({
    taskDefinitionArn: arnOf('web:2'),
    status: 'INACTIVE',
    deregisteredAt: expect.any(Date),
  })
  expect(await register('c')).toBe(arnOf('web:3'))

  const list = async (input: object) => (await ecs.listTaskDefinitions(input)).taskDefinitionArns
  expect([
    await list({}),
    await list({ familyPrefix: 'web', sort: 'DESC' }),
    await list({ status: 'INACTIVE' }),
    (await ecs.listTaskDefinitions({ maxResults: 1, nextToken: '1' })).nextToken,
  ]).toEqual([['api:1', 'web:1', 'web:3'].map(arnOf), ['web:3', 'web:1'].map(arnOf), [arnOf('web:2')], '2'])

  await ecs.deregisterTaskDefinition({ taskDefinition: 'api:1' })
  const families = async (input: object) => (await ecs.listTaskDefinitionFamilies(input)).families
  expect([await families({}), await families({ status: 'ALL' }), await families({ status: 'INACTIVE' })]).toEqual([
    ['web'],
    ['api', 'web'],
    ['api', 'web'],
  ])
})

test('finds a definition by its ARN, its revision, or its family, which is the newest active revision', async () => {
  const { ecs, register } = await startEcs()
  for (const image of ['a', 'b', 'c']) await register(image)
  await ecs.deregisterTaskDefinition({ taskDefinition: 'web:3' })
  const imageOf = async (taskDefinition: string) =>
    (await ecs.describeTaskDefinition({ taskDefinition })).taskDefinition?.containerDefinitions?.[0]?.image
  expect(await Promise.all([arnOf('web:1'), 'web:3', 'web'].map(imageOf))).toEqual(['a', 'c', 'b'])
  expect(await refusal(imageOf('web:4'))).toBe('ClientException: Unable to describe task definition.')
  expect(await refusal(imageOf('api'))).toBe('ClientException: Unable to describe task definition.')
})

test('fills in what was left out, and tells the tags only when they are asked for', async () => {
  const { ecs } = await startEcs()
  const tags = [{ key: 'app', value: 'demo' }]
  const container = { name: 'web', image: 'web', portMappings: [{ containerPort: 80 }] }
  await ecs.registerTaskDefinition(fargate('web', container, { tags }))
  const plain = await ecs.describeTaskDefinition({ taskDefinition: 'web' })
  expect(plain.tags).toBeUndefined()
  expect((await ecs.describeTaskDefinition({ taskDefinition: 'web', include: ['TAGS'] })).tags).toEqual(tags)
  expect(plain.taskDefinition).toMatchObject({
    family: 'web',
    revision: 1,
    status: 'ACTIVE',
    volumes: [],
    placementConstraints: [],
    compatibilities: ['EC2', 'FARGATE'],
    requiresCompatibilities: ['FARGATE'],
    containerDefinitions: [
      {
        ...container,
        cpu: 0,
        essential: true,
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
      },
    ],
  })
})

const gpu: ContainerDefinition = { resourceRequirements: [{ type: 'GPU', value: '1' }] }
const web = (more: ContainerDefinition = {}) => ({ name: 'web', image: 'web', ...more })

/** What makes a good definition one that ECS refuses, and the words with which it does. */
const REFUSED: readonly (readonly [string, ContainerDefinition, Partial<Definition>])[] = [
  ['Family contains invalid characters.', {}, { family: 'my web' }],
  ['Container list cannot be empty.', {}, { containerDefinitions: [] }],
  ['At least one container in a task definition must be marked as essential.', { essential: false }, {}],
  ['Container names must be unique.', {}, { containerDefinitions: [web(), web()] }],
  [
    "Actual length: '65775'. Max allowed length is '65536' bytes.",
    { environment: [{ name: 'LONG', value: 'x'.repeat(65_536) }] },
    {},
  ],
  ['Container.name should not be null or empty.', { name: '' }, {}],
  ['Container.image should not be null or empty.', { image: '' }, {}],
  [
    "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    {},
    { memory: undefined, requiresCompatibilities: ['EC2'] },
  ],
  [
    "Invalid setting for container 'web'. The value of 'memoryReservation' must be less than or equal to 'memory'.",
    { memory: 128, memoryReservation: 256 },
    {},
  ],
  [
    'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
    { portMappings: [{ containerPort: 80, hostPort: 8080 }] },
    {},
  ],
  ['Fargate only supports network mode ‘awsvpc’.', {}, { networkMode: 'bridge' }],
  ["Fargate requires that 'cpu' be defined at the task level.", {}, { cpu: undefined }],
  ["Fargate requires that 'memory' be defined at the task level.", { memory: 512 }, { memory: undefined }],
  [
    'No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
    {},
    { memory: '4 GB' },
  ],
  ['Tasks using the Fargate launch type do not support GPU resource requirements.', gpu, {}],
  ["Fargate compatible task definitions do not support 'privileged' containers.", { privileged: true }, {}],
  [
    'Fargate requires task definition to have execution role ARN to support secrets.',
    { secrets: [{ name: 'TOKEN', valueFrom: '/token' }] },
    {},
  ],
  [
    'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
    { logConfiguration: { logDriver: 'awslogs' } },
    {},
  ],
  [
    'Fargate requires task definition to have execution role ARN to support ECR images.',
    { image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/web' },
    {},
  ],
]

test.each(REFUSED)('refuses a definition: %s', async (message, container, more) => {
  const { ecs } = await startEcs()
  expect(await refusal(ecs.registerTaskDefinition(fargate('web', container, more)))).toBe(`ClientException: ${message}`)
  expect((await ecs.listTaskDefinitions({})).taskDefinitionArns).toEqual([])
})

test('takes the sizes of Fargate in units, and in vCPU and GB', async () => {
  const { ecs } = await startEcs()
  const register = (cpu: string, memory: string) =>
    refusal(ecs.registerTaskDefinition(fargate('web', {}, { cpu, memory })))
  expect([
    await register('.25 vCPU', '0.5 GB'),
    await register('1024', '2048'),
    await register('4 vCPU', '30GB'),
    await register('16384', '120 GB'),
    await register('8192', '18 GB'),
  ]).toEqual([
    'accepted',
    'accepted',
    'accepted',
    'accepted',
    'ClientException: No Fargate configuration exists for given values: 8192 CPU, 18432 memory. See the Amazon ECS documentation for the valid values.',
  ])
})

test('starts nothing from a definition that is not there or inactive', async () => {
  const { ecs, register, create, run } = await startEcs()
  await register('web')
  await ecs.deregisterTaskDefinition({ taskDefinition: 'web:1' })
  expect([
    await refusal(run('web:1')),
    await refusal(create('web:1')),
    await refusal(run('web')),
    await refusal(create('web:2')),
    await refusal(ecs.deregisterTaskDefinition({ taskDefinition: 'web' })),
  ]).toEqual([
    'ClientException: TaskDefinition is inactive',
    'ClientException: TaskDefinition is inactive',
    'ClientException: TaskDefinition not found.',
    'ClientException: TaskDefinition not found.',
    'ClientException: Revision is missing.',
  ])
})

test('deletes a definition once it is deregistered and nothing is left of its tasks and services', async () => {
  const { clock, ecs, register, create, run, stopped } = await startEcs()
  const [active = '', unused = '', used = ''] = [await register('a'), await register('b'), await register('c')]
  const served = await register('d')
  await create(served)
  const [task] = await run(used)
  for (const taskDefinition of [unused, used, served]) await ecs.deregisterTaskDefinition({ taskDefinition })

  const { taskDefinitions, failures } = await ecs.deleteTaskDefinitions({
    taskDefinitions: [active, unused, used, served],
  })
  expect(taskDefinitions?.map(({ taskDefinitionArn, status }) => [taskDefinitionArn, status])).toEqual(
    [unused, used, served].map((one) => [one, 'DELETE_IN_PROGRESS']),
  )
  expect(failures).toEqual([
    {
      arn: active,
      reason: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
    },
  ])
  const deleting = async () => (await ecs.listTaskDefinitions({ status: 'DELETE_IN_PROGRESS' })).taskDefinitionArns
  expect(await deleting()).toEqual([used, served])
  await ecs.stopTask({ task: task?.taskArn })
  await stopped(task?.taskArn)
  await clock.pass(60)
  expect(await deleting()).toEqual([served])
  await ecs.deleteService({ service: 'web', force: true })
  await clock.pass(120)
  expect(await deleting()).toEqual([])
})

test('forgets a stopped task after a restart, though its definition is gone', async () => {
  const state = emptyState()
  const { aws, ecs, register, run, stopped } = await startEcs({ once: { exitCode: 0 } }, { state })
  const definition = await register('once')
  const [task] = await run(definition)
  await stopped(task?.taskArn)
  await ecs.deregisterTaskDefinition({ taskDefinition: definition })
  await ecs.deleteTaskDefinitions({ taskDefinitions: [definition] })
  await aws.emulator.close()

  const after = await startEcs({}, { state })
  const shown = async () => (await after.ecs.describeTasks({ tasks: [task?.taskArn ?? ''] })).tasks
  expect(await shown()).toMatchObject([{ lastStatus: 'STOPPED', containers: [{ exitCode: 0 }] }])
  await after.clock.pass(3600)
  expect(await shown()).toEqual([])
})
