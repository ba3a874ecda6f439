import type { Dimension, StandardUnit } from '@aws-sdk/client-cloudwatch'
import type { World } from '../../world.ts'
import { type Bucket, type CloudWatchState, cloudwatchOf, type Dimensions, type Series } from './state.ts'

export const MINUTE_MS = 60_000
/** The longest time that an alarm looks back. */
export const KEPT_MINUTES = 24 * 60

export interface Measurement {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Dimensions
  readonly value: number
  /** How often the value was measured. */
  readonly count?: number
  readonly unit?: StandardUnit
  readonly at?: Date
}

export const dimensionsOf = (list: readonly Dimension[] = []): Dimensions =>
  Object.fromEntries(list.map(({ Name = '', Value = '' }) => [Name, Value]))

export const dimensionList = (dimensions: Dimensions): Dimension[] =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))

const keyOf = (namespace: string, name: string, dimensions: Dimensions): string =>
  JSON.stringify([namespace, name, ...Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))])

/** A metric is another one with each other set of dimensions. */
export const seriesOf = (
  { series }: CloudWatchState,
  namespace: string,
  name: string,
  dimensions: Dimensions,
): Series | undefined => series[keyOf(namespace, name, dimensions)]

/** Notes what was measured: each AWS service does it for its own, everybody by PutMetricData. */
export function measure(world: World, region: string, measurement: Measurement): void {
  const { value, count = 1 } = measurement
  add(world, region, measurement, { count, sum: value * count, least: value, most: value })
}

/** Adds to what was measured in the same minute. */
export function add(world: World, region: string, measurement: Omit<Measurement, 'value'>, more: Bucket): void {
  const { namespace, name, dimensions, unit, at = world.clock.now() } = measurement
  const state = cloudwatchOf(world, { region })
  const key = keyOf(namespace, name, dimensions)
  state.series[key] ??= { namespace, name, dimensions, minutes: {} }
  const series = state.series[key]
  if (unit) series.unit = unit
  const minute = Math.floor(at.getTime() / MINUTE_MS)
  const known = series.minutes[minute]
  if (!known) forgetBefore(series, Math.floor(world.clock.now().getTime() / MINUTE_MS) - KEPT_MINUTES)
  series.minutes[minute] = known ? together(known, more) : more
}

function forgetBefore({ minutes }: Series, first: number): void {
  // Keys that are numbers come in order.
  for (const minute in minutes) {
    if (Number(minute) >= first) return
    delete minutes[minute]
  }
}

const together = (a: Bucket, b: Bucket): Bucket => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  least: Math.min(a.least, b.least),
  most: Math.max(a.most, b.most),
})

/** What was measured from one moment up to another, by the moments at which its periods begin, in milliseconds. */
export function periods(series: Series | undefined, from: Date, to: Date, seconds: number): Map<number, Bucket> {
  const buckets = new Map<number, Bucket>()
  const length = Math.max(60, seconds) * 1000
  for (const [minute, bucket] of Object.entries(series?.minutes ?? {})) {
    const time = Number(minute) * MINUTE_MS
    const start = Math.floor(time / length) * length
    if (start < from.getTime() || time >= to.getTime()) continue
    const known = buckets.get(start)
    buckets.set(start, known ? together(known, bucket) : bucket)
  }
  return buckets
}

/** A statistic of what was measured; undefined for those that the minutes do not tell, such as percentiles. */
export function statistic({ count, sum, least, most }: Bucket, name: string): number | undefined {
  const known: Record<string, number> = {
    SampleCount: count,
    Sum: sum,
    Average: sum / count,
    Minimum: least,
    Maximum: most,
  }
  return known[name]
}
