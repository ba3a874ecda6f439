import { ECS, type Task } from '@aws-sdk/client-ecs'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'

const MANIFEST = `
app: demo
services:
  web:
    image: { location: 'web:1', port: 80, depends_on: { migrate: success, cache: healthy }, labels: { team: shop } }
    http: { healthcheck: { grace_period: 5s } }
    user: app
    init: true
    stop_timeout: 1m
    ulimits: { nofile: 4096 }
    limits: { memory: 256 }
    sidecars:
      migrate: { image: 'migrate:1', essential: false, command: up, secrets: { DATABASE: /database } }
      cache: { image: 'redis:8', port: 6379, healthcheck: { command: redis-cli ping } }
environments:
  dev: {}
  prod: { services: { web: { sidecars: { cache: { image: 'redis:9' } }, stop_timeout: 90s } } }
`

async function seen({ aws }: TestWorld, environment: string) {
  const ecs = new ECS(aws.client)
  const cluster = (await ecs.listClusters({})).clusterArns?.find((one) => one.includes(`demo-${environment}`)) ?? ''
  const { taskArns = [] } = await ecs.listTasks({ cluster })
  const { tasks: [task = {} as Task] = [] } = await ecs.describeTasks({ cluster, tasks: taskArns })
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: task.taskDefinitionArn })
  return { task, definitions: taskDefinition?.containerDefinitions ?? [] }
}

test('a service with sidecars starts them in order; an environment changes one of them', async () => {
  const world = await testWorld({
    files: { 'img2vid.yaml': MANIFEST },
    behave: ({ image }) => (image === 'migrate:1' ? { exitCode: 0 } : {}),
  })
  await new SSM(world.aws.client).putParameter({ Name: '/database', Value: 'x', Type: 'SecureString' })
  const { services } = await deploy({ ...flags, env: 'dev' }, world.context)
  expect(await (await fetch(services.web?.url ?? '')).text()).toContain('simulated task of web:1')
  const { task, definitions } = await seen(world, 'dev')
  expect(task.containers).toMatchObject([
    { name: 'web', lastStatus: 'RUNNING' },
    { name: 'migrate', lastStatus: 'STOPPED', exitCode: 0 },
    { name: 'cache', lastStatus: 'RUNNING', healthStatus: 'HEALTHY' },
  ])
  expect(definitions).toMatchObject([
    {
      user: 'app',
      stopTimeout: 60,
      memory: 256,
      dockerLabels: { team: 'shop' },
      linuxParameters: { initProcessEnabled: true },
      ulimits: [{ name: 'nofile', softLimit: 4096, hardLimit: 4096 }],
      dependsOn: [
        { containerName: 'migrate', condition: 'SUCCESS' },
        { containerName: 'cache', condition: 'HEALTHY' },
      ],
    },
    { essential: false, command: ['up'], secrets: [{ name: 'DATABASE', valueFrom: '/database' }] },
    { essential: true, image: 'redis:8', portMappings: [{ containerPort: 6379 }] },
  ])

  await deploy({ ...flags, env: 'prod' }, world.context)
  expect((await seen(world, 'prod')).definitions).toMatchObject([{ stopTimeout: 90 }, {}, { image: 'redis:9' }])
})

test('a secret that only a sidecar has is looked for beforehand', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': MANIFEST } })
  const refused = await deploy({ ...flags, env: 'dev' }, world.context).catch((error: UserError) => error)
  expect(refused).toMatchObject({ outcome: 'preflight' })
  expect(JSON.stringify(refused)).toContain('DATABASE comes from the SSM parameter /database, which does not exist')
})

test('a load balancer leads to a sidecar at the port that the sidecar listens on', async () => {
  const manifest = `
app: demo
services:
  web:
    image: { location: 'web:1', port: 8501 }
    http: { target_container: nginx, healthcheck: { grace_period: 5s } }
    sidecars: { nginx: { image: 'nginx:1', port: 8080 } }
`
  const world = await testWorld({ files: { 'img2vid.yaml': manifest } })
  const { services } = await deploy(flags, world.context)
  expect(await (await fetch(services.web?.url ?? '')).text()).toContain('simulated task of nginx:1')
  const { task, definitions } = await seen(world, 'dev')
  expect(definitions.map(({ name, portMappings }) => [name, portMappings?.map((one) => one.containerPort)])).toEqual([
    ['web', [8501]],
    ['nginx', [8080]],
  ])
  const ecs = new ECS(world.aws.client)
  const { services: [service] = [] } = await ecs.describeServices({
    cluster: task.clusterArn,
    services: [task.group?.replace('service:', '') ?? ''],
  })
  expect(service?.loadBalancers).toMatchObject([{ containerName: 'nginx', containerPort: 8080 }])
})
