import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Call, World } from '../../world.ts'

export type Dimensions = Readonly<Record<string, string>>

/** What was measured within a minute: how often, in sum, the least and the most. */
export interface Bucket {
  count: number
  sum: number
  least: number
  most: number
}

/** One metric with one set of dimensions. */
export interface Series {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Dimensions
  unit?: Sdk.StandardUnit
  /** By the minute since 1970. */
  readonly minutes: Record<string, Bucket>
}

export interface Alarm {
  readonly name: string
  readonly arn: string
  /** As it was put. */
  input: Sdk.PutMetricAlarmInput
  configuredAt: Date
  state: Sdk.StateValue
  reason: string
  reasonData?: string
  /** Of the state, and of its last change. */
  updatedAt: Date
  changedAt: Date
  /** Set by hand: it stands until the next look at the metric. */
  tags: Record<string, string>
}

export interface CloudWatchState {
  /** By namespace, name and dimensions. */
  readonly series: Record<string, Series>
  readonly alarms: Record<string, Alarm>
  /** Newest first. */
  history: Sdk.AlarmHistoryItem[]
}

export const emptyCloudWatch = (): CloudWatchState => ({ series: {}, alarms: {}, history: [] })

export const cloudwatchOf = (world: World, { region }: Pick<Call, 'region'>): CloudWatchState =>
  world.region(region).cloudwatch
