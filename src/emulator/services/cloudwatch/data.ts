import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { add, dimensionList, dimensionsOf, KEPT_MINUTES, MINUTE_MS, periods, seriesOf, statistic } from './metrics.ts'
import { answer } from './queries.ts'
import { type Bucket, cloudwatchOf } from './state.ts'

const LISTED = 500
const ALWAYS = { from: new Date(0), to: new Date(8.64e15) }

/** What a datum says it measured, in one of the three ways in which it can say it. */
function bucketOf({ Value, StatisticValues, Values = [], Counts = [] }: Sdk.MetricDatum): Bucket {
  if (StatisticValues) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = StatisticValues
    return { count: SampleCount, sum: Sum, least: Minimum, most: Maximum }
  }
  const values = Value === undefined ? Values : [Value]
  if (values.length === 0)
    throw new AwsError(
      'MissingRequiredParameterException',
      'At least one of the parameters must be specified: Value, Values, StatisticValues.',
    )
  const counts = values.map((_, index) => Counts[index] ?? 1)
  return {
    count: counts.reduce((sum, one) => sum + one, 0),
    sum: values.reduce((sum, one, index) => sum + one * (counts[index] ?? 1), 0),
    least: Math.min(...values),
    most: Math.max(...values),
  }
}

/** The part of a time in which there can be something. */
function kept({ clock }: World, from: Date, to: Date): [from: Date, to: Date] {
  const now = clock.now().getTime()
  const first = new Date(now - KEPT_MINUTES * MINUTE_MS)
  // Measurements may be of two hours ahead (API reference, PutMetricData).
  const last = new Date(now + 120 * MINUTE_MS)
  return [from < first ? first : from, to > last ? last : to]
}

export const data = (world: World) =>
  ({
    PutMetricData: ({ Namespace: namespace = '', MetricData = [] }, call) => {
      if (namespace.startsWith('AWS/')) {
        throw new AwsError('InvalidParameterValueException', 'The value AWS/ for parameter Namespace is invalid.')
      }
      for (const datum of MetricData) {
        const { MetricName: name = '', Dimensions, Timestamp, Unit } = datum
        const about = { namespace, name, dimensions: dimensionsOf(Dimensions) }
        const when = { ...(Timestamp && { at: Timestamp }), ...(Unit && { unit: Unit }) }
        add(world, call.region, { ...about, ...when }, bucketOf(datum))
      }
      return {}
    },

    GetMetricData: ({ MetricDataQueries = [], StartTime, EndTime, ScanBy = 'TimestampDescending' }, call) => {
      const { from, to } = { from: StartTime ?? ALWAYS.from, to: EndTime ?? ALWAYS.to }
      if (from >= to) {
        throw new AwsError('ValidationException', 'The parameter StartTime must be less than the parameter EndTime.')
      }
      const answers = answer(cloudwatchOf(world, call), MetricDataQueries, ...kept(world, from, to))
      const shown = MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false)
      return {
        MetricDataResults: shown.map(({ Id = '', Label, MetricStat }) => {
          const values = [...(answers.get(Id) ?? [])].sort(([a], [b]) =>
            ScanBy === 'TimestampAscending' ? a - b : b - a,
          )
          return {
            Id,
            Label: Label ?? MetricStat?.Metric?.MetricName ?? Id,
            Timestamps: values.map(([moment]) => new Date(moment)),
            Values: values.map(([, value]) => value),
            StatusCode: 'Complete' as const,
          }
        }),
        Messages: [],
      }
    },

    GetMetricStatistics: (input, call) => {
      const { Namespace = '', MetricName = '', Dimensions, Statistics = [], Period = 60, StartTime, EndTime } = input
      const series = seriesOf(cloudwatchOf(world, call), Namespace, MetricName, dimensionsOf(Dimensions))
      const found = periods(series, StartTime ?? ALWAYS.from, EndTime ?? ALWAYS.to, Period)
      return {
        Label: MetricName,
        Datapoints: [...found].map(([moment, bucket]) => ({
          Timestamp: new Date(moment),
          ...Object.fromEntries(Statistics.map((name) => [name, statistic(bucket, name)])),
          Unit: series?.unit ?? ('None' as const),
        })),
      }
    },

    ListMetrics: ({ Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken }, call) => {
      const recent = world.clock.now().getTime() / MINUTE_MS - 3 * 60
      const wanted = Object.values(cloudwatchOf(world, call).series).filter(
        ({ namespace, name, dimensions, minutes }) =>
          (Namespace === undefined || Namespace === namespace) &&
          (MetricName === undefined || MetricName === name) &&
          Dimensions.every(
            ({ Name = '', Value }) => Name in dimensions && [undefined, dimensions[Name]].includes(Value),
          ) &&
          (RecentlyActive === undefined || Object.keys(minutes).some((minute) => Number(minute) >= recent)),
      )
      const { items, next } = page(wanted, LISTED, NextToken)
      return {
        Metrics: items.map(({ namespace, name, dimensions }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: dimensionList(dimensions),
        })),
        ...(next && { NextToken: next }),
      }
    },
  }) satisfies Handlers<typeof Sdk>
