import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { type Command, CommanderError } from 'commander'
import type { Context, Ui } from './context.ts'
import { type Explanation, exitCodes, explain, type Target, UserError } from './errors.ts'
import { redactedTexts } from './host/ui/redacted.ts'
import { WrongFlag } from './program/options.ts'
import { createProgram, type Perform } from './program.ts'
import { cacheFolder, cacheHome } from './start/cache-home.ts'
import { recaller } from './start/recall.ts'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const packageFolder = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }

interface OutputFlags {
  readonly json?: boolean
  readonly events?: boolean
}

/** The streams themselves take longer to be made than to be asked about. */
const [STDIN, STDERR] = [0, 2]

/** A terminal under CI is CI: nobody answers, nothing is redrawn. */
const attended = isatty(STDIN) && isatty(STDERR) && !process.env.CI

type Host = typeof import('./host/host.ts')

interface Screen extends Ui {
  stop?(): void
  hold?(): () => void
}

/** Progress that can be written nowhere any more ends no deployment. */
function stderr(): NodeJS.WriteStream {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => {})
  return process.stderr
}

async function createUi(events: boolean, clock: Context['clock']): Promise<Screen> {
  const write = (text: string) => stderr().write(text)
  if (events) return (await import('./host/ui/ndjson.ts')).ndjsonUi(write, clock)
  if (attended) return (await import('./host/ui/terminal.ts')).terminalUi(stderr(), clock)
  return (await import('./host/ui/lines.ts')).lineUi(write, clock)
}

function createContext(host: Host, screen: Screen, clock: Context['clock'] & { halt(): void }): Context {
  const { diskFiles, diskRuns, NO_DURATIONS, localServers, systemChance } = host
  const run = host.childProcesses()
  let halted = false
  const halt = () => {
    halted = true
    clock.halt()
    run.stopAll()
  }
  const leave = (signal: NodeJS.Signals = 'SIGINT') => {
    halt()
    screen.stop?.()
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  const ui: Ui = {
    show(progress) {
      // What is still on its way when a command was left has nothing more to say.
      if (!halted) screen.show(redactedTexts(progress))
    },
  }
  return {
    who: () => host.currentUser(process.env),
    variables: process.env,
    ui,
    ask: attended ? host.terminalAsk(screen.hold ?? (() => () => {})) : host.noAsk,
    run,
    files: diskFiles(process.cwd(), packageFolder, cacheHome(process.env)),
    clock,
    chance: systemChance,
    interrupts: host.signalInterrupts({ halt, leave }),
    registry: {
      saved: async (...all) => (await import('./host/registry-upload.ts')).registryUpload.saved(...all),
      placeholder: async (...all) => (await import('./host/registry-upload.ts')).registryUpload.placeholder(...all),
    },
    local: localServers({
      program: join(import.meta.dirname, 'serve.js'),
      version,
      speed: Number(process.env.IMG2VID_LOCAL_SPEED ?? 60),
      patience: Number(process.env.IMG2VID_LOCAL_PATIENCE ?? 1),
      docker: process.env.IMG2VID_LOCAL_DOCKER !== '0',
    }),
    runs: diskRuns(clock, systemChance),
    keep: () => {},
    durations: NO_DURATIONS,
    once: (_key, action) => action(),
    recall: recaller(cacheFolder(import.meta.dirname, process.env)),
    connect: async (target) => (await import('./aws/aws.ts')).connectAws(target, clock, systemChance),
  }
}

const perform: Perform = (load, verb) => async (flags) => {
  const { json = false, events = false } = flags as OutputFlags
  const host = await import('./host/host.ts')
  const clock = host.haltingClock()
  const ui = await createUi(events, clock)
  try {
    const [run, present, outcome = () => 'done' as const] = verb(await load())
    const result = run(flags, createContext(host, ui, clock))
    if (Symbol.asyncIterator in result) {
      for await (const piece of result) await print(json ? JSON.stringify(piece) : present(piece))
      ui.stop?.()
      return
    }
    const whole = await result
    ui.stop?.()
    await print(json ? JSON.stringify(whole, null, 2) : present(whole))
    process.exitCode = exitCodes[outcome(whole)]
  } catch (error) {
    ui.stop?.()
    fail(error, json, flags as Target)
  }
}

/** Waits until it is taken: what has no end must not pile up. */
const print = (text: string): Promise<void> => new Promise((taken) => process.stdout.write(`${text}\n`, () => taken()))

function fail(error: unknown, json: boolean, target?: Target): void {
  const explanation = redactedTexts(explain(error, target))
  process.exitCode = exitCodes[explanation.outcome]
  if (json)
    process.stdout.write(`${JSON.stringify({ error: { hint: null, problems: [], ...explanation } }, null, 2)}\n`)
  else stderr().write(`${inWords(explanation)}\n`)
}

function inWords({ message, hint, problems = [] }: Explanation): string {
  const places = problems.map(({ line, column }) => (line === undefined ? '' : `${line}:${column}`))
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const paths = problems.map(({ path = '' }) => path)
  const left = (place: string, path: string) =>
    `  ${place.padEnd(width(places))}${width(places) > 0 ? '  ' : ''}${path.padEnd(width(paths))}  `
  const lines = problems.flatMap((problem, index) => [
    `${left(places[index] ?? '', paths[index] ?? '')}${problem.message.replaceAll('\n', `\n${left('', '')}`)}`,
    ...(problem.hint === undefined ? [] : [`${left('', '')}next: ${problem.hint}`]),
  ])
  return [message, ...lines, ...(hint === undefined ? [] : ['', `  next: ${hint}`])].join('\n')
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // With a broken pipe, whoever read the output, such as `head`, has had enough.
  if (error.code !== 'EPIPE') fail(Object.assign(error, { path: 'standard output' }), false)
  process.exit()
})

/** Some pseudo terminals have no size, and what draws lines would divide by it. */
if (process.stdout.isTTY) process.stdout.columns ||= 80
if (isatty(STDERR)) process.stderr.columns ||= 80

/** A variable that says no is no flag. */
for (const [name, value] of Object.entries(process.env)) {
  if (
    name.startsWith('IMG2VID_') &&
    /^(0|false|no|)$/i.test(value ?? '') &&
    !name.startsWith('IMG2VID_LOCAL_') &&
    name !== 'IMG2VID_PORT'
  ) {
    delete process.env[name]
  }
}

async function main(): Promise<void> {
  const program = createProgram(version, perform, process.argv[2])
  const wantsJson = process.argv.includes('--json')
  strict(program)
  try {
    if (process.argv.length <= 2) program.outputHelp()
    else await program.parseAsync()
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(asUsage(error), wantsJson)
    else if (error.code === 'commander.help' && !wantsJson) process.exitCode = exitCodes.usage
    else if (error.exitCode !== 0) {
      fail(new UserError('usage', error.message.replace(/^error: /, ''), { hint: 'img2vid --help' }), wantsJson)
    }
  }
}

/** Lets no command end the process or print an error by itself. */
function strict(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} })
  for (const one of command.commands) strict(one)
}

function asUsage(error: unknown): unknown {
  if (!(error instanceof WrongFlag)) return error
  return new UserError('usage', error.message, {
    problems: [{ path: error.flag, message: `expected ${error.wanted}, not ${error.text}` }],
  })
}

main().then(() => {
  // All is done, and for Node to take it apart takes as long as two calls. On Linux what was printed is out by now.
  if (process.platform === 'linux' && !process.exitCode) process.exit()
})
