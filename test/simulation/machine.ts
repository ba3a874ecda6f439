import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAws } from '../../src/aws/aws.ts'
import type { Clock, Context, Interrupts, Progress, RunResult } from '../../src/context.ts'
import type { Random } from '../../src/emulator/random.ts'
import { noAsk } from '../../src/host/ask.ts'
import { diskFiles, readTemplates } from '../../src/host/files.ts'
import { NO_DURATIONS } from '../../src/host/runs.ts'
import type { CommandLine } from '../../src/plan/docker.ts'
import type { SimulatedAws } from './aws.ts'
import { simulatedClients } from './clients.ts'
import type { Life } from './life.ts'

/** A folder's files, by absolute path. */
export type Folder = Record<string, string>

export const HOME = '/home/user/demo'
const templates = readTemplates(fileURLToPath(new URL('../../templates', import.meta.url)))

export interface Machine {
  readonly who: string
  readonly folder: Folder
  /** Built images, by name: the text of their Dockerfile. They outlive the commands. */
  readonly images: Map<string, string>
  /** What Docker needs for an image, in seconds, and how large it is; otherwise it is drawn, and next to nothing. */
  readonly image?: Readonly<Record<'build' | 'push' | 'bytes', number>>
}

export interface Process {
  readonly machine: Machine
  readonly life: Life
  readonly random: Random
  /** Seconds after which Ctrl-C is pressed. */
  readonly interruptAfter?: number
  show(progress: Progress): void
}

/** Everything that a command may touch, on a machine that is only simulated. */
export function contextOf(aws: SimulatedAws, process: Process): Context {
  const { machine, life, random, show } = process
  const { who } = machine
  const clock: Clock = {
    now: aws.clock.now,
    sleep: (milliseconds) => life.through(() => aws.clock.sleep(milliseconds)),
  }
  const chance = { uuid: random.uuid, random: random.fraction }
  const { emulator } = aws
  const clients = simulatedClients({
    emulator,
    clock: aws.clock,
    random,
    who,
    life,
    heard: (call) => aws.calls.push(call),
    broken: (error) => aws.broken.push(error),
  })
  const absolute = (...path: readonly string[]) => posix.resolve(HOME, ...path)
  const recording = { id: '1', keep: () => {}, end: () => {}, drop: () => {} }
  return {
    who: () => who,
    variables: {},
    ui: { show },
    ask: noAsk,
    run: docker(aws, machine, life, random),
    clock,
    chance,
    interrupts: interrupts(clock, life, process.interruptAfter),
    files: {
      workingDirectory: HOME,
      templates,
      resourceSchemas: diskFiles(HOME, HOME).resourceSchemas,
      read: async (path) => machine.folder[absolute(path)],
      write: async (path, text) => {
        machine.folder[absolute(path)] = text
      },
      makeDirectory: async () => {},
      exists: async (path) => absolute(path) in machine.folder,
      dockerFolder: '/root/.docker',
      withPrivateFolder: async (_contents, action) => {
        const folder = `/tmp/private-${random.fraction()}`
        const result = await action(folder)
        for (const path of Object.keys(machine.folder)) if (path.startsWith(folder)) delete machine.folder[path]
        return result
      },
      contextDigest: async ({ dockerfile, settings }) =>
        createHash('sha256')
          .update(JSON.stringify([machine.folder[absolute(dockerfile)], settings]))
          .digest('hex'),
      absolute,
    },
    registry: { saved: nothing, placeholder: nothing },
    local: {
      find: nothing,
      start: nothing,
      stop: nothing,
      reset: nothing,
      faults: nothing as never,
      stored: nothing,
      reached: nothing,
    },
    runs: { durations: () => NO_DURATIONS, begin: () => recording, list: async () => [], evidence: async () => [] },
    keep: () => {},
    durations: NO_DURATIONS,
    recall,
    once: (_key, action) => action(),
    connect: (target) => connectAws(target, clock, chance, clients),
  }
}

/**
 * As the product's own: what was made of a manifest is kept by its text. The same few are drawn again and again, and all
 * commands get the same value, which none of them may change.
 */
const recall: Context['recall'] = async <Result>(text: string, make: () => Promise<Result>) => {
  const known = kept.get(text) ?? frozen(await make())
  kept.set(text, known)
  return known as Result
}
const kept = new Map<string, unknown>()

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

const nothing = async (): Promise<never> => {
  throw new Error('There is no embedded AWS of a folder in a simulation.')
}

const neverOver = new AbortController().signal

/** As `signalInterrupts`, with a Ctrl-C at a given time: whoever leaves does nothing any more. */
const interrupts = (clock: Clock, life: Life, interruptAfter: number | undefined): Interrupts => ({
  during: ({ action, decide, timeout }) =>
    new Promise((resolve, reject) => {
      const later = (seconds: number | undefined, why: 'interrupted' | 'timed-out') => {
        if (seconds === undefined) return
        const leave = (error: unknown) => {
          reject(error)
          life.leave()
        }
        void clock.sleep(seconds * 1000).then(() => decide(why, neverOver).catch(leave))
      }
      later(interruptAfter, 'interrupted')
      later(timeout, 'timed-out')
      action().then(resolve, reject)
    }),
})

const good = (stdout = ''): RunResult => ({ exitCode: 0, stdout, stderr: '' })
const bad = (stderr: string): RunResult => ({ exitCode: 1, stdout: '', stderr })

/** A Docker engine that builds in no folder and pushes into the emulated ECR; no other program is there. */
function docker(aws: SimulatedAws, machine: Machine, life: Life, random: Random): Context['run'] {
  const takes = (what: 'build' | 'push', usual: number) =>
    aws.clock.sleep((machine.image?.[what] ?? usual * (0.5 + random.fraction())) * 1_000)
  const after = (args: readonly string[], option: string) => args[args.indexOf(option) + 1] ?? ''

  async function run({ program, args }: CommandLine): Promise<RunResult> {
    if (program !== 'docker') return { exitCode: 127, stdout: '', stderr: `${program}: not found` }
    const words = args[0] === '--config' ? args.slice(2) : args
    const last = words.at(-1) ?? ''
    switch (words[0]) {
      case 'build':
        await takes('build', 20)
        machine.folder[after(words, '--iidfile')] = after(words, '--iidfile')
        machine.images.set(after(words, '--iidfile'), machine.folder[after(words, '--file')] ?? '')
        return good()
      case 'tag':
        machine.images.set(last, machine.images.get(words[1] ?? '') ?? '')
        return good()
      case 'push': {
        await takes('push', 30)
        const [, repository = '', tag = ''] = /^[^/]+\/(.+):([^:]+)$/.exec(last) ?? []
        try {
          aws.push(repository, tag, machine.images.get(last) ?? '', machine.image?.bytes)
          return good()
        } catch (error) {
          return bad((error as Error).message)
        }
      }
      case 'image':
        return good('linux/amd64')
      case 'version':
        return good('linux/amd64')
      case 'buildx':
        return good('Platforms: linux/amd64')
      default:
        return good()
    }
  }

  return (command) => life.through(() => run(command))
}
