import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Clock, Context, LaneState, Ui } from '../../src/context.ts'
import { exitCodes, explain } from '../../src/errors.ts'
import { lineUi } from '../../src/host/ui/lines.ts'
import { ndjsonUi } from '../../src/host/ui/ndjson.ts'
import { terminalUi } from '../../src/host/ui/terminal.ts'

/** How a command ended, and how each of its lanes stood at last: for a program, for CI and on a screen. */
export interface Told {
  readonly exitCode: number
  /** The first line of what went wrong. */
  readonly says: string
  readonly lanes: Readonly<Record<string, LaneState>>
  /** Where the renderers do not tell the same. */
  readonly contradictions: readonly string[]
}

/** Runs a command before a program, a CI and a terminal at once. */
export async function tell(context: Context, action: (context: Context) => Promise<unknown>): Promise<Told> {
  const { ui, end } = threeScreens(context.clock)
  const show: Ui['show'] = (progress) => {
    context.ui.show(progress)
    ui.show(progress)
  }
  const failure = await action({ ...context, ui: { show } }).then(() => undefined, explain)
  return {
    exitCode: failure ? exitCodes[failure.outcome] : 0,
    says: failure?.message.split('\n')[0] ?? '',
    ...end(),
  }
}

const MARKS: Readonly<Record<string, LaneState>> = { '·': 'waiting', '›': 'running', '✓': 'done', '✗': 'failed' }

function threeScreens(clock: Clock) {
  const output = { program: '', ci: '', screen: '' }
  const program = ndjsonUi((text) => {
    output.program += text
  }, clock)
  const ci = lineUi((text) => {
    output.ci += text
  }, clock)
  const terminal = terminalUi(
    pseudoTerminal((text) => {
      // Whole lines stay; the rest is drawn over.
      if (text.endsWith('\n')) output.screen += text
    }),
    clock,
  )
  const ui: Ui = {
    show(progress) {
      for (const one of [program, ci, terminal]) one.show(progress)
    },
  }
  const end = () => {
    ci.stop()
    terminal.stop()
    const lanes: Record<string, LaneState> = {}
    const texts = new Map<string, string>()
    for (const line of output.program.split('\n').filter(Boolean)) {
      const { type, lane, state, text } = JSON.parse(line)
      if (type !== 'lane') continue
      lanes[lane] = state
      texts.set(lane, text)
    }
    const shown: Record<string, LaneState> = {}
    for (const line of stripVTControlCharacters(output.screen).split('\n')) {
      const [, mark = '', lane = ''] = /^([·›✓✗]) (\S+(?: \S+)*) {2,}/.exec(line) ?? []
      if (MARKS[mark]) shown[lane] = MARKS[mark]
    }
    const contradictions = Object.entries(lanes).flatMap(([lane, state]) => [
      ...(shown[lane] === state ? [] : [`${lane} is ${state}, and ${shown[lane]} on the screen`]),
      ...(output.ci.includes(`  ${lane}  ${texts.get(lane)}\n`)
        ? []
        : [`CI was not told of ${lane}: ${texts.get(lane)}`]),
    ])
    return { lanes, contradictions }
  }
  return { ui, end }
}

/** A terminal of which only what is written to it is of interest. */
function pseudoTerminal(write: (text: string) => void): NodeJS.WriteStream {
  const stream = new Writable({
    write(chunk, _encoding, taken) {
      write(String(chunk))
      taken()
    },
  })
  const still = () => true
  return Object.assign(stream, {
    isTTY: true,
    columns: 200,
    cursorTo: still,
    clearLine: still,
    moveCursor: still,
  }) as unknown as NodeJS.WriteStream
}
