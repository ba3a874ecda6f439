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
    [[1], '1'],
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
