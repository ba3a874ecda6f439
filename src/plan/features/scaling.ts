import type { Check } from '../manifest/checks/places.ts'
import { seconds } from '../manifest/durations.ts'
import { rulesOf } from '../manifest/model.ts'
import { shiftsTraffic } from '../manifest/rollout.ts'
import { logicalName } from '../names.ts'
import { boundsOf, cooldowns, countChecks, idleOf, milliseconds, type Scaled, scaledBy } from '../scaling/count.ts'
import { idleResources } from '../scaling/idle.ts'
import {
  dimensions,
  loadBalancerName,
  measured,
  queueName,
  serviceDimensions,
  sumOf,
  targetGroupName,
  type Way,
  waysIn,
} from '../scaling/metrics.ts'
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
function tracked(group: Scaled, ways: readonly Way[]): Tracked[] {
  const { cpu_percentage: cpu, memory_percentage: memory, requests, response_time: answers, queue_delay: queue } = group
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
    ...one('requests', requests, same, requestCount(ways)),
    ...one('response-time', answers, (time) => milliseconds(time) / 1000, responseTime(ways)),
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

const ELB = 'AWS/ApplicationELB'

/** So many messages for each task, one after another, keep no message waiting for too long. */
const backlogOf = (latency: string | number, work: string): number =>
  Math.round((100_000 * seconds(latency)) / milliseconds(work)) / 100

const isDetailed = <Value>(
  wanted: Value | { value: Value; cooldown?: Tracked['own'] },
): wanted is { value: Value; cooldown?: Tracked['own'] } => typeof wanted === 'object' && wanted !== null

/** Scaling policies that AWS fills in know a single target group. */
function requestCount(ways: readonly Way[]): Json {
  if (ways.length === 1) {
    const ResourceLabel = { 'Fn::Join': ['/', [loadBalancerName(), targetGroupName()]] }
    return predefined('ALBRequestCountPerTarget', { ResourceLabel })
  }
  const ids = ways.map((_, index) => `requests${index + 1}`)
  const each = ways.map(({ group }, index) => {
    const TargetGroup = targetGroupName(group)
    return measured(ids[index] ?? '', ELB, 'RequestCountPerTarget', dimensions({ TargetGroup }), 'Sum')
  })
  return calculated(each, sumOf(ids), 'Requests for each task')
}

/** On average over all requests; none of a target group without any. */
function responseTime(ways: readonly Way[]): Json {
  const of = ({ rule, group }: Way) =>
    dimensions({ LoadBalancer: loadBalancerName(rule), TargetGroup: targetGroupName(group) })
  const MetricName = 'TargetResponseTime'
  const [only] = ways
  if (only && ways.length === 1) {
    return {
      CustomizedMetricSpecification: { Namespace: ELB, MetricName, Dimensions: of(only), Statistic: 'Average' },
    }
  }
  const each = ways.flatMap((way, index) => [
    measured(`time${index + 1}`, ELB, MetricName, of(way), 'Sum'),
    measured(`answers${index + 1}`, ELB, MetricName, of(way), 'SampleCount'),
  ])
  const all = (name: string) => sumOf(ways.map((_, index) => `${name}${index + 1}`))
  return calculated(each, `(${all('time')}) / (${all('answers')})`, 'Seconds for each answer')
}

const calculated = (each: readonly Json[], Expression: string, Label: string): Json => ({
  CustomizedMetricSpecification: { Metrics: [...each, { Id: 'result', Expression, Label, ReturnData: true }] },
})

/** Messages that wait for each task or are worked on: with none, the last task would be taken from its work. ECS measures each running task once a minute, so that samples are tasks. */
const backlog = (QueueName: string): Json => {
  const ofQueue = (id: string, name: string) =>
    measured(id, 'AWS/SQS', `ApproximateNumberOfMessages${name}`, dimensions({ QueueName }), 'Maximum')
  const tasks = measured('tasks', 'AWS/ECS', 'MemoryUtilization', serviceDimensions(), 'SampleCount')
  return calculated(
    [ofQueue('waiting', 'Visible'), ofQueue('taken', 'NotVisible'), tasks],
    '(waiting + taken) / tasks',
    'Messages for each task',
  )
}

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
  const ways = waysIn(template)
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
          tracked(group, ways).map((one) => [`${logicalName(one.name)}Scaling`, trackingPolicy(one, group)]),
        ),
        ...Object.assign({}, ...Object.entries(group.step ?? {}).map(([key, policy]) => stepResources(key, policy))),
        ...(idle && idleResources(idle, ways, group.queue_delay?.queue)),
      },
    },
    group,
  )
}

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

/** So many measurements an alarm may calculate with. */
const MOST_MEASURED = 10

const fewEnough: Check = (settings, service) => {
  const { response_time: answers, idle, queue_delay: queue } = scaledBy(settings) ?? {}
  const ways = rulesOf(service.http).length * (shiftsTraffic(service) ? 2 : 1)
  const needs = {
    response_time: answers === undefined || ways === 1 ? 0 : 2 * ways,
    idle: idle === undefined ? 0 : ways + (queue ? 2 : 0) + 1,
  }
  return Object.entries(needs)
    .filter(([, number]) => number > MOST_MEASURED)
    .map(([field, number]) => ({
      at: ['count', field],
      because: ['http', 'additional_rules'],
      message: `takes ${number} measurements of ${ways} target groups, and an alarm looks at ${MOST_MEASURED}: less additional_rules, or strategy: rolling`,
    }))
}

export const scaling: Feature = {
  checks: [...countChecks, stepChecks, fewEnough],
  service: withScaling,
  parameters: ({ service: { range } }) => (range ? { MinTasks: range.min, MaxTasks: range.max } : {}),
}
