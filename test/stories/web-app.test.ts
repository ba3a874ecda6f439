import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { visitor } from '../support/visitor.ts'

const web = (more: string) =>
  `web: { image: { location: example.org/web, port: 8080 }, http: { healthcheck: { grace_period: 5s } }, permissions: { buckets: { write: [uploads] } }${more} }`
const uploads =
  'uploads: { image: { location: example.org/web, port: 8080 }, compute: ec2, instances: [t3.small], http: { path: /uploads, healthcheck: { grace_period: 5s } } }'
const manifest = (...services: string[]) => `app: shop\nservices:\n${services.map((one) => `  ${one}\n`).join('')}`

/** A picture as a browser sends it. */
function upload(): RequestInit {
  const body = new FormData()
  body.append('picture', new Blob([new Uint8Array(64 * 1024)]), 'cat.png')
  return { method: 'POST', body }
}

/** The compute of each running service, by the launch type of its tasks. */
async function runsOn({ aws, context }: TestWorld): Promise<Record<string, string | undefined>> {
  const ecs = new ECS(aws.client)
  const { clusterArns: [cluster = ''] = [] } = await ecs.listClusters({})
  const { taskArns = [] } = await ecs.listTasks({ cluster })
  const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: taskArns })
  const services = Object.keys((await status(flags, context)).environments.dev?.services ?? {})
  return Object.fromEntries(
    services.map((name) => [
      name,
      tasks.find(({ taskDefinitionArn }) => taskDefinitionArn?.includes(`shop-dev-${name}:`))?.launchType,
    ]),
  )
}

test('a web app with uploads moves from Fargate to EC2 and is split over both, and no request of a client is lost', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(web('')) } })
  const { context, write } = world
  const url = (await deploy(flags, context)).services.web?.url ?? ''
  const clients = [visitor(`${url}/`), visitor(`${url}/uploads/1`, upload())]
  expect(await runsOn(world)).toEqual({ web: 'FARGATE' })

  write({ 'img2vid.yaml': manifest(web(', compute: ec2, instances: [t3.small]')) })
  await deploy(flags, context)
  expect(await runsOn(world)).toEqual({ web: 'EC2' })

  write({ 'img2vid.yaml': manifest(web(''), uploads) })
  const { services } = await deploy(flags, context)
  expect(await runsOn(world)).toEqual({ web: 'FARGATE', uploads: 'EC2' })
  expect(services.uploads?.url).toBe(`${url}/uploads`)

  for (const answers of await Promise.all(clients.map((client) => client.stop()))) {
    expect(answers).toEqual({ 200: expect.any(Number) })
    expect(answers[200]).toBeGreaterThan(20)
  }
  expect(await deploy(flags, context)).toMatchObject({ changed: false })
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ left: [] })
})
