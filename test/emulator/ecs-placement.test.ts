import type { ContainerDefinition, CreateServiceCommandInput, RunTaskCommandInput } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { clusterQuery } from '../../src/emulator/services/ecs/cluster-query.ts'
import { refusal } from '../support/cloudformation.ts'
import { type Definition, startEcs } from '../support/ecs.ts'

const EC2 = { launchType: 'EC2', networkConfiguration: undefined } as const

/** A cluster with instances in zones and with attributes as told: an agent registers each. */
async function startInstances(zones: readonly string[], external = false) {
  const started = await startEcs()
  const arns: string[] = []
  for (const [index, zone] of zones.entries()) {
    const identity = external ? {} : { instanceId: `i-${index}`, availabilityZone: zone }
    const { containerInstance } = await started.ecs.registerContainerInstance({
      instanceIdentityDocument: JSON.stringify(identity),
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
      ],
      attributes: [
        { name: 'ecs.availability-zone', value: zone },
        { name: 'ecs.instance-type', value: index === 0 ? 'c7g.large' : 'm7i.large' },
        { name: 'ecs.cpu-architecture', value: index === 0 ? 'arm64' : 'x86_64' },
      ],
    })
    arns.push(containerInstance?.containerInstanceArn ?? '')
  }
  return {
    ...started,
    arns,
    onInstances: (container: ContainerDefinition = {}, more: Partial<Definition> = {}) =>
      started.register(
        'web',
        { memory: 256, portMappings: [], ...container },
        {
          networkMode: 'bridge',
          requiresCompatibilities: ['EC2'],
          cpu: undefined,
          memory: undefined,
          ...more,
        },
      ),
    /** Numbers of the instances on which so many tasks have been placed, in their order. */
    async placed(definition: string, count: number, more: Partial<RunTaskCommandInput> = {}) {
      const places: number[] = []
      for (let task = 0; task < count; task++) {
        const [one] = await started.run(definition, { ...EC2, ...more })
        places.push(arns.indexOf(one?.containerInstanceArn ?? ''))
      }
      return places
    },
  }
}

const ZONES = ['us-east-1a', 'us-east-1a', 'us-east-1b']

test.each([
  ['over the zones first when nothing is said', undefined, 4, [0, 2, 1, 2]],
  ['on one instance until it is full', [{ type: 'binpack', field: 'memory' }], 4, [0, 0, 0, 0]],
  ['over the instances', [{ type: 'spread', field: 'instanceId' }], 3, [0, 1, 2]],
  [
    'over the zones, and in each on the fewest instances',
    [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'binpack', field: 'cpu' },
    ],
    4,
    [0, 2, 0, 2],
  ],
] as const)('places tasks %s', async (_how, placementStrategy, count, places) => {
  const { onInstances, placed } = await startInstances(ZONES)
  const definition = await onInstances({ cpu: 64 })
  expect(await placed(definition, count, { placementStrategy: placementStrategy && [...placementStrategy] })).toEqual(
    places,
  )
})

test('places tasks by chance, on every instance in the long run', async () => {
  const { onInstances, placed } = await startInstances(ZONES)
  const places = await placed(await onInstances(), 20, { placementStrategy: [{ type: 'random' }] })
  expect(new Set(places)).toEqual(new Set([0, 1, 2]))
})

test('keeps tasks to the instances that constraints allow', async () => {
  const { ecs, arns, onInstances, placed } = await startInstances(ZONES)
  const member = (expression: string) => ({ placementConstraints: [{ type: 'memberOf' as const, expression }] })
  const definition = await onInstances()
  expect(await placed(definition, 2, member('attribute:ecs.instance-type =~ c7g.*'))).toEqual([0, 0])
  const arm = await onInstances({}, { runtimePlatform: { cpuArchitecture: 'ARM64' } })
  expect(await placed(arm, 2)).toEqual([0, 0])
  const bound = await onInstances({}, member('attribute:ecs.availability-zone == us-east-1b'))
  expect(await placed(bound, 2)).toEqual([2, 2])

  const distinct = { placementConstraints: [{ type: 'distinctInstance' as const }], group: 'apart' }
  expect((await placed(definition, 3, distinct)).sort()).toEqual([0, 1, 2])
  const { failures } = await ecs.runTask({ taskDefinition: definition, launchType: 'EC2', ...distinct })
  expect(failures).toEqual(arns.map((arn) => ({ arn, reason: 'DistinctInstance placement constraint unsatisfied.' })))
  const nowhere = await ecs.runTask({
    taskDefinition: definition,
    launchType: 'EC2',
    ...member('attribute:ecs.instance-type == t3.micro'),
  })
  expect(nowhere.failures).toEqual(arns.map((arn) => ({ arn, reason: 'MemberOf placement constraint unsatisfied.' })))
  expect(
    (await ecs.listContainerInstances({ filter: 'task:group == apart and attribute:ecs.cpu-architecture == arm64' }))
      .containerInstanceArns,
  ).toEqual([arns[0]])
})

test.each([
  ['attribute:stack == prod', true],
  ['attribute:stack != prod', false],
  ['attribute:stack exists', true],
  ['attribute:other exists', false],
  ['attribute:other !exists', true],
  ['attribute:stack in [test, prod]', true],
  ['attribute:stack not_in [test, prod]', false],
  ['attribute:zone =~ us-.*', true],
  ['attribute:zone =~ us', false],
  ['attribute:zone !~ us-.*', false],
  ['agentVersion >= 1.9.0', true],
  ['agentVersion < 1.9', false],
  ['task:group == "service:a" && task:group == service:b', true],
  ['not(task:group == service:a)', false],
  ['(attribute:stack == x or attribute:stack == prod) and !(attribute:zone == x)', true],
  ['runningTasksCount > 2', false],
])('the cluster query %s is %s', (expression, answer) => {
  const values: Readonly<Record<string, readonly string[]>> = {
    'attribute:stack': ['prod'],
    'attribute:zone': ['us-east-1a'],
    agentVersion: ['1.10.2'],
    'task:group': ['service:a', 'service:b'],
    runningTasksCount: ['2'],
  }
  expect(clusterQuery(expression)((subject) => values[subject] ?? [])).toBe(answer)
})

test.each(['', 'attribute:a', 'attribute:a ==', 'a == b)', '(a == b', 'a in x', 'a in [x', 'a =~ (', '== b'])(
  'refuses %j as a cluster query',
  (expression) => {
    expect(() => clusterQuery(expression)).toThrow(`Invalid expression: ${expression}`)
  },
)

test('runs one task of a daemon service on each instance, also when instances come and go', async () => {
  const { ecs, until, describe, tasks, arns, onInstances, create, rolledOut } = await startInstances(ZONES)
  const daemon: Partial<CreateServiceCommandInput> = {
    ...EC2,
    schedulingStrategy: 'DAEMON',
    placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.cpu-architecture == x86_64' }],
  }
  await create(await onInstances(), daemon)
  await rolledOut('COMPLETED')
  const places = async () => (await tasks({ serviceName: 'web' })).map((task) => task.containerInstanceArn).sort()
  expect([await places(), (await describe()).desiredCount]).toEqual([[arns[1], arns[2]].sort(), 2])

  const { containerInstance } = await ecs.registerContainerInstance({
    instanceIdentityDocument: JSON.stringify({ instanceId: 'i-new' }),
    totalResources: [
      { name: 'CPU', integerValue: 1024 },
      { name: 'MEMORY', integerValue: 1024 },
    ],
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
  })
  await ecs.updateContainerInstancesState({ containerInstances: [arns[1] ?? ''], status: 'DRAINING' })
  const now = [arns[2], containerInstance?.containerInstanceArn].sort()
  await until(async () => {
    const running = (await tasks({ serviceName: 'web' })).filter(({ lastStatus }) => lastStatus === 'RUNNING')
    return running.length === 2 && JSON.stringify(await places()) === JSON.stringify(now)
  })

  await ecs.updateService({ service: 'web', taskDefinition: await onInstances({ memory: 300 }) })
  await rolledOut('COMPLETED')
  expect(await places()).toEqual(now)
  await ecs.deleteService({ service: 'web' })
  await until(async () => (await describe()).status === 'INACTIVE')
})

test('external instances take tasks of the external launch type, and no others', async () => {
  const { ecs, until, arns, tasks, onInstances, create, rolledOut } = await startInstances([''], true)
  const definition = await onInstances({}, { requiresCompatibilities: ['EXTERNAL'] })
  await create(definition, { launchType: 'EXTERNAL', networkConfiguration: undefined })
  await rolledOut('COMPLETED')
  const [task] = await tasks()
  expect([task?.launchType, task?.containerInstanceArn]).toEqual(['EXTERNAL', arns[0]])
  const { containerInstances } = await ecs.describeContainerInstances({ containerInstances: arns })
  expect(containerInstances).toMatchObject([
    {
      ec2InstanceId: expect.stringMatching(/^mi-[0-9a-f]{17}$/),
      attributes: expect.arrayContaining([{ name: 'ecs.capability.external' }]),
    },
  ])
  expect(await refusal(ecs.runTask({ taskDefinition: await onInstances(), launchType: 'EC2' }))).toBe(
    'InvalidParameterException: No Container Instances were found in your cluster.',
  )
  await ecs.deregisterContainerInstance({ containerInstance: arns[0], force: true })
  await until(async () => (await ecs.listContainerInstances({})).containerInstanceArns?.length === 0)
})

const strategy = (...items: NonNullable<CreateServiceCommandInput['capacityProviderStrategy']>) => ({
  launchType: undefined,
  capacityProviderStrategy: items,
})
const DAEMON = { ...EC2, schedulingStrategy: 'DAEMON' } as const

test.each<[string, Partial<CreateServiceCommandInput>]>([
  ['The daemon scheduling strategy does not support a desired count', { ...DAEMON, desiredCount: 1 }],
  ['Placement strategies are not supported with daemon', { ...DAEMON, placementStrategy: [{ type: 'random' }] }],
  [
    'The daemon scheduling strategy requires maximumPercent',
    { ...DAEMON, deploymentConfiguration: { maximumPercent: 200 } },
  ],
  ['A capacity provider strategy is not supported with', { ...DAEMON, ...strategy({ capacityProvider: 'nodes' }) }],
  ['Invalid expression: a b', { ...EC2, placementConstraints: [{ type: 'memberOf', expression: 'a b' }] }],
  [
    'A capacity provider strategy cannot contain a mix',
    { ...EC2, ...strategy({ capacityProvider: 'FARGATE', weight: 1 }, { capacityProvider: 'nodes', weight: 1 }) },
  ],
  [
    'Only one capacity provider in a strategy can have a base',
    { ...EC2, ...strategy({ capacityProvider: 'FARGATE', base: 1 }, { capacityProvider: 'FARGATE_SPOT', base: 1 }) },
  ],
  [
    'At least one capacity provider in a strategy must have a weight',
    { ...EC2, ...strategy({ capacityProvider: 'FARGATE', base: 1 }, { capacityProvider: 'FARGATE_SPOT' }) },
  ],
  [
    'Placement constraints are not supported with FARGATE',
    {
      ...EC2,
      ...strategy({ capacityProvider: 'FARGATE', weight: 1 }),
      placementConstraints: [{ type: 'distinctInstance' }],
    },
  ],
  [
    'Load balancers are not supported with the EXTERNAL',
    { ...EC2, launchType: 'EXTERNAL', loadBalancers: [{ containerName: 'web' }] },
  ],
])('refuses a service: %s', async (words, more) => {
  const { create, onInstances } = await startInstances([])
  const definition = await onInstances()
  expect(await refusal(create(definition, more))).toContain(`InvalidParameterException: ${words}`)
})
