import { type Json, type Resource, ref } from '../template.ts'
import {
  dimensions,
  loadBalancerName,
  queueName,
  serviceDimensions,
  sumOf,
  targetGroupName,
  type Way,
} from './metrics.ts'

/** Time for an instance, an image and a model: what asks again meanwhile brings no second task. */
const START_SECONDS = 600

interface Metric {
  readonly namespace: string
  readonly name: string
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount'
  readonly dimensions: Json[]
}

const query = (Id: string, { namespace, name, statistic, dimensions: Dimensions }: Metric): Json => ({
  Id,
  MetricStat: { Metric: { Namespace: namespace, MetricName: name, Dimensions }, Period: 60, Stat: statistic },
  ReturnData: false,
})

const requests = ({ rule, group }: Way): Metric => ({
  namespace: 'AWS/ApplicationELB',
  name: 'RequestCount',
  statistic: 'Sum',
  dimensions: dimensions({ LoadBalancer: loadBalancerName(rule), TargetGroup: targetGroupName(group) }),
})

const messages = (queue: string, kind: 'Visible' | 'NotVisible'): Metric => ({
  namespace: 'AWS/SQS',
  name: `ApproximateNumberOfMessages${kind}`,
  statistic: 'Maximum',
  dimensions: dimensions({ QueueName: queueName(queue) }),
})

/** The only trace that a request leaves for which there is no task. It is counted for the load balancer, not for a service. */
const refusals: Metric = {
  namespace: 'AWS/ApplicationELB',
  name: 'HTTPCode_ELB_503_Count',
  statistic: 'Sum',
  dimensions: dimensions({ LoadBalancer: loadBalancerName() }),
}

/** Samples of this are running tasks. It is measured of every task, as each reserves memory. */
const running: Metric = {
  namespace: 'AWS/ECS',
  name: 'MemoryUtilization',
  statistic: 'SampleCount',
  dimensions: serviceDimensions(),
}

/** Puts the service to sleep after a time without work, and wakes it when work comes. */
export function idleResources(
  { seconds, wakes }: { readonly seconds: number; readonly wakes: boolean },
  ways: readonly Way[],
  queue: string | undefined,
): Record<string, Resource> {
  const work = [
    ...ways.map(requests),
    ...(queue === undefined ? [] : [messages(queue, 'Visible'), messages(queue, 'NotVisible')]),
  ]
  return {
    Sleep: policy('sleep', {
      AdjustmentType: 'ExactCapacity',
      Cooldown: 60,
      StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }],
    }),
    SleepAlarm: sleepAlarm(work, seconds),
    ...(wakes && {
      Wake: policy('wake', {
        AdjustmentType: 'ChangeInCapacity',
        Cooldown: START_SECONDS,
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      }),
      ...(ways.length > 0 && { WakeAlarm: wakeAlarm('A request found no task', alone(refusals)) }),
      ...(queue !== undefined && { WakeQueueAlarm: wakeAlarm('Messages wait and nobody takes one', untouched(queue)) }),
    }),
  }
}

const policy = (PolicyName: string, StepScalingPolicyConfiguration: Json): Resource => ({
  Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
  Properties: {
    PolicyName,
    PolicyType: 'StepScaling',
    ScalingTargetId: ref('ScalableTarget'),
    StepScalingPolicyConfiguration,
  },
})

/**
 * Rings when a task has been running for the whole time and there was no work. A minute without a task has no value, so
 * that neither a service that sleeps nor one that has just come up is sent to sleep.
 */
function sleepAlarm(work: readonly Metric[], seconds: number): Resource {
  const ids = work.map((_, index) => `work${index + 1}`)
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: `No work for ${seconds / 60} minutes while a task was running`,
      Metrics: [
        ...work.map((one, index) => query(ids[index] ?? '', one)),
        query('running', running),
        {
          Id: 'busy',
          Expression: `${sumOf(ids)} + 0 * running`,
          Label: 'Work while a task runs',
          ReturnData: true,
        },
      ],
      EvaluationPeriods: seconds / 60,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: [ref('Sleep')],
    },
  }
}

const wakeAlarm = (AlarmDescription: string, watched: Json): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmDescription,
    ...watched,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    TreatMissingData: 'notBreaching',
    AlarmActions: [ref('Wake')],
  },
})

const alone = ({ namespace, name, statistic, dimensions: Dimensions }: Metric): Json => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions,
  Statistic: statistic,
  Period: 60,
})

/** Messages of which nobody has taken one: where somebody works, more tasks are for other policies to ask for. */
const untouched = (queue: string): Json => ({
  Metrics: [
    query('waiting', messages(queue, 'Visible')),
    query('taken', messages(queue, 'NotVisible')),
    { Id: 'untouched', Expression: 'IF(taken < 1, waiting, 0)', Label: 'Messages that nobody takes', ReturnData: true },
  ],
})
