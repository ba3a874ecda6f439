/** Lines of a log group, by time. */
export interface LineQuery {
  readonly logGroup: string
  /** What the names of the streams begin with. */
  readonly streams: string
  readonly since: Date
  /** A filter pattern as CloudWatch Logs has them. */
  readonly filter: string | undefined
  /** Where the page before ended. */
  readonly next: string | undefined
}

export interface LogLine {
  readonly id: string
  readonly at: Date
  readonly stream: string
  readonly text: string
}

export interface LinePage {
  /** May be none although there is a further page. */
  readonly lines: readonly LogLine[]
  readonly next: string | undefined
}

export interface Logs {
  /** Undefined when there is no such group. */
  page(query: LineQuery): Promise<LinePage | undefined>
  /** Names of the streams that were written to last, newest first. */
  newestStreams(logGroup: string): Promise<readonly string[]>
}
