import * as Logs from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

async function group() {
  const aws = await startAws()
  const logs = new Logs.CloudWatchLogsClient(aws.client)
  await logs.send(new Logs.CreateLogGroupCommand({ logGroupName: '/app' }))
  await logs.send(new Logs.CreateLogStreamCommand({ logGroupName: '/app', logStreamName: 'web/1' }))
  const logEvents = ['GET / 200', 'GET /x 404', 'GET / 200'].map((message, index) => ({
    timestamp: index + 1,
    message,
  }))
  await logs.send(new Logs.PutLogEventsCommand({ logGroupName: '/app', logStreamName: 'web/1', logEvents }))
  return logs
}

test('filters events by pattern and pages through them', async () => {
  const logs = await group()
  const filter = { logGroupName: '/app', filterPattern: '"GET /" -404', limit: 1 }
  const first = await logs.send(new Logs.FilterLogEventsCommand(filter))
  const second = await logs.send(new Logs.FilterLogEventsCommand({ ...filter, nextToken: first.nextToken }))
  expect(
    [first, second].map(({ events, nextToken }) => [events?.map(({ timestamp }) => timestamp), nextToken]),
  ).toEqual([
    [[1], expect.any(String)],
    [[3], undefined],
  ])
})

test('a line keeps its id when older ones are dropped', async () => {
  const logs = await group()
  const lines = async (message: string, count = 1) => {
    const logEvents = Array.from({ length: count }, () => ({ timestamp: 4, message }))
    await logs.send(new Logs.PutLogEventsCommand({ logGroupName: '/app', logStreamName: 'web/1', logEvents }))
    const { events = [] } = await logs.send(new Logs.FilterLogEventsCommand({ logGroupName: '/app' }))
    return new Map(events.map(({ eventId, message }) => [eventId, message]))
  }
  const before = await lines('many', 10_000)
  const after = await lines('one more')
  const kept = [...before].slice(1)
  expect([...after]).toEqual([...kept, [expect.any(String), 'one more']])
})

test('whoever pages misses nothing, and sees nothing twice, while older lines are dropped and new ones come', async () => {
  const logs = await group()
  const write = async (from: number, count: number) => {
    const logEvents = Array.from({ length: count }, (_, index) => ({ timestamp: 4, message: `${from + index}` }))
    await logs.send(new Logs.PutLogEventsCommand({ logGroupName: '/app', logStreamName: 'web/1', logEvents }))
  }
  const range = { logGroupName: '/app', startTime: 4 }
  const stream = { ...range, logStreamName: 'web/1', startFromHead: true }
  const texts = ({ events = [] }: Pick<Logs.GetLogEventsCommandOutput, 'events'>) =>
    events.map(({ message }) => Number(message))
  await write(0, 10_000)
  const found = await logs.send(new Logs.FilterLogEventsCommand({ ...range, limit: 4_000 }))
  const got = await logs.send(new Logs.GetLogEventsCommand({ ...stream, limit: 4_000 }))
  await write(10_000, 3_000)
  const { nextToken } = found
  const further = await logs.send(new Logs.FilterLogEventsCommand({ ...range, nextToken }))
  const { nextForwardToken, nextBackwardToken } = got
  const forward = await logs.send(new Logs.GetLogEventsCommand({ ...stream, nextToken: nextForwardToken }))
  const backward = await logs.send(new Logs.GetLogEventsCommand({ ...stream, nextToken: nextBackwardToken }))
  const all = Array.from({ length: 13_000 }, (_, index) => index)
  expect([...texts(found), ...texts(further)]).toEqual(all)
  expect([...texts(got), ...texts(forward)]).toEqual(all)
  expect(texts(backward)).toEqual([])
})

test('follows a stream by its forward token', async () => {
  const logs = await group()
  const stream = { logGroupName: '/app', logStreamName: 'web/1', startFromHead: true }
  const first = await logs.send(new Logs.GetLogEventsCommand({ ...stream, limit: 2 }))
  const second = await logs.send(new Logs.GetLogEventsCommand({ ...stream, nextToken: first.nextForwardToken }))
  const third = await logs.send(new Logs.GetLogEventsCommand({ ...stream, nextToken: second.nextForwardToken }))
  expect([first, second, third].map(({ events }) => events?.map(({ message }) => message))).toEqual([
    ['GET / 200', 'GET /x 404'],
    ['GET / 200'],
    [],
  ])
  expect(third.nextForwardToken).toBe(second.nextForwardToken)
})

test('refuses a second group of the same name and a retention that AWS does not have', async () => {
  const logs = await group()
  await expect(logs.send(new Logs.CreateLogGroupCommand({ logGroupName: '/app' }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  })
  await expect(
    logs.send(new Logs.PutRetentionPolicyCommand({ logGroupName: '/app', retentionInDays: 2 })),
  ).rejects.toBeInstanceOf(Logs.InvalidParameterException)
})

test.each([
  ['a b', 'Member must satisfy regular expression pattern'],
  ['', 'Member must satisfy regular expression pattern'],
  ['aws/mine', 'Log groups starting with AWS/ are reserved for AWS.'],
])('refuses the name %j for a group', async (logGroupName, why) => {
  const logs = await group()
  await expect(logs.send(new Logs.CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    ...{ name: 'InvalidParameterException', message: expect.stringContaining(why) },
  })
})
