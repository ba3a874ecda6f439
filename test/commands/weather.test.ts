import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import type { Order } from '../../src/emulator/faults/model.ts'
import { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'

const manifest = (more = '') => `
app: demo
services:
  web:
    image: { build: ., port: 8080 }
    http: { healthcheck: { path: /health, grace_period: 5s } }
    ${more}
`
const files = { 'img2vid.yaml': manifest(), Dockerfile: 'FROM scratch\n' }

/** What the embedded AWS itself says of the service: the definition that runs, or none. */
async function truth({ aws }: TestWorld): Promise<string | undefined> {
  const ecs = new ECS(aws.client)
  const cluster = 'demo-dev'
  const { clusterArns: [arn] = [] } = await ecs.listClusters({})
  const { serviceArns = [] } = arn ? await ecs.listServices({ cluster: arn }) : { serviceArns: [] }
  if (serviceArns.length === 0) return undefined
  const { services: [service] = [] } = await ecs.describeServices({ cluster: arn ?? cluster, services: serviceArns })
  const running = service?.deployments?.find(({ status }) => status === 'PRIMARY')
  return running?.taskDefinition?.split('/').at(-1)
}

const outcomeOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'done',
    (error) => (error instanceof UserError ? error.outcome : `bug: ${(error as Error).stack}`),
  )

/** What passes by itself costs nothing but time. */
const passing: Record<string, Order[]> = {
  'every third call is throttled': [{ kind: 'throttle', probability: 0.33 }],
  'a burst of throttling': [{ kind: 'throttle', service: 'cloudformation', times: 12 }],
  'documented rates': [{ kind: 'rates', scale: 1_000 }],
  'every fifth call ends with an error of AWS': [{ kind: 'error', probability: 0.2 }],
  'AWS is not available for a while': [{ kind: 'error', code: 'ServiceUnavailable', status: 503, times: 15 }],
  'connections are lost before anything happens': [{ kind: 'disconnect', probability: 0.2 }],
  'connections are lost after it has happened': [{ kind: 'disconnect', probability: 0.2, when: 'after' }],
  'credentials expire once': [{ kind: 'expired', operation: 'DescribeStackEvents', times: 1 }],
  'answers are old': [{ kind: 'stale', seconds: 0.02, probability: 0.3 }],
  'events come twice and out of order': [{ kind: 'disorder' }],
  'calls are slow': [{ kind: 'slow', seconds: 3, probability: 0.3 }],
}

test.each(Object.entries(passing))(
  '%s: a deploy, a change and a destroy end well',
  async (_name, orders) => {
    const world = await testWorld({ files, speed: 1_000 })
    const { context, aws, write } = world
    const { faults } = aws.emulator.world
    for (const order of orders) faults.add(order)
    expect(await outcomeOf(deploy(flags, context))).toBe('done')
    write({ Dockerfile: 'FROM scratch\nENV COLOUR=green\n' })
    expect(await outcomeOf(deploy(flags, context))).toBe('done')
    faults.clear()
    expect(await truth(world)).toBe('demo-dev-web:2')
    for (const order of orders) faults.add(order)
    expect(await outcomeOf(destroy({ ...flags, images: true }, context))).toBe('done')
    faults.clear()
    expect((await new CloudFormation(aws.client).describeStacks({})).Stacks).toEqual([])
  },
  30_000,
)

/** What does not pass: the outcome of a first deploy and of an update, and what runs afterwards. */
const lasting: Record<string, [orders: Order[], first: string, update: string]> = {
  'credentials that have expired': [[{ kind: 'expired' }], 'lost-contact', 'lost-contact'],
  'no permission for one call': [[{ kind: 'denied', operation: 'DescribeStacks' }], 'preflight', 'preflight'],
  'a cluster that cannot be made': [[{ kind: 'fail', type: 'AWS::ECS::Cluster', action: 'create' }], 'failed', 'done'],
  'a service that cannot be made or changed': [
    [{ kind: 'fail', type: 'AWS::ECS::Service', times: 1 }],
    'failed',
    'rolled-back',
  ],
  'an image that cannot be pulled': [[{ kind: 'pull' }], 'failed', 'rolled-back'],
  'a container that runs out of memory': [[{ kind: 'out-of-memory' }], 'failed', 'rolled-back'],
  'a container that exits': [[{ kind: 'exit', code: 3 }], 'failed', 'rolled-back'],
}

test.each(Object.entries(lasting))(
  '%s',
  async (_name, [orders, first, update]) => {
    const world = await testWorld({ files, speed: 1_000 })
    const { context, aws, write } = world
    const { faults } = aws.emulator.world
    for (const order of orders) faults.add(order)
    expect(await outcomeOf(deploy(flags, context))).toBe(first)
    expect(await truth(world).catch(() => undefined)).toBe(undefined)
    faults.clear()
    expect(await outcomeOf(deploy(flags, context))).toBe('done')
    const before = await truth(world)
    write({ Dockerfile: 'FROM scratch\nENV COLOUR=green\n' })
    for (const order of orders) faults.add(order)
    expect(await outcomeOf(deploy(flags, context))).toBe(update)
    faults.clear()
    const after = await truth(world)
    expect(update === 'done' ? before !== after : before === after).toBe(true)
    // Whatever it was, it can be mended and taken away.
    expect(await outcomeOf(deploy(flags, context))).toBe('done')
    expect(await outcomeOf(destroy({ ...flags, images: true }, context))).toBe('done')
  },
  30_000,
)
