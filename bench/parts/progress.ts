import { clearLine, cursorTo, moveCursor } from 'node:readline'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { terminalUi } from '../../src/host/ui/terminal.ts'
import type { Measure } from '../part.ts'

const RESOURCES = 200
const SECONDS = 8

/** How much of a core it takes to draw what goes on in a terminal. */
export const measure: Measure = async () => {
  const screen = terminal()
  const ui = terminalUi(screen.stream, { now: () => new Date(), sleep })
  ui.show({ type: 'lane', lane: 'shop-prod', state: 'running', text: 'creating' })
  // What draws is loaded, and compiled.
  await sleep(2_000)
  screen.written = 0
  const before = process.cpuUsage()
  const begun = performance.now()
  for (let index = 0; index < RESOURCES; index++) {
    for (const state of ['running', 'done'] as const) {
      ui.show({ type: 'resource', lane: 'shop-prod', resource: `Resource${index}`, state })
      await sleep((SECONDS * 1_000) / RESOURCES / 2)
    }
  }
  const { user, system } = process.cpuUsage(before)
  const elapsed = performance.now() - begun
  ui.stop()
  return [
    {
      name: `drawing ${RESOURCES} resources that come and go in ${SECONDS} s`,
      value: (100 * (user + system)) / 1_000 / elapsed,
      unit: '%',
      atMost: 5,
      beside: `of a core, ${(screen.written / 1_000).toFixed(0)} kB to the terminal`,
    },
  ]
}

/** A terminal that takes everything at once. */
function terminal() {
  const screen = { stream: undefined as unknown as NodeJS.WriteStream, written: 0 }
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      screen.written += text.length
      done()
    },
  })
  screen.stream = Object.assign(stream, {
    isTTY: true,
    columns: 100,
    rows: 40,
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
  }) as unknown as NodeJS.WriteStream
  return screen
}
