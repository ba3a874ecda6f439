import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SQS } from '@aws-sdk/client-sqs'
import { AwsQueryProtocol } from '@aws-sdk/core/protocols'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import { expect, test } from 'vitest'
import { awsCommandLine } from '../support/aws-cli.ts'
import { startAws } from '../support/emulator.ts'
import { temporaryFolder } from '../support/folder.ts'
import { virtualClock } from '../support/virtual-clock.ts'
import { signed } from '../support/wire.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

async function start() {
  const clock = virtualClock(NOON)
  const aws = await startAws({ clock })
  return { aws, clock, cloudwatch: new CloudWatch(aws.client) }
}

const alarm = {
  AlarmName: 'busy',
  Namespace: 'demo',
  MetricName: 'busy',
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
} as const

test('what is measured comes back as statistics of its periods, however much of it is sent at once', async () => {
  const { cloudwatch, clock } = await start()
  const Dimensions = [{ Name: 'host', Value: 'a' }]
  // The SDK compresses what is as long as this.
  const MetricData = Array.from({ length: 500 }, (_, index) => ({
    MetricName: 'busy',
    Dimensions,
    Timestamp: new Date(NOON + index * 1000),
    Value: index,
  }))
  await cloudwatch.putMetricData({ Namespace: 'demo', MetricData })
  const values = { SampleCount: 2, Sum: 1000, Minimum: 400, Maximum: 600 }
  await cloudwatch.putMetricData({
    Namespace: 'demo',
    MetricData: [{ MetricName: 'busy', Dimensions, Timestamp: new Date(NOON), StatisticValues: values, Unit: 'Count' }],
  })
  await clock.pass(600)
  const { Datapoints = [] } = await cloudwatch.getMetricStatistics({
    Namespace: 'demo',
    MetricName: 'busy',
    Dimensions,
    StartTime: new Date(NOON),
    EndTime: new Date(NOON + 600_000),
    Period: 300,
    Statistics: ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'],
  })
  const { Metrics } = await cloudwatch.listMetrics({ Namespace: 'demo', RecentlyActive: 'PT3H' })
  expect({ Datapoints, Metrics }).toEqual({
    Datapoints: [
      {
        Timestamp: new Date(NOON),
        SampleCount: 302,
        Sum: 45_850,
        Average: 45_850 / 302,
        Minimum: 0,
        Maximum: 600,
        Unit: 'Count',
      },
      {
        Timestamp: new Date(NOON + 300_000),
        SampleCount: 200,
        Sum: 79_900,
        Average: 399.5,
        Minimum: 300,
        Maximum: 499,
        Unit: 'Count',
      },
    ],
    Metrics: [{ Namespace: 'demo', MetricName: 'busy', Dimensions }],
  })
})

test('an alarm looks at whole minutes, and treats those without a measurement as it is told', async () => {
  const { cloudwatch, clock } = await start()
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const
  for (const TreatMissingData of treatments) {
    await cloudwatch.putMetricAlarm({ ...alarm, AlarmName: TreatMissingData, TreatMissingData })
  }
  const measure = (Value: number) =>
    cloudwatch.putMetricData({ Namespace: 'demo', MetricData: [{ MetricName: 'busy', Value }] })
  const states = async () => {
    const { MetricAlarms = [] } = await cloudwatch.describeAlarms({})
    return Object.fromEntries(MetricAlarms.map(({ AlarmName, StateValue }) => [AlarmName, StateValue]))
  }
  const seen = [await states()]
  await clock.pass(60)
  seen.push(await states())
  for (const value of [9, 1, 9]) {
    await measure(value)
    await clock.pass(60)
  }
  seen.push(await states())
  await clock.pass(600)
  seen.push(await states())
  const { MetricAlarms: [ignoring] = [] } = await cloudwatch.describeAlarms({ AlarmNames: ['ignore'] })
  expect({ seen, reason: ignoring?.StateReason }).toEqual({
    seen: [
      {
        missing: 'INSUFFICIENT_DATA',
        ignore: 'INSUFFICIENT_DATA',
        breaching: 'INSUFFICIENT_DATA',
        notBreaching: 'INSUFFICIENT_DATA',
      },
      { missing: 'INSUFFICIENT_DATA', ignore: 'INSUFFICIENT_DATA', breaching: 'ALARM', notBreaching: 'OK' },
      { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' },
      { missing: 'INSUFFICIENT_DATA', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'OK' },
    ],
    reason:
      'Threshold Crossed: 2 datapoints [9.0 (21/11/26 12:03:00), 9.0 (21/11/26 12:01:00)] were greater than the threshold (5.0).',
  })
})

test.each([
  [{ EvaluationPeriods: 1441 }, 'Metrics cannot be checked across more than a day'],
  [{ DatapointsToAlarm: 4 }, 'must not exceed the number of evaluation periods'],
  [{ Period: 45 }, 'The period must be'],
  [{ Namespace: undefined }, 'Either Metrics or MetricName and Namespace'],
])('an alarm with %o is refused', async (wrong, message) => {
  const { cloudwatch } = await start()
  await expect(cloudwatch.putMetricAlarm({ ...alarm, ...wrong } as never)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message),
  })
})

test('errors keep the codes that they had before, which the command line tells', async ({ skip }) => {
  const { aws } = await start()
  const error = await new SQS(aws.client).getQueueUrl({ QueueName: 'none' }).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'QueueDoesNotExist', message: 'The specified queue does not exist.' })
  const typed = await awsCommandLine({ endpoint: aws.endpoint, folder: temporaryFolder() })
  if (!typed) return skip('there is no aws command line')
  await expect(typed(`sqs get-queue-url --queue-name none --endpoint-url ${aws.endpoint}`)).rejects.toThrow(
    'An error occurred (AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation: The specified queue does not exist.',
  )
})

const speaking = {
  'Query, as older clients': { protocol: AwsQueryProtocol, protocolSettings: { version: '2010-08-01' } },
  'CBOR, as newer ones': { protocol: SmithyRpcV2CborProtocol },
}

test.each(Object.entries(speaking))('understands %s', async (_how, { protocol, ...settings }) => {
  const { aws, cloudwatch: json } = await start()
  const { protocolSettings } = json.config as { protocolSettings: object }
  const all = { ...protocolSettings, ...('protocolSettings' in settings && settings.protocolSettings) }
  const cloudwatch = new CloudWatch({ ...aws.client, protocol, protocolSettings: all })
  const Dimensions = [{ Name: 'host', Value: 'ü&<' }]
  const one = { MetricName: 'busy', Dimensions, Timestamp: new Date(NOON), Unit: 'Count' as const }
  const MetricData = Array.from({ length: 40 }, (_, Value) => ({ ...one, Value: Value + 0.5 }))
  await cloudwatch.putMetricData({ Namespace: 'demo', MetricData })
  const span = { StartTime: new Date(NOON - 60_000), EndTime: new Date(NOON + 60_000), Period: 60 }
  const wanted = { Namespace: 'demo', MetricName: 'busy', Dimensions, ...span }
  const { Datapoints } = await cloudwatch.getMetricStatistics({ ...wanted, Statistics: ['Minimum', 'SampleCount'] })
  expect(Datapoints).toEqual([{ Timestamp: new Date(NOON), Minimum: 0.5, SampleCount: 40, Unit: 'Count' }])
  await cloudwatch.putMetricAlarm({ ...alarm, Dimensions })
  expect((await cloudwatch.describeAlarms({})).MetricAlarms).toEqual((await json.describeAlarms({})).MetricAlarms)
  const missing = { AlarmName: 'none', StateValue: 'OK', StateReason: 'x' } as const
  await expect(cloudwatch.setAlarmState(missing)).rejects.toMatchObject({ name: 'ResourceNotFound' })
  await expect(cloudwatch.describeAnomalyDetectors({})).rejects.toMatchObject({ name: 'NotImplemented' })
})

test('refuses what is no CBOR', async () => {
  const { aws } = await start()
  const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor', ...signed('monitoring') }
  const path = '/service/GraniteServiceVersion20100801/operation/PutMetricData'
  const answer = await fetch(`${aws.endpoint}${path}`, { method: 'POST', body: Buffer.from('ffff', 'hex'), headers })
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('SerializationException')])
})
