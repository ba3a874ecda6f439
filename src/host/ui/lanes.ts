import chalk from 'chalk'
import type { LaneState } from '../../context.ts'

export interface Lane {
  state: LaneState
  text: string
  /** The last line of a program that works for the lane. */
  output: string
  readonly since: Date
  /** How long it took the last time, in seconds. */
  expected?: number
  ended?: Date
  done: number
  /** Resources in progress, by when they began. */
  readonly moving: Map<string, Date>
}

/** A line for each lane; where there are more than rows, one of them says what is left out. */
export function laneLines(
  lanes: ReadonlyMap<string, Lane>,
  now: Date,
  columns: number,
  rows = Number.POSITIVE_INFINITY,
): string[] {
  const width = Math.max(...[...lanes.keys()].map((name) => name.length))
  const shown = fitting([...lanes], rows)
  const hidden = lanes.size - shown.length
  return [
    ...shown.map(([name, lane]) => laneLine(name.padEnd(width), lane, now, columns)),
    ...(hidden > 0 ? [chalk.dim(`  and ${hidden} more; of all: ${tally([...lanes.values()])}`)] : []),
  ]
}

/** Those that there is room for: what fails and what goes on before what waits and what is done. */
function fitting(lanes: readonly [string, Lane][], rows: number): readonly [string, Lane][] {
  if (lanes.length <= rows) return lanes
  const urgent = [...lanes].sort(([, a], [, b]) => URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state))
  const chosen = new Set(urgent.slice(0, Math.max(1, rows - 1)))
  return lanes.filter((lane) => chosen.has(lane))
}

const URGENCY: readonly LaneState[] = ['failed', 'running', 'waiting', 'done']

/** `12 done, 30 running` */
const tally = (lanes: readonly Lane[]): string =>
  URGENCY.flatMap((state) => {
    const { length } = lanes.filter((lane) => lane.state === state)
    return length > 0 ? [`${length} ${state}`] : []
  }).join(', ')

const MARKS: Record<LaneState, string> = {
  waiting: chalk.dim('·'),
  running: chalk.dim('›'),
  done: chalk.green('✓'),
  failed: chalk.red('✗'),
}

function laneLine(name: string, lane: Lane, now: Date, columns: number): string {
  const seconds = (from: Date, to: Date) => `${Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000))}s`
  const moving = [...lane.moving].slice(0, 3).map(([resource, since]) => `${resource} ${seconds(since, now)}`)
  const detail =
    moving.length > 0
      ? `${lane.done} done  ${moving.join(', ')}  ${lane.text}`.trimEnd()
      : [lane.text, lane.output].filter(Boolean).join('  ')
  const expected = lane.expected !== undefined && !lane.ended ? ` of about ${Math.round(lane.expected)}s` : ''
  const time = lane.state === 'waiting' ? '' : `  ${seconds(lane.since, lane.ended ?? now)}${expected}`
  const room = Math.max(20, columns - name.length - 8 - time.length)
  const fitting = detail.length > room ? `${detail.slice(0, room - 1)}…` : detail
  return `${MARKS[lane.state]} ${name}  ${lane.state === 'waiting' ? chalk.dim(fitting) : fitting}${chalk.dim(time)}`
}
