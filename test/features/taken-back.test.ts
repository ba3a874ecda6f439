import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { ask, balancers, check } from '../support/visitors.ts'

const manifest = (settings: string) => `
app: demo
services: { web: { image: { location: web, port: 80 }, ${settings} } }
`

async function serviceOf({ aws }: TestWorld) {
  const ecs = new ECS(aws.client)
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns = [] } = await ecs.listServices({ cluster })
  return (await ecs.describeServices({ cluster, services: serviceArns })).services?.[0]
}

test('what the manifest no longer says of a service is taken back: ECS keeps what an update leaves out', async () => {
  const all = `
    http: { ${check} }, exec: true, network: { connect: true },
    storage: { volumes: { disk: { path: /disk, ebs: 20 } } }`
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(all) } })
  await deploy(flags, world.context)
  expect(await serviceOf(world)).toMatchObject({
    enableExecuteCommand: true,
    loadBalancers: [{ containerName: 'web' }],
    deployments: [{ serviceConnectConfiguration: { enabled: true }, volumeConfigurations: [{ name: 'disk' }] }],
  })
  world.write({ 'img2vid.yaml': manifest('http: false') })
  await deploy(flags, world.context)
  expect(await serviceOf(world)).toMatchObject({
    enableExecuteCommand: false,
    loadBalancers: [],
    deployments: [{ serviceConnectConfiguration: { enabled: false }, volumeConfigurations: [] }],
  })
})

test('how tasks are replaced is taken back too', async () => {
  const all = `http: { ${check} }, deployment: { strategy: canary, step_time: 0, bake_time: 0, circuit_breaker: false, rollback_alarms: [errors], zone_rebalancing: false }`
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(all) } })
  await deploy(flags, world.context)
  expect(await serviceOf(world)).toMatchObject({
    deploymentConfiguration: {
      strategy: 'CANARY',
      alarms: { enable: true },
      deploymentCircuitBreaker: { enable: false },
    },
    availabilityZoneRebalancing: 'DISABLED',
  })
  world.write({ 'img2vid.yaml': manifest(`http: { ${check} }`) })
  await deploy(flags, world.context)
  expect(await serviceOf(world)).toMatchObject({
    deploymentConfiguration: {
      strategy: 'ROLLING',
      alarms: { enable: false, alarmNames: [] },
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    availabilityZoneRebalancing: 'ENABLED',
  })
})

test('where tasks are placed is taken back too', async () => {
  const placed = 'http: false, compute: ec2, placement: { strategies: [random], constraints: [distinct_instance] }'
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(placed) } })
  await deploy(flags, world.context)
  expect(await serviceOf(world)).toMatchObject({
    placementStrategy: [{ type: 'random' }],
    placementConstraints: [{ type: 'distinctInstance' }],
  })
  world.write({ 'img2vid.yaml': manifest('http: false, compute: ec2') })
  await deploy(flags, world.context)
  expect(await serviceOf(world)).toMatchObject({ placementStrategy: [], placementConstraints: [] })
})

test('a service goes behind the load balancer inside and back', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(`http: { ${check} }`) } })
  const schemes = async () => (await balancers(world)).all.map(({ Scheme, DNSName }) => [Scheme, DNSName] as const)
  for (const [http, scheme] of [
    [`{ ${check} }`, 'internet-facing'],
    [`{ internal: true, ${check} }`, 'internal'],
    [`{ ${check} }`, 'internet-facing'],
  ] as const) {
    world.write({ 'img2vid.yaml': manifest(`http: ${http}`) })
    const { services } = await deploy(flags, world.context)
    const all = await schemes()
    const host = all[0]?.[1]
    expect([all, services.web?.url]).toEqual([[[scheme, host]], `http://${host}`])
    expect(await ask(`http://${host}/`)).toBe('web')
  }
})
