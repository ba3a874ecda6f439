import { seconds } from '../manifest/durations.ts'
import { logicalName } from '../names.ts'
import { boundsOf, cooldowns, countChecks, idleOf, milliseconds, type Scaled, scaledBy } from '../scaling/count.ts'
import { idleResources } from '../scaling/idle.ts'
import { dimensions, loadBalancerName, queueName, serviceDimensions, targetGroupName } from '../scaling/metrics.ts'
import { stepChecks, stepResources } from '../scaling/step.ts'
import { importValue, type Json, type Resource, ref, type Template, withProperties } from '../template.ts'
import type { Feature, ServiceInputs } from './feature.ts'

function scalableTarget(group: Scaled): Resource {
  return {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    Properties: {
      ServiceNamespace: 'ecs',
      ScalableDimension: 'ecs:service:DesiredCount',
      ResourceId: {
        'Fn::Join': [
          '/',
          ['service', importValue(`\${EnvironmentStack}-Cluster`), { 'Fn::GetAtt': ['TaskService', 'Name'] }],
        ],
      },
      MinCapacity: ref('MinTasks'),
      MaxCapacity: ref('MaxTasks'),
      ...(group.schedule && {
        ScheduledActions: group.schedule.map((one, index) => scheduledAction(one, index, group)),
      }),
    },
  }
}

function scheduledAction(
  { when, range }: NonNullable<Scaled['schedule']>[number],
  index: number,
  { timezone }: Scaled,
): Json {
  const { min, max } = boundsOf(range)
  return {
    ScheduledActionName: `schedule-${index + 1}`,
    Schedule: when,
    ...(timezone !== undefined && { Timezone: timezone }),
    ScalableTargetAction: {
      ...(min !== undefined && { MinCapacity: min }),
      ...(max !== undefined && { MaxCapacity: max }),
    },
  }
}

interface Tracked {
  readonly name: string
  readonly value: number
  readonly metric: Json
  readonly own: Parameters<typeof cooldowns>[0]
}

const predefined = (PredefinedMetricType: string, more: Json = {}): Json => ({
  PredefinedMetricSpecification: { PredefinedMetricType, ...more },
})

/** What is to stay at a value, each by a policy of its own: the one that wants most tasks wins. */
function tracked(group: Scaled): Tracked[] {
  const { cpu_percentage: cpu, memory_percentage: memory, requests, response_time: answers, queue_delay: queue } = group
  const label = { 'Fn::Join': ['/', [loadBalancerName(), targetGroupName()]] }
  const one = <Value>(
    name: string,
    wanted: Value | { value: Value; cooldown?: Tracked['own'] } | undefined,
    number: (value: Value) => number,
    metric: Json,
  ): Tracked[] => {
    if (wanted === undefined) return []
    const { value, cooldown: own } = isDetailed(wanted) ? wanted : { value: wanted as Value, cooldown: undefined }
    return [{ name, value: number(value), metric, own }]
  }
  const same = (value: number) => value
  return [
    ...one('cpu', cpu, same, predefined('ECSServiceAverageCPUUtilization')),
    ...one('memory', memory, same, predefined('ECSServiceAverageMemoryUtilization')),
    ...one('requests', requests, same, predefined('ALBRequestCountPerTarget', { ResourceLabel: label })),
    ...one('response-time', answers, (time) => milliseconds(time) / 1000, responseTime()),
    ...(queue
      ? [
          {
            name: 'queue-delay',
            value: backlogOf(queue.acceptable_latency, queue.msg_processing_time),
            metric: backlog(queueName(queue.queue)),
            own: queue.cooldown,
          },
        ]
      : []),
  ]
}

/** So many messages for each task, one after another, keep no message waiting for too long. */
const backlogOf = (latency: string | number, work: string): number =>
  Math.round((100_000 * seconds(latency)) / milliseconds(work)) / 100

const isDetailed = <Value>(
  wanted: Value | { value: Value; cooldown?: Tracked['own'] },
): wanted is { value: Value; cooldown?: Tracked['own'] } => typeof wanted === 'object' && wanted !== null

const responseTime = (): Json => ({
  CustomizedMetricSpecification: {
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'TargetResponseTime',
    Dimensions: dimensions({ LoadBalancer: loadBalancerName(), TargetGroup: targetGroupName() }),
    Statistic: 'Average',
  },
})

/** Messages that wait for each task or are worked on: with none, the last task would be taken from its work. ECS measures each running task once a minute, so that samples are tasks. */
const backlog = (QueueName: string): Json => ({
  CustomizedMetricSpecification: {
    Metrics: [
      metric('waiting', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', dimensions({ QueueName }), 'Maximum'),
      metric('taken', 'AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', dimensions({ QueueName }), 'Maximum'),
      metric('tasks', 'AWS/ECS', 'MemoryUtilization', serviceDimensions(), 'SampleCount'),
      { Id: 'backlog', Expression: '(waiting + taken) / tasks', Label: 'Messages for each task', ReturnData: true },
    ],
  },
})

const metric = (Id: string, Namespace: string, MetricName: string, Dimensions: Json[], Stat: string): Json => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat },
  ReturnData: false,
})

function trackingPolicy({ name, value, metric: watched, own }: Tracked, group: Scaled): Resource {
  return {
    Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    Properties: {
      PolicyName: name,
      PolicyType: 'TargetTrackingScaling',
      ScalingTargetId: ref('ScalableTarget'),
      TargetTrackingScalingPolicyConfiguration: { TargetValue: value, ...watched, ...cooldowns(own, group) },
    },
  }
}

/** What moves the number of a service's tasks. The template then names no number: each update would set it back. */
function withScaling(template: Template, { service }: ServiceInputs): Template {
  const group = scaledBy(service.settings)
  if (!group) return template
  const unset = withProperties(template, 'TaskService', ({ DesiredCount: _count, ...properties }) => properties)
  const { Count: _fixed, ...parameters } = unset.Parameters ?? {}
  const idle = idleOf(group)
  return withSpot(
    {
      ...unset,
      Parameters: {
        ...parameters,
        MinTasks: { Type: 'Number', MinValue: 0, Description: 'Tasks at least' },
        MaxTasks: { Type: 'Number', MinValue: 0, Description: 'Tasks at most' },
      },
      Resources: {
        ...unset.Resources,
        ScalableTarget: scalableTarget(group),
        ...Object.fromEntries(
          tracked(group).map((one) => [`${logicalName(one.name)}Scaling`, trackingPolicy(one, group)]),
        ),
        ...Object.assign({}, ...Object.entries(group.step ?? {}).map(([key, policy]) => stepResources(key, policy))),
        ...(idle && idleResources(idle, groupsOf(template), group.queue_delay?.queue)),
      },
    },
    group,
  )
}

/** What stands before the names of target groups that a load balancer leads to, and of their rules. */
const groupsOf = ({ Resources }: Template): string[] =>
  Object.keys(Resources).flatMap((name) => {
    const prefix = name.replace(/TargetGroup$/, '')
    return name !== prefix && `${prefix}ListenerRule` in Resources ? [prefix] : []
  })

/** From a number on, tasks are of Fargate Spot. */
function withSpot(template: Template, { range }: Scaled): Template {
  const { spot_from: from } = typeof range === 'object' ? range : {}
  if (from === undefined) return template
  return withProperties(template, 'TaskService', (properties) => ({
    ...properties,
    CapacityProviderStrategy: [
      ...(from > 1 ? [{ CapacityProvider: 'FARGATE', Base: from - 1, Weight: 0 }] : []),
      { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
    ],
  }))
}

export const scaling: Feature = {
  checks: [...countChecks, stepChecks],
  service: withScaling,
  parameters: ({ service: { range } }) => (range ? { MinTasks: range.min, MaxTasks: range.max } : {}),
}
