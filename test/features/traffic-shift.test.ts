import { ECS } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { status } from '../../src/commands/status.ts'
import type { Progress } from '../../src/context.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { visitor } from '../support/visitor.ts'

const manifest = (image: string, deployment: string) => `
app: demo
services:
  web:
    image: { location: '${image}', port: 80 }
    count: 2
    http: { healthcheck: { grace_period: 5s } }
    deployment: ${deployment}
`

/** How often each image answers, and the weights of the service's rule. */
async function look({ aws }: TestWorld) {
  const elb = new ElasticLoadBalancingV2(aws.client)
  const { LoadBalancers = [] } = await elb.describeLoadBalancers({})
  const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn: LoadBalancers[0]?.LoadBalancerArn ?? '' })
  const { Rules = [] } = await elb.describeRules({ ListenerArn: Listeners[0]?.ListenerArn ?? '' })
  const weights = Rules[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight)
  const ask = async (headers = {}) => {
    const answer = await (await fetch(`http://${LoadBalancers[0]?.DNSName}/`, { headers })).text()
    return /task of (\S+):/.exec(answer)?.[1]
  }
  return { weights, serves: await ask(), tested: await ask({ 'x-test': 'yes' }) }
}

test('blue/green: the new tasks come up beside the old ones, and the next update goes back to where it began', async () => {
  const bluegreen = '{ strategy: blue_green, bake_time: 1m, test: { header: x-test, value: "yes" } }'
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('one', bluegreen) } })
  await deploy(flags, world.context)
  expect(await look(world)).toEqual({ weights: [100, 0], serves: 'one', tested: 'one' })
  for (const [image, weights] of [
    ['two', [0, 100]],
    ['three', [100, 0]],
  ] as const) {
    world.write({ 'img2vid.yaml': manifest(image, bluegreen) })
    expect(await deploy(flags, world.context)).toMatchObject({ changed: true })
    expect(await look(world)).toEqual({ weights, serves: image, tested: image })
  }
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  expect(await status(flags, world.context)).toMatchObject({
    environments: { dev: { services: { web: { running: 2, healthy: 2, troubles: [] } } } },
  })
})

test.each(['blue_green', 'canary', 'linear'])(
  '%s: a bad green never gets traffic, and ends with its reason',
  async (strategy) => {
    const how = `{ strategy: ${strategy} }`
    const world = await testWorld({
      files: { 'img2vid.yaml': manifest('good', how) },
      behave: ({ image }) => (image === 'bad' ? { exitCode: 3, lines: ['no such model'] } : {}),
    })
    await deploy(flags, world.context)
    world.write({ 'img2vid.yaml': manifest('bad', how) })
    world.pace(100)
    await expect(deploy(flags, world.context)).rejects.toMatchObject({
      outcome: 'rolled-back',
      message: expect.stringContaining('no such model'),
    })
    expect(await look(world)).toMatchObject({ weights: [100, 0], serves: 'good' })
    const ecs = new ECS(world.aws.client)
    const { clusterArns = [] } = await ecs.listClusters({})
    const { serviceArns = [] } = await ecs.listServices({ cluster: clusterArns[0] })
    const { serviceDeployments = [] } = await ecs.listServiceDeployments({
      cluster: clusterArns[0],
      service: serviceArns[0],
    })
    expect(serviceDeployments.map((one) => one.status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL'])
  },
)

test('what a deployment is about is shown, and what ECS took back without a task that failed says why', async () => {
  const how = '{ strategy: blue_green, bake_time: 10m, rollback_alarms: [errors] }'
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('one', how) } })
  await deploy(flags, world.context)
  world.write({ 'img2vid.yaml': manifest('two', how) })
  world.pace(100)
  // The alarm rings when the new tasks have all traffic.
  const ui = {
    show(progress: Progress) {
      world.context.ui.show(progress)
      if (progress.type === 'lane' && progress.text.includes('all traffic at the new ones'))
        world.aws.emulator.world.faults.add({ kind: 'alarm', alarm: 'errors' })
    },
  }
  await expect(deploy(flags, { ...world.context, ui })).rejects.toMatchObject({
    outcome: 'rolled-back',
    message: expect.stringContaining('ECS took the deployment of web back: alarm detected'),
  })
  const lanes = world.shown.flatMap((progress) => (progress.type === 'lane' ? [progress.text] : []))
  expect(lanes.some((text) => text.includes('the new ones come up beside the old ones'))).toBe(true)
  expect(await look(world)).toMatchObject({ weights: [100, 0], serves: 'one' })
})

/** Visitors from here, by one of several rules: `from` tells them apart. */
const ruled = (image: string, from: string, how = '{ strategy: blue_green, bake_time: 0 }') =>
  manifest(image, how).replace('http: {', `http: { allowed_source_ips: [127.0.0.0/8, ${from}],`)

test('a rule changes wherever the traffic is, in deployments that go well and in one that goes back, and visitors see nothing of it', {
  timeout: 120_000,
}, async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': ruled('one', '10.0.0.0/8') } })
  const first = await deploy(flags, world.context)
  const asking = visitor(first.services.web?.url ?? '')
  const seen: unknown[] = []
  const deployed = async (text: string) => {
    world.write({ 'img2vid.yaml': text })
    await deploy(flags, world.context).catch((error: UserError) => seen.push(error.outcome))
    const { weights, serves } = await look(world)
    seen.push([serves, weights])
  }
  // The traffic goes to the second group, where a rule changes alone, then with the tasks.
  await deployed(ruled('two', '10.0.0.0/8'))
  await deployed(ruled('two', '11.0.0.0/8'))
  await deployed(ruled('three', '12.0.0.0/8'))
  await deployed(ruled('four', '12.0.0.0/8'))
  // What comes after the tasks fails, when they are in the other group already.
  world.aws.emulator.world.faults.add({ kind: 'fail', resource: 'RequestsScaling', action: 'create', when: 'before' })
  await deployed(ruled('five', '13.0.0.0/8').replace('count: 2', scaled))
  await deployed(ruled('four', '13.0.0.0/8', '{ strategy: blue_green, bake_time: 1m }'))
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  // To instances and back, and to one group.
  await deployed(ruled('four', '13.0.0.0/8', '{ strategy: blue_green, bake_time: 0 }\n    compute: ec2'))
  await deployed(ruled('five', '13.0.0.0/8', '{ strategy: blue_green, bake_time: 0 }\n    compute: ec2'))
  await deployed(ruled('five', '14.0.0.0/8'))
  await deployed(ruled('five', '14.0.0.0/8'))
  await deployed(ruled('six', '14.0.0.0/8'))
  await deployed(ruled('seven', '14.0.0.0/8', '{}'))
  expect(seen).toEqual([
    ['two', [0, 100]],
    ['two', [0, 100]],
    ['three', [100, 0]],
    ['four', [0, 100]],
    'rolled-back',
    ['four', [0, 100]],
    ['four', [0, 100]],
    ['four', [100, 0]],
    ['five', [0, 100]],
    ['five', [100, 0]],
    ['five', [100, 0]],
    ['six', [0, 100]],
    ['seven', [1]],
  ])
  expect(await asking.stop()).toEqual({ 200: expect.any(Number) })
})

const scaled = 'count: { range: 2-4, requests: 100 }'

test('a new way to a service leads nobody to it before its tasks are there, also while traffic moves', async () => {
  const at = (image: string, rules: string, how: string) =>
    manifest(image, how).replace('http: {', `http: { additional_rules: [${rules}],`)
  for (const how of ['{}', '{ strategy: blue_green, bake_time: 0 }']) {
    const world = await testWorld({ files: { 'img2vid.yaml': at('one', '{ path: /x }', how) } })
    const first = await deploy(flags, world.context)
    world.write({ 'img2vid.yaml': at('two', '{ path: /x }', how) })
    await deploy(flags, world.context)
    const asking = visitor(`${first.services.web?.url ?? ''}/new`)
    world.write({ 'img2vid.yaml': at('two', '{ path: /x }, { path: /new }', how) })
    await deploy(flags, world.context)
    expect(await asking.stop()).toEqual({ 200: expect.any(Number) })
    expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  }
})

test('a port of its own leads to new tasks, of an application or a network load balancer, and traffic of both moves', async () => {
  const text = (image: string, broker = 'nlb: { port: 8883 }') => `
app: demo
services:
  web:
    image: { location: '${image}', port: 80 }
    http: { healthcheck: { grace_period: 5s }, additional_rules: [{ path: /v2 }] }
    deployment: { strategy: blue_green, bake_time: 0, test: { port: 8443 } }
  api:
    image: { location: '${image}', port: 80 }
    http: { path: /api }
    deployment: { strategy: canary, step_time: 0, bake_time: 0, test: { port: 8443 } }
  broker:
    image: { location: '${image}', port: 1883 }
    http: false
    ${broker}
    deployment: { strategy: linear, percent: 50, step_time: 0, bake_time: 0, test: { port: 9883 } }
`
  const world = await testWorld({ files: { 'img2vid.yaml': text('one') } })
  await deploy(flags, world.context)
  world.write({ 'img2vid.yaml': text('two') })
  await deploy(flags, world.context)
  const { listeners } = world.aws.emulator.world.region('us-east-1').elb
  const at = (port: number) => Object.values(listeners).find(({ Port }) => Port === port)
  const weights = (port: number) =>
    at(port)?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight)
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${at(8443)?.localPort}${path}`)
    return /task of (\S+):/.exec(await answer.text())?.[1]
  }
  expect([await ask('/'), await ask('/v2'), await ask('/api'), weights(8883), weights(9883)]).toEqual([
    'two',
    'two',
    'two',
    [0, 100],
    [0, 100],
  ])
  // A listener that changes says where the traffic is.
  world.write({ 'img2vid.yaml': text('two', 'nlb: { port: 8884, stickiness: true }') })
  await deploy(flags, world.context)
  expect([weights(8883), weights(8884)]).toEqual([undefined, [0, 100]])
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  world.write({ 'img2vid.yaml': text('two', 'nlb: { port: 8884 }').replaceAll(/, test: {[^}]*}/g, '') })
  await deploy(flags, world.context)
  expect([at(8443), at(9883), weights(8884)]).toEqual([undefined, undefined, [100, 0]])
})
