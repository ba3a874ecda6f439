import { expect, test } from 'vitest'
import { refusal } from '../support/cloudformation.ts'
import { startEcs } from '../support/ecs.ts'

const arnOf = (name: string) => `arn:aws:ecs:us-east-1:000000000000:cluster/${name}`

test('creates a cluster once, and says when a second creation asks for another', async () => {
  const { ecs } = await startEcs()
  const settings = [{ name: 'containerInsights' as const, value: 'enabled' }]
  const tags = [{ key: 'app', value: 'demo' }]
  const create = (more: object = {}) => ecs.createCluster({ clusterName: 'demo', ...more })
  const { cluster } = await create({ settings, tags, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] })
  expect(cluster).toMatchObject({
    clusterArn: arnOf('demo'),
    status: 'ACTIVE',
    settings,
    tags,
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    registeredContainerInstancesCount: 0,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    activeServicesCount: 0,
  })
  expect((await create()).cluster).toEqual(cluster)
  expect((await create({ settings })).cluster).toEqual(cluster)
  expect(await refusal(create({ settings: [{ name: 'containerInsights', value: 'disabled' }] }))).toBe(
    'InvalidParameterException: Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  )
  expect(await refusal(create({ clusterName: 'other', capacityProviders: ['gpu'] }))).toBe(
    "InvalidParameterException: The specified capacity provider 'gpu' was not found.",
  )
  expect((await ecs.listClusters({})).clusterArns).toEqual([arnOf('default'), arnOf('demo')])
})

test('changes what a cluster is set to, and finds it by name and ARN', async () => {
  const { ecs } = await startEcs()
  const settings = [{ name: 'containerInsights' as const, value: 'enhanced' }]
  await ecs.updateClusterSettings({ cluster: 'default', settings })
  const defaultCapacityProviderStrategy = [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }]
  await ecs.putClusterCapacityProviders({
    cluster: arnOf('default'),
    capacityProviders: ['FARGATE'],
    defaultCapacityProviderStrategy,
  })
  const { clusters, failures } = await ecs.describeClusters({ clusters: ['default', arnOf('default'), 'missing'] })
  expect(clusters).toMatchObject([1, 2].map(() => ({ settings, defaultCapacityProviderStrategy })))
  expect(failures).toEqual([{ arn: arnOf('missing'), reason: 'MISSING' }])
})

test('places tasks by the strategy of the cluster: base first, then by weight', async () => {
  const { ecs, register, create, rolledOut, tasks } = await startEcs()
  await ecs.putClusterCapacityProviders({
    cluster: 'default',
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [
      { capacityProvider: 'FARGATE', base: 2, weight: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: 3 },
    ],
  })
  await create(await register('web'), { launchType: undefined, desiredCount: 10 })
  await rolledOut('COMPLETED')
  const providers = (await tasks()).map(({ capacityProviderName }) => capacityProviderName)
  const count = (name: string) => providers.filter((provider) => provider === name).length
  expect([count('FARGATE'), count('FARGATE_SPOT')]).toEqual([4, 6])
})

test('deletes a cluster when nothing is in it, and can make it again', async () => {
  const { ecs, until, register, run, stopped } = await startEcs()
  const [task] = await run(await register('web'))
  expect(await refusal(ecs.deleteCluster({ cluster: 'default' }))).toBe(
    'ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active.',
  )
  await ecs.stopTask({ task: task?.taskArn })
  await stopped(task?.taskArn)
  expect((await ecs.deleteCluster({ cluster: 'default' })).cluster?.status).toBe('INACTIVE')
  expect([
    await refusal(ecs.listTasks({})),
    await refusal(ecs.listTasks({ cluster: 'missing' })),
    (await ecs.describeClusters({})).clusters?.[0]?.status,
    (await ecs.listClusters({})).clusterArns,
  ]).toEqual([
    'ClusterNotFoundException: The referenced cluster was inactive.',
    'ClusterNotFoundException: Cluster not found.',
    'INACTIVE',
    [],
  ])
  await ecs.createCluster({ clusterName: 'default' })
  await run('web')
  await until(async () => (await ecs.describeClusters({})).clusters?.[0]?.runningTasksCount === 1)
})
