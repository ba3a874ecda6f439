import chalk from 'chalk'
import type { Ora, default as Spin } from 'ora'
import type { Clock, Ui } from '../../context.ts'
import { type Lane, laneLines } from './lanes.ts'

/** The times of lanes go on by themselves. */
const TICK_MS = 1000
/** For the lines above and below the lanes. */
const FREE_ROWS = 3

/** For people: a line for each lane that is redrawn as things go on, and stays as it was at the end. */
export function terminalUi(stream: NodeJS.WriteStream, clock: Clock): Ui & { stop(): void; hold(): () => void } {
  const lanes = new Map<string, Lane>()
  let spinner: Ora | undefined
  let ticking: NodeJS.Timeout | undefined

  const render = (rows?: number) => laneLines(lanes, clock.now(), stream.columns ?? 80, rows).join('\n')
  let held = false
  let drawn = false
  let ora: typeof Spin | undefined
  const draw = () => {
    if (held) return
    drawn = true
    ticking ??= setInterval(draw, TICK_MS)
    // ora leaves keys to others: a question may follow, and Ctrl-C has its own meaning.
    spinner ??= ora?.({
      stream,
      discardStdin: false,
      prefixText: '',
      indent: 0,
      spinner: { interval: 1000, frames: [''] },
    }).start()
    // What is higher than the screen cannot be drawn over.
    if (spinner) spinner.text = `\n${render((stream.rows ?? 24) - FREE_ROWS)}`
    else load()
  }
  /** What draws takes longer to load than a question to be asked. */
  const load = async () => {
    const { default: loaded } = await import('ora')
    ora = loaded
    if (drawn) draw()
  }
  const freeze = () => {
    if (!drawn) return
    drawn = false
    clearInterval(ticking)
    ticking = undefined
    spinner?.stop()
    spinner = undefined
    stream.write(`${render()}\n`)
  }
  const persist = () => {
    freeze()
    lanes.clear()
  }
  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? {
      state: 'waiting',
      text: '',
      output: '',
      since: clock.now(),
      done: 0,
      moving: new Map(),
    }
    lanes.set(name, lane)
    return lane
  }

  return {
    show(progress) {
      if (progress.type === 'note') {
        persist()
        stream.write(`${chalk.dim(progress.text)}\n`)
        return
      }
      const lane = laneOf(progress.lane)
      if (progress.type === 'output') lane.output = progress.line.trim()
      else if (progress.type === 'lane') {
        lane.state = progress.state
        lane.text = progress.text
        lane.output = ''
        if (progress.expected !== undefined) lane.expected = progress.expected
        if (progress.state === 'done' || progress.state === 'failed') {
          lane.ended = clock.now()
          lane.moving.clear()
        }
      } else if (progress.state === 'running') lane.moving.set(progress.resource, clock.now())
      else {
        lane.moving.delete(progress.resource)
        if (progress.state === 'done') lane.done += 1
      }
      draw()
    },
    stop: persist,
    /** Nothing is drawn while somebody is asked; the lanes go on below the answer. */
    hold() {
      freeze()
      held = true
      return () => {
        held = false
        if (lanes.size > 0) draw()
      }
    },
  }
}
