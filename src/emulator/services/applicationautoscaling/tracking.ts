import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { MetricDataQuery, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import type { Policy } from './state.ts'

type Tracking = Sdk.TargetTrackingScalingPolicyConfiguration
type Watched = Pick<PutMetricAlarmInput, 'Namespace' | 'MetricName' | 'Dimensions' | 'Statistic' | 'Period' | 'Metrics'>

/** How far below its target a metric is before capacity is taken away. */
const LOW = 0.9
/** Datapoints of a minute in a row (user guide; as seen in the alarms that AWS makes). */
const HIGH_PERIODS = 3
const LOW_PERIODS = 15

/** The alarms of a policy that tracks a target: above it for three minutes, well below it for a quarter of an hour. */
export function putTrackingAlarms(world: World, call: Call, policy: Policy): void {
  const { tracking, resourceId, arn } = policy
  if (!tracking) return
  const watched = watch(policy, tracking)
  const put = (high: boolean) => {
    const known = policy.alarms.find((one) => one.high === high)?.name
    const kind = high ? 'AlarmHigh' : 'AlarmLow'
    const name = known ?? `TargetTracking-${resourceId}-${kind}-${world.random.uuid()}`
    const { TargetValue = 0 } = tracking
    world.services.monitoring.PutMetricAlarm(
      {
        AlarmName: name,
        AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${arn}.`,
        AlarmActions: [arn],
        ...watched,
        EvaluationPeriods: high ? HIGH_PERIODS : LOW_PERIODS,
        Threshold: high ? TargetValue : TargetValue * LOW,
        ComparisonOperator: high ? 'GreaterThanThreshold' : 'LessThanThreshold',
      },
      call,
    )
    return { name, arn: world.region(call.region).cloudwatch.alarms[name]?.arn ?? '', high }
  }
  policy.alarms = tracking.DisableScaleIn ? [put(true)] : [put(true), put(false)]
}

/** Target tracking looks at minutes, whatever the metrics come from. */
const everyMinute = ({ MetricStat, ...query }: Sdk.TargetTrackingMetricDataQuery): MetricDataQuery => {
  if (!MetricStat) return { ...query, Period: 60 }
  const { Metric, Stat } = MetricStat
  return { ...query, MetricStat: { Metric, Stat, Period: 60 } }
}

/** The metric, in the words of an alarm. */
function watch({ resourceId }: Policy, tracking: Tracking): Watched {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: custom } = tracking
  if (custom?.Metrics) return { Metrics: custom.Metrics.map(everyMinute) }
  if (custom) {
    const { MetricName, Namespace, Dimensions, Statistic } = custom
    return { MetricName, Namespace, Dimensions, Statistic, Period: 60 }
  }
  const [, ClusterName = '', ServiceName = ''] = resourceId.split('/')
  const service = [
    { Name: 'ClusterName', Value: ClusterName },
    { Name: 'ServiceName', Value: ServiceName },
  ]
  const ofService = (MetricName: string): Watched => ({
    Namespace: 'AWS/ECS',
    MetricName,
    Dimensions: service,
    Statistic: 'Average',
    Period: 60,
  })
  const { PredefinedMetricType: type, ResourceLabel = '' } = predefined ?? {}
  if (type === 'ECSServiceAverageCPUUtilization') return ofService('CPUUtilization')
  if (type === 'ECSServiceAverageMemoryUtilization') return ofService('MemoryUtilization')
  if (type === 'ALBRequestCountPerTarget') {
    const [, TargetGroup] = /^app\/[^/]+\/[^/]+\/(targetgroup\/[^/]+\/[^/]+)$/.exec(ResourceLabel) ?? []
    if (TargetGroup === undefined) {
      throw new AwsError('ValidationException', `Invalid resource label ${ResourceLabel} for metric type ${type}.`)
    }
    return {
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'RequestCountPerTarget',
      Dimensions: [{ Name: 'TargetGroup', Value: TargetGroup }],
      Statistic: 'Sum',
      Period: 60,
    }
  }
  throw new AwsError('ValidationException', `The embedded AWS does not have the predefined metric ${type}.`)
}
