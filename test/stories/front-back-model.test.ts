import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy, deployEach } from '../../src/commands/deploy.ts'
import { destroyEach } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { why } from '../../src/commands/why.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'

/** Front end, back end and a model on a GPU behind one load balancer; what differs in production stands there. */
const manifest = (versions: { readonly front: string; readonly back: string; readonly model: string }) => `
app: studio
services:
  front:
    image: { location: 'front:${versions.front}', port: 80 }
    count: 2
    http: { healthcheck: { grace_period: 5s } }
    deployment: { strategy: blue_green, bake_time: 2m, test: { header: x-preview, value: 'yes' } }
    network: { connect: true }
  back:
    image: { location: 'back:${versions.back}', port: 8000 }
    http: { path: /api, healthcheck: { path: /api/up, grace_period: 5s } }
    deployment: { strategy: blue_green, bake_time: 2m }
    network: { connect: true }
  model:
    image: { location: 'model:${versions.model}', port: 8501 }
    compute: gpu
    http: { path: /model, stickiness: true, healthcheck: { path: /_stcore/health, grace_period: 5s } }
environments:
  dev: {}
  prod:
    services:
      back: { count: 3, deployment: { strategy: canary, percent: 10, step_time: 1m } }
      model: { deployment: { strategy: blue_green, bake_time: 1m } }
`

/** A visitor of every path, who keeps asking while something goes on, and what it was that answered. */
async function visited<Result>(base: string, during: Promise<Result>) {
  const answers = new Map<string, number>()
  let over = false
  const ended = during.finally(() => {
    over = true
  })
  ended.catch(() => {})
  do {
    for (const path of ['/', '/api/x', '/model/x']) {
      const answer = await fetch(base + path)
      const image = /task of (\S+):/.exec(await answer.text())?.[1]
      const seen = `${path} ${image ?? answer.status}`
      answers.set(seen, (answers.get(seen) ?? 0) + 1)
    }
    await new Promise((next) => setImmediate(next))
  } while (!over)
  return { answers: [...answers.keys()].sort(), ended }
}

const [deployAll] = deployEach
const [destroyAll] = destroyEach
const DONE = { environments: { dev: { outcome: 'done' }, prod: { outcome: 'done' } } }

const urlOf = async ({ context }: TestWorld, env: string): Promise<string> => {
  const { environments } = await status({ ...flags, env }, context)
  return environments[env]?.services.front?.url ?? ''
}

const deployments = async ({ aws }: TestWorld, env: string, service: string) => {
  const ecs = new ECS(aws.client)
  const { clusterArns = [] } = await ecs.listClusters({})
  for (const cluster of clusterArns) {
    const { serviceArns = [] } = await ecs.listServices({ cluster })
    const arn = serviceArns.find((one) => one.includes(`/studio-${env}-${service}-`))
    if (arn === undefined) continue
    const { serviceDeployments = [] } = await ecs.listServiceDeployments({ cluster, service: arn })
    return serviceDeployments.map((one) => one.status)
  }
  return []
}

test('a front end, a back end and a model go from version to version in dev and prod, and a bad one goes back by itself', async () => {
  const good = { front: '1', back: '1', model: '1' }
  const world = await testWorld({
    files: { 'img2vid.yaml': manifest(good) },
    behave: ({ image }) => (image === 'back:2' ? { exitCode: 1, lines: ['KeyError: DATABASE_URL'] } : {}),
  })
  const { context } = world
  const both = { ...flags, env: 'all' }
  expect(await deployAll(both, context)).toMatchObject(DONE)

  // A bad back end beside a good front end and model: dev first, as one does.
  world.write({ 'img2vid.yaml': manifest({ front: '2', back: '2', model: '1' }) })
  world.pace(200)
  const dev = await visited(await urlOf(world, 'dev'), deploy({ ...flags, env: 'dev' }, context))
  await expect(dev.ended).rejects.toMatchObject({
    outcome: 'rolled-back',
    message: expect.stringContaining('KeyError: DATABASE_URL'),
  })
  expect(dev.answers).toEqual(['/ front:1', '/ front:2', '/api/x back:1', '/model/x model:1'])
  expect(await deployments(world, 'dev', 'back')).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL'])
  expect(await why({ ...flags, env: 'dev' }, context)).toMatchObject({
    why: { outcome: 'rolled-back', exitCode: 4, cause: expect.stringContaining('back did not stay up') },
  })

  // Mended, it goes everywhere, and no visitor of prod notices.
  world.write({ 'img2vid.yaml': manifest({ front: '2', back: '3', model: '2' }) })
  const prod = await visited(await urlOf(world, 'prod'), deployAll(both, context))
  expect(await prod.ended).toMatchObject(DONE)
  expect(prod.answers).toEqual([
    '/ front:1',
    '/ front:2',
    '/api/x back:1',
    '/api/x back:3',
    '/model/x model:1',
    '/model/x model:2',
  ])
  for (const env of ['dev', 'prod']) {
    expect((await visited(await urlOf(world, env), Promise.resolve())).answers).toEqual([
      '/ front:2',
      '/api/x back:3',
      '/model/x model:2',
    ])
  }
  await destroyAll(both, context)
  const { cloudformation, elb, ecs } = world.aws.emulator.world.region('us-east-1')
  expect(Object.values(cloudformation.stacks).filter(({ status: now }) => now !== 'DELETE_COMPLETE')).toEqual([])
  expect([elb.loadBalancers, ecs.namespaces]).toEqual([{}, {}])
  expect((await new CloudWatchLogs(world.aws.client).describeLogGroups({})).logGroups).toEqual([])
}, 120_000)
