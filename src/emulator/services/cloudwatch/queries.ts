import type { MetricDataQuery, MetricStat } from '@aws-sdk/client-cloudwatch'
import { AwsError } from '../../errors.ts'
import { evaluate, type Value } from './expressions.ts'
import { dimensionsOf, periods, seriesOf, statistic } from './metrics.ts'
import type { CloudWatchState } from './state.ts'

/** The values of a statistic by the beginning of its periods. */
export function valuesOf(
  state: CloudWatchState,
  { Metric = {}, Stat = 'Average', Period = 60 }: Partial<MetricStat>,
  from: Date,
  to: Date,
): Map<number, number> {
  const { Namespace = '', MetricName = '', Dimensions } = Metric
  const series = seriesOf(state, Namespace, MetricName, dimensionsOf(Dimensions))
  const values = new Map<number, number>()
  for (const [moment, bucket] of periods(series, from, to, Period)) {
    const value = statistic(bucket, Stat)
    if (value !== undefined) values.set(moment, value)
  }
  return values
}

const periodOf = ({ MetricStat, Period }: MetricDataQuery): number => MetricStat?.Period ?? Period ?? 60

/** The values of each query, metrics first, expressions when what they refer to is known. */
export function answer(
  state: CloudWatchState,
  queries: readonly MetricDataQuery[],
  from: Date,
  to: Date,
): Map<string, Map<number, number>> {
  const period = Math.max(60, ...queries.map(periodOf)) * 1000
  const first = Math.floor(from.getTime() / period) * period
  const moments = Array.from(
    { length: Math.max(0, Math.ceil((to.getTime() - first) / period)) },
    (_, index) => first + index * period,
  )
  const values = new Map<string, Value>()
  const waiting = new Map(queries.map((query) => [query.Id ?? '', query]))
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, { Expression = '' }]) => !refersTo(Expression, [...waiting.keys()]))
    if (ready.length === 0)
      throw new AwsError('ValidationException', 'The expressions refer to each other in a circle.')
    for (const [id, { MetricStat, Expression }] of ready) {
      values.set(
        id,
        MetricStat ? valuesOf(state, MetricStat, from, to) : evaluate(Expression ?? '', { values, moments }),
      )
      waiting.delete(id)
    }
  }
  return new Map([...values].map(([id, value]) => [id, asSeries(value, moments)]))
}

const refersTo = (expression: string, ids: readonly string[]): boolean =>
  (expression.match(/[a-z]\w*/g) ?? []).some((word) => ids.includes(word))

const asSeries = (value: Value, moments: readonly number[]): Map<number, number> =>
  new Map(typeof value === 'number' ? moments.map((moment) => [moment, value]) : value)
