import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { answer, valuesOf } from './queries.ts'
import type { CloudWatchState } from './state.ts'

type Definition = Sdk.PutMetricAlarmInput

/** Periods beyond those of an alarm in which CloudWatch looks for datapoints, so that late ones do not count as missing. */
const MARGIN = 2

export const secondsOf = ({ Period, Metrics = [] }: Definition): number =>
  Period ?? Math.max(60, ...Metrics.map((query) => query.MetricStat?.Period ?? query.Period ?? 60))

export interface Evaluation {
  readonly state: Sdk.StateValue
  readonly reason: string
  /** What the state was found by, the newest first: what scaling policies work with. */
  readonly datapoints: readonly number[]
  readonly from: Date
}

interface Datapoint {
  readonly at: Date
  readonly value: number
}

/** What an alarm says at a moment. Undefined when it leaves the state as it is. */
export function evaluateAlarm(state: CloudWatchState, alarm: Definition, now: Date): Evaluation | undefined {
  const { EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods, TreatMissingData = 'missing' } = alarm
  const length = Math.max(60, secondsOf(alarm)) * 1000
  const to = new Date(Math.floor(now.getTime() / length) * length)
  const from = new Date(to.getTime() - (EvaluationPeriods + MARGIN) * length)
  const found = [...datapoints(state, alarm, from, to)]
    .map(([moment, value]) => ({ at: new Date(moment), value }))
    .sort((a, b) => b.at.getTime() - a.at.getTime())
    .slice(0, EvaluationPeriods)
  const missing = EvaluationPeriods - found.length
  const evaluated = (value: Sdk.StateValue, reason: string): Evaluation => ({
    state: value,
    reason,
    datapoints: found.map((one) => one.value),
    from,
  })
  if (missing === EvaluationPeriods && TreatMissingData === 'missing') {
    return evaluated(
      'INSUFFICIENT_DATA',
      `Insufficient Data: ${missing} datapoint${missing > 1 ? 's were' : ' was'} unknown.`,
    )
  }
  if (missing === EvaluationPeriods && TreatMissingData === 'ignore') return undefined
  const breaching = found.filter(({ value }) => crosses(alarm, value))
  const counted = breaching.length + (TreatMissingData === 'breaching' ? missing : 0)
  const result = counted >= DatapointsToAlarm ? 'ALARM' : 'OK'
  // With less than it needs, it does not leave the state that it is in.
  if (result === 'OK' && missing > 0 && TreatMissingData === 'ignore') return undefined
  return evaluated(result, reasonOf(alarm, result === 'ALARM' ? breaching : found, missing, result))
}

function datapoints(state: CloudWatchState, alarm: Definition, from: Date, to: Date): Map<number, number> {
  const { Metrics, Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic } = alarm
  if (Metrics) {
    const { Id = '' } = Metrics.find(({ ReturnData }) => ReturnData !== false) ?? {}
    return answer(state, Metrics, from, to).get(Id) ?? new Map()
  }
  const Metric = { Namespace, MetricName, Dimensions }
  return valuesOf(state, { Metric, Stat: Statistic ?? ExtendedStatistic, Period: secondsOf(alarm) }, from, to)
}

const COMPARISONS: Readonly<Record<string, readonly [words: string, (value: number, threshold: number) => boolean]>> = {
  GreaterThanOrEqualToThreshold: ['greater than or equal to', (value, threshold) => value >= threshold],
  GreaterThanThreshold: ['greater than', (value, threshold) => value > threshold],
  LessThanThreshold: ['less than', (value, threshold) => value < threshold],
  LessThanOrEqualToThreshold: ['less than or equal to', (value, threshold) => value <= threshold],
}

const comparison = ({ ComparisonOperator: operator }: Definition) => COMPARISONS[operator ?? ''] ?? ['', () => false]

export const isComparison = (operator: string | undefined): boolean => Object.hasOwn(COMPARISONS, operator ?? '')

const crosses = (alarm: Definition, value: number): boolean => comparison(alarm)[1](value, alarm.Threshold ?? 0)

const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value))

/** `25/07/26 10:00:00`. */
const dayFirst = (at: Date): string => {
  const [year = '', month, day] = at.toISOString().slice(0, 10).split('-')
  return `${day}/${month}/${year.slice(2)} ${at.toISOString().slice(11, 19)}`
}

function reasonOf(alarm: Definition, shown: readonly Datapoint[], missing: number, state: 'ALARM' | 'OK'): string {
  if (shown.length === 0) {
    const treated = alarm.TreatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching'
    const periods = `${missing} period${missing > 1 ? 's' : ''}`
    const points = `${missing} missing datapoint${missing > 1 ? 's were' : ' was'}`
    return `Threshold Crossed: no datapoints were received for ${periods} and ${points} treated as [${treated}].`
  }
  const list = shown.map(({ at, value }) => `${decimal(value)} (${dayFirst(at)})`).join(', ')
  const count = `${shown.length} datapoint${shown.length > 1 ? 's' : ''} [${list}]`
  const verb = shown.length > 1 ? 'were' : 'was'
  const not = state === 'OK' ? 'not ' : ''
  return `Threshold Crossed: ${count} ${verb} ${not}${comparison(alarm)[0]} the threshold (${decimal(alarm.Threshold ?? 0)}).`
}
