import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { connectAws } from '../../src/aws/aws.ts'
import type { Ask, Clock, Context, Interrupts, Progress } from '../../src/context.ts'
import { acceleratedClock } from '../../src/emulator/clock.ts'
import { seededRandom } from '../../src/emulator/random.ts'
import type { ContainerSpec } from '../../src/emulator/runtime/runtime.ts'
import { type SimulatedBehaviour, simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import { noAsk } from '../../src/host/ask.ts'
import { diskFiles } from '../../src/host/files.ts'
import { localFaults } from '../../src/host/local-faults.ts'
import { localReached, localStored } from '../../src/host/local-told.ts'
import { registryUpload } from '../../src/host/registry-upload.ts'
import { diskRuns, NO_DURATIONS } from '../../src/host/runs.ts'
import { startAws, type TestAws } from './emulator.ts'
import type { SharedTime } from './shared-time.ts'

const packageFolder = fileURLToPath(new URL('../..', import.meta.url))
/** Waits of the product are as much shorter as those of the emulated AWS. */
const SPEED = 1_000
const EMULATED_SPEED = 10_000
const AFTERWARDS_SPEED = 300
const PORTION_MS = 20

export interface TestWorld {
  readonly aws: TestAws
  readonly context: Context
  readonly folder: string
  readonly shown: Progress[]
  write(files: Readonly<Record<string, string>>): void
  /** The embedded AWS is only so many times faster than life from now on, until img2vid has given up on something. */
  pace(speed: number): void
}

/** A folder of one's own, an embedded AWS without a Docker engine, and everything that commands need. */
export async function testWorld(
  options: {
    files?: Readonly<Record<string, string>>
    variables?: Context['variables']
    ask?: Partial<Ask>
    behave?: (spec: ContainerSpec) => SimulatedBehaviour
    interrupts?: Interrupts
    /** Of the embedded AWS. */
    speed?: number
    /** Instead of a speed: time passes while the command waits, and nobody waits for it. */
    time?: SharedTime
  } = {},
): Promise<TestWorld> {
  const folder = join(tmpdir(), `img2vid-world-${randomUUID()}`)
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
  }
  write(options.files ?? {})
  let speed = options.speed ?? EMULATED_SPEED
  let gaveUp = false
  const { time } = options
  const aws = await startAws({
    runtime: simulatedRuntime(seededRandom(2), options.behave),
    clock: time?.aws ?? {
      now: () => new Date(),
      // Portion by portion, so that a change of pace is felt by waits that have begun, such as the time-out of a stack.
      async sleep(milliseconds, signal) {
        let left = milliseconds
        do {
          const portion = Math.min(left, speed * PORTION_MS)
          await acceleratedClock(speed).sleep(portion, signal)
          left -= portion
        } while (left > 0)
      },
    },
  })
  const pace = (wanted: number) => {
    if (!gaveUp) speed = wanted
  }
  const shown: Progress[] = []
  const fast = acceleratedClock(SPEED)
  const clock: Clock = time?.command ?? { now: fast.now, sleep: (milliseconds) => fast.sleep(milliseconds) }
  const chance = { uuid: () => randomUUID(), random: seededRandom(3).fraction }
  const server = { endpoint: aws.endpoint, pid: process.pid, docker: false }
  const context: Context = {
    who: () => 'tester@here',
    variables: options.variables ?? {},
    ui: {
      show(progress) {
        shown.push(progress)
        if (progress.type === 'lane' && progress.text.startsWith('giving up')) gaveUp = true
        // AWS has begun to take the service back: it may hurry again, but not so that its hour of memory is over at once.
        else if (gaveUp && progress.type === 'resource' && progress.resource === 'TaskService')
          speed = Math.max(speed, AFTERWARDS_SPEED)
      },
    },
    ask: options.ask ? { ...noAsk, interactive: true, ...options.ask } : noAsk,
    run: nothingInstalled,
    files: diskFiles(folder, packageFolder),
    clock,
    chance,
    interrupts: options.interrupts ?? { during: ({ action }) => action() },
    registry: registryUpload,
    local: {
      find: async () => server,
      start: async () => server,
      stop: async () => true,
      reset: async () => {},
      faults: localFaults,
      stored: localStored,
      reached: localReached,
    },
    runs: diskRuns(clock, chance),
    keep: () => {},
    durations: NO_DURATIONS,
    recall: (_text, make) => make(),
    once: (_key, action) => action(),
    connect: (target) => connectAws(target, clock, chance, time?.construct, time?.pace),
  }
  return { aws, context, folder, shown, write, pace }
}

/** Neither Docker nor git: what needs them has tests of its own, and to begin a child takes a process of this size 30 ms. */
const nothingInstalled: Context['run'] = async ({ program }) => ({
  exitCode: 127,
  stdout: '',
  stderr: `${program}: not found`,
})

export const flags = { manifest: 'img2vid.yaml', local: true, yes: true }
