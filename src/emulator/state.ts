import { emptyLogs, type LogsState } from './services/logs.ts'

/** What one region holds, a part a service. Plain data: it is saved between runs. */
export interface RegionState {
  readonly name: string
  readonly logs: LogsState
}

export interface State {
  readonly regions: Record<string, RegionState>
}

export const emptyState = (): State => ({ regions: {} })

export const emptyRegion = (name: string): RegionState => ({
  name,
  logs: emptyLogs(),
})
