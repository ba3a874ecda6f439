import type { AlarmHistoryItem, HistoryItemType } from '@aws-sdk/client-cloudwatch'
import type { Call, World } from '../../world.ts'
import { cloudwatchOf } from './state.ts'

/** Older ones are dropped; AWS keeps thirty days. */
const MAXIMUM_ITEMS = 500

/** Writes down what became of an alarm. */
export function note(
  world: World,
  call: Pick<Call, 'region'>,
  AlarmName: string,
  type: HistoryItemType,
  HistorySummary: string,
  data: object = {},
): void {
  const state = cloudwatchOf(world, call)
  const item: AlarmHistoryItem = {
    AlarmName,
    AlarmType: 'MetricAlarm',
    Timestamp: world.clock.now(),
    HistoryItemType: type,
    HistorySummary,
    HistoryData: JSON.stringify({ version: '1.0', ...data }),
  }
  state.history = [item, ...state.history].slice(0, MAXIMUM_ITEMS)
}
