import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch, type MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import { SQS } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { startEcs } from '../support/ecs.ts'

const scaled = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/default/web',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const

/** A service of one task between bounds, whose tasks take as much of their processor as `load` says. */
async function start(bounds: { readonly MinCapacity: number; readonly MaxCapacity: number }) {
  const load = { percent: 0 }
  const usage = () => ({ cpuUnits: (256 * load.percent) / 100, memoryMiB: 128 })
  const started = await startEcs({ 'demo/web:1': { usage } })
  const { aws, clock, register, create, rolledOut } = started
  await create(await register('demo/web:1'))
  await rolledOut('COMPLETED')
  const scaling = new ApplicationAutoScaling(aws.client)
  await scaling.registerScalableTarget({ ...scaled, ...bounds })
  return {
    ...started,
    load,
    scaling,
    cloudwatch: new CloudWatch(aws.client),
    desired: async () => (await started.describe()).desiredCount,
    /** What was done, the oldest first, with the minutes since the start. */
    activities: async (since: Date) => {
      const { ScalingActivities = [] } = await scaling.describeScalingActivities(scaled)
      return ScalingActivities.map(({ StartTime, Description, Cause }) => [
        Math.round(((StartTime?.getTime() ?? 0) - since.getTime()) / 60_000),
        Description,
        Cause?.replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'ID'),
      ]).reverse()
    },
    now: () => clock.now(),
  }
}

const alarm = (kind: string) => `TargetTracking-service/default/web-Alarm${kind}-ID`
const MISSING =
  'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].'

const cpu = (TargetValue: number) => ({
  ...scaled,
  PolicyName: 'cpu',
  PolicyType: 'TargetTrackingScaling' as const,
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue,
    PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' as const },
    ScaleOutCooldown: 60,
    ScaleInCooldown: 120,
  },
})

test('tracking a target adds tasks after three minutes above it, and takes them away after fifteen below', async () => {
  const { scaling, cloudwatch, clock, load, desired, activities, now } = await start({ MinCapacity: 1, MaxCapacity: 5 })
  const { Alarms = [] } = await scaling.putScalingPolicy(cpu(50))
  const began = now()
  load.percent = 90
  await clock.pass(10 * 60)
  const out = await desired()
  load.percent = 5
  await clock.pass(30 * 60)
  const { MetricAlarms = [] } = await cloudwatch.describeAlarms({
    AlarmNames: Alarms.map(({ AlarmName = '' }) => AlarmName),
  })
  expect({
    out,
    in: await desired(),
    activities: await activities(began),
    alarms: MetricAlarms.map(({ AlarmName, StateValue, Threshold, EvaluationPeriods }) => [
      AlarmName?.replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'ID'),
      StateValue,
      Threshold,
      EvaluationPeriods,
    ]),
  }).toEqual({
    out: 5,
    in: 1,
    activities: [
      [3, 'Setting desired count to 2.', `monitor alarm ${alarm('High')} in state ALARM triggered policy cpu`],
      [4, 'Setting desired count to 4.', `monitor alarm ${alarm('High')} in state ALARM triggered policy cpu`],
      [5, 'Setting desired count to 5.', `monitor alarm ${alarm('High')} in state ALARM triggered policy cpu`],
      [25, 'Setting desired count to 1.', `monitor alarm ${alarm('Low')} in state ALARM triggered policy cpu`],
    ],
    alarms: [
      [alarm('High'), 'OK', 50, 3],
      [alarm('Low'), 'ALARM', 45, 15],
    ],
  })
})

test('a step policy follows its alarm, and what is scheduled moves the bounds', async () => {
  const { scaling, cloudwatch, clock, desired, activities, now } = await start({ MinCapacity: 0, MaxCapacity: 3 })
  const { PolicyARN = '' } = await scaling.putScalingPolicy({
    ...scaled,
    PolicyName: 'busy',
    PolicyType: 'StepScaling',
    StepScalingPolicyConfiguration: {
      AdjustmentType: 'ChangeInCapacity',
      Cooldown: 300,
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
      ],
    },
  })
  const metric = { Namespace: 'demo', MetricName: 'waiting', Dimensions: [{ Name: 'queue', Value: 'videos' }] }
  await cloudwatch.putMetricAlarm({
    AlarmName: 'waiting',
    ...metric,
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [PolicyARN],
  })
  const began = now()
  const { Namespace, ...datum } = metric
  await cloudwatch.putMetricData({ Namespace, MetricData: [{ ...datum, Values: [3, 20], Counts: [4, 1] }] })
  await clock.pass(20 * 60)
  const busy = await desired()
  await scaling.putScheduledAction({
    ...scaled,
    ScheduledActionName: 'evening',
    Schedule: 'cron(30 19 ? * WED-FRI *)',
    Timezone: 'America/New_York',
    ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 },
  })
  await clock.pass(20 * 60)
  const { ScalableTargets = [] } = await scaling.describeScalableTargets({ ServiceNamespace: 'ecs' })
  const { MetricAlarms } = await cloudwatch.describeAlarms({ AlarmNames: ['waiting'] })
  const { AlarmHistoryItems = [] } = await cloudwatch.describeAlarmHistory({ AlarmName: 'waiting' })
  expect({
    busy,
    evening: await desired(),
    bounds: ScalableTargets.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity]),
    activities: await activities(began),
    reason: MetricAlarms?.[0]?.StateReason,
    history: AlarmHistoryItems.map(({ HistorySummary }) =>
      HistorySummary?.replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'ID'),
    ),
  }).toEqual({
    busy: 3,
    evening: 0,
    bounds: [[0, 0]],
    activities: [
      // A value of 20 is 15 above the threshold: the second step. The alarm rings for three minutes, it cools down for five.
      [1, 'Setting desired count to 3.', 'monitor alarm waiting in state ALARM triggered policy busy'],
      [30, 'Setting desired count to 0.', 'maximum capacity was set to 0 while scheduled action evening was executed'],
    ],
    reason: MISSING,
    history: [
      'Alarm updated from ALARM to OK',
      'Successfully executed action arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:ID:resource/ecs/service/default/web:policyName/busy',
      'Alarm updated from INSUFFICIENT_DATA to ALARM',
      'Alarm "waiting" created',
    ],
  })
})

test('messages that wait are divided among the tasks that run', async () => {
  const { aws, scaling, cloudwatch, clock, desired, now } = await start({ MinCapacity: 1, MaxCapacity: 10 })
  const sqs = new SQS(aws.client)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'videos' })
  const service = [
    { Name: 'ClusterName', Value: 'default' },
    { Name: 'ServiceName', Value: 'web' },
  ]
  const Metrics: MetricDataQuery[] = [
    {
      Id: 'waiting',
      MetricStat: {
        Metric: {
          Namespace: 'AWS/SQS',
          MetricName: 'ApproximateNumberOfMessagesVisible',
          Dimensions: [{ Name: 'QueueName', Value: 'videos' }],
        },
        Period: 60,
        Stat: 'Sum',
      },
      ReturnData: false,
    },
    {
      Id: 'tasks',
      MetricStat: {
        Metric: { Namespace: 'AWS/ECS', MetricName: 'CPUUtilization', Dimensions: service },
        Period: 60,
        Stat: 'SampleCount',
      },
      ReturnData: false,
    },
    { Id: 'backlog', Expression: 'IF(tasks > 0, waiting / tasks, waiting)' },
  ]
  await scaling.putScalingPolicy({
    ...scaled,
    PolicyName: 'backlog',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 10,
      CustomizedMetricSpecification: { Metrics: Metrics as never },
    },
  })
  const from = now()
  for (let index = 0; index < 40; index++) await sqs.sendMessage({ QueueUrl, MessageBody: `video ${index}` })
  await clock.pass(10 * 60)
  const { MetricDataResults } = await cloudwatch.getMetricData({
    MetricDataQueries: Metrics,
    StartTime: from,
    EndTime: now(),
    ScanBy: 'TimestampAscending',
  })
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
  const [{ ReceiptHandle } = {}] = Messages
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
  const { Attributes } = await sqs.getQueueAttributes({
    QueueUrl,
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  })
  expect({
    desired: await desired(),
    backlog: MetricDataResults?.map(({ Id, Values }) => [Id, Values]),
    received: Messages.map(({ Body }) => Body),
    Attributes,
  }).toEqual({
    desired: 4,
    backlog: [['backlog', [40, 40, 10, 10, 10, 10, 10, 10, 10]]],
    received: Array.from({ length: 10 }, (_, index) => `video ${index}`),
    Attributes: { ApproximateNumberOfMessages: '30', ApproximateNumberOfMessagesNotVisible: '9' },
  })
})

test('a deployment goes back when an alarm of its service rings, but not for one that rang before', async () => {
  const { ecs, cloudwatch, clock, register, create, rolledOut, describe, aws } = await startEcs().then((started) => ({
    ...started,
    cloudwatch: new CloudWatch(started.aws.client),
  }))
  const first = await register('demo/web:1')
  const alarms = { alarmNames: ['errors'], enable: true, rollback: true }
  await create(first, { deploymentConfiguration: { alarms } })
  await rolledOut('COMPLETED')
  await cloudwatch.putMetricAlarm({
    AlarmName: 'errors',
    Namespace: 'demo',
    MetricName: 'errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'ignore',
  })
  const set = (StateValue: 'ALARM' | 'OK') =>
    cloudwatch.setAlarmState({ AlarmName: 'errors', StateValue, StateReason: 'by hand' })
  const second = await register('demo/web:1')
  await ecs.updateService({ service: 'web', taskDefinition: second })
  await clock.pass(5)
  await set('ALARM')
  await clock.pass(300)
  const back = await describe()
  await ecs.updateService({ service: 'web', taskDefinition: second })
  await clock.pass(300)
  const mended = await describe()
  expect([
    [back.taskDefinition, back.deployments?.[0]?.rolloutStateReason?.replace(/ecs-svc\/\d+/, 'ID')],
    [mended.taskDefinition, mended.deployments?.map(({ rolloutState }) => rolloutState)],
    aws.emulator.world.region('us-east-1').cloudwatch.alarms.errors?.state,
  ]).toEqual([[first, 'ECS deployment ID completed.'], [second, ['COMPLETED']], 'ALARM'])
})
