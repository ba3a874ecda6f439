import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EC2 } from '@aws-sdk/client-ec2'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import { startAws } from '../support/emulator.ts'
import { virtualClock } from '../support/virtual-clock.ts'
import { CALL } from '../support/world.ts'

async function start() {
  const clock = virtualClock()
  const aws = await startAws({ clock, balancer: paperBalancer() })
  const { faults } = aws.emulator.world
  const [ecs, ec2, stacks] = [new ECS(aws.client), new EC2(aws.client), new CloudFormation(aws.client)]
  /** One read of each protocol, and how each fared. */
  const reads = () => Promise.all([ecs.listClusters({}), stacks.listStacks({}), ec2.describeVpcs({})].map(outcome))
  return { clock, faults, ecs, ec2, stacks, reads, call: aws.emulator.call }
}

/** `ok`, or code, words and status. */
const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'ok',
    ({ name, message, $metadata }) => [name, message, $metadata?.httpStatusCode],
  )

const EXPIRED = 'The security token included in the request is expired'
const notAllowed = (action: string) =>
  `User: arn:aws:iam::000000000000:user/local is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`

test.each([
  [
    { kind: 'throttle' },
    ['ThrottlingException', 'Rate exceeded', 400],
    ['Throttling', 'Rate exceeded', 400],
    ['RequestLimitExceeded', 'Request limit exceeded.', 503],
  ],
  [
    { kind: 'expired' },
    ['ExpiredTokenException', EXPIRED, 400],
    ['ExpiredToken', EXPIRED, 403],
    ['RequestExpired', 'Request has expired.', 400],
  ],
  [
    { kind: 'denied' },
    ['AccessDeniedException', notAllowed('ecs:ListClusters'), 400],
    ['AccessDenied', notAllowed('cloudformation:ListStacks'), 403],
    [
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${notAllowed('ec2:DescribeVpcs')}`,
      403,
    ],
  ],
  [
    { kind: 'error', code: 'ServiceUnavailable', status: 503 },
    ['ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', 503],
    ['ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', 503],
    ['ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', 503],
  ],
] as const)('%j arrives as each protocol says it, and only as often as ordered', async (order, ecs, stacks, ec2) => {
  const { faults, reads } = await start()
  faults.add({ ...order, times: 3 })
  expect(await reads()).toEqual([ecs, stacks, ec2])
  expect(await reads()).toEqual(['ok', 'ok', 'ok'])
  expect(faults.list()).toEqual([])
})

test('strikes only the service and the operations that it is for', async () => {
  const { faults, reads, ecs } = await start()
  faults.add({ kind: 'throttle', service: 'ecs', operation: 'List*' })
  const throttled = ['ThrottlingException', 'Rate exceeded', 400]
  expect(await reads()).toEqual([throttled, 'ok', 'ok'])
  expect(await outcome(ecs.describeClusters({}))).toBe('ok')
  expect(faults.list()).toMatchObject([{ kind: 'throttle', struck: 1 }])
})

test('strikes by chance when a probability is ordered', async () => {
  const { faults, ecs } = await start()
  faults.add({ kind: 'throttle', probability: 0.25 })
  const all: unknown[] = []
  for (let call = 0; call < 200; call++) all.push(await outcome(ecs.listClusters({})))
  const passed = all.filter((one) => one === 'ok').length
  expect(passed).toBeGreaterThan(120)
  expect(passed).toBeLessThan(180)
})

test('a lost connection leaves no answer, before or after the operation took effect', async () => {
  const { faults, ecs } = await start()
  const clusters = async () => (await ecs.listClusters({})).clusterArns?.map((arn) => arn.split('/')[1])
  faults.add({ kind: 'disconnect', operation: 'CreateCluster', times: 1 })
  await expect(ecs.createCluster({ clusterName: 'a' })).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(await clusters()).toEqual([])
  faults.add({ kind: 'disconnect', operation: 'CreateCluster', when: 'after', times: 1 })
  await expect(ecs.createCluster({ clusterName: 'b' })).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(await clusters()).toEqual(['b'])
})

test('a slow call takes the time that was ordered', async () => {
  const { clock, faults, call } = await start()
  faults.add({ kind: 'slow', seconds: 20, times: 1 })
  const before = clock.now().getTime()
  let answered = false
  void call('ecs', 'ListClusters', {}, CALL).then(() => {
    answered = true
  })
  await clock.until(() => answered)
  expect(clock.now().getTime() - before).toBe(20_000)
})

test('a stale read answers what was true, never longer ago than ordered', async () => {
  const { clock, faults, stacks, ecs } = await start()
  const count = async () => (await ecs.listClusters({})).clusterArns?.length
  faults.add({ kind: 'stale', seconds: 10 })
  expect(await count()).toBe(0)
  await ecs.createCluster({})
  await clock.pass(9)
  expect(await count()).toBe(0)
  await clock.pass(2)
  expect(await count()).toBe(1)

  const missing = ['ValidationError', 'Stack with id mine does not exist', 400]
  const describe = () => outcome(stacks.describeStacks({ StackName: 'mine' }))
  expect(await describe()).toEqual(missing)
  const Resources = { A: { Type: 'AWS::Logs::LogGroup' } }
  await stacks.createStack({ StackName: 'mine', TemplateBody: JSON.stringify({ Resources }) })
  expect(await describe()).toEqual(missing)
  await clock.pass(11)
  expect(await describe()).toBe('ok')
})

test('events of a stack come twice and out of order', async () => {
  const { clock, faults, stacks } = await start()
  const Resources = Object.fromEntries(['A', 'B', 'C', 'D'].map((id) => [id, { Type: 'AWS::Logs::LogGroup' }]))
  await stacks.createStack({ StackName: 'mine', TemplateBody: JSON.stringify({ Resources }) })
  await clock.pass(60)
  const events = async () =>
    ((await stacks.describeStackEvents({ StackName: 'mine' })).StackEvents ?? []).map(({ EventId = '' }) => EventId)
  const truth = await events()
  faults.add({ kind: 'disorder', stack: 'mine', times: 1 })
  const told = await events()
  expect(told.length).toBeGreaterThan(truth.length)
  expect([...new Set(told)].sort()).toEqual([...truth].sort())
  expect([...new Set(told)]).not.toEqual(truth)
  expect(await events()).toEqual(truth)
})

test('rates let a burst go, then so many a second as AWS documents, each bucket for itself', async () => {
  const { clock, faults, ecs } = await start()
  faults.add({ kind: 'rates' })
  const passed = async (calls: number, call: () => Promise<unknown>) => {
    const all: unknown[] = []
    for (let index = 0; index < calls; index++) all.push(await outcome(call()))
    return all.filter((one) => one === 'ok').length
  }
  expect(await passed(60, () => ecs.listClusters({}))).toBe(50)
  expect(await passed(1, () => ecs.describeClusters({}))).toBe(0)
  expect(await passed(1, () => ecs.listTaskDefinitions({}))).toBe(1)
  await clock.pass(1)
  expect(await passed(30, () => ecs.listClusters({}))).toBe(20)
  await clock.pass(3600)
  expect(await passed(60, () => ecs.listClusters({}))).toBe(50)
})
