import { createHash } from 'node:crypto'
import type { Random } from '../../src/emulator/random.ts'
import { catalogue } from '../../src/emulator/wire/catalogue.ts'
import { type SimulatedAws, simulatedAws } from './aws.ts'
import { type CommandLine, perform, type Run, type User } from './command.ts'
import { between, chosen, happens } from './draw.ts'
import { settleOthers } from './others.ts'
import { drawProject, edited, mended } from './project.ts'
import { existing } from './truth.ts'
import { type Case, madeTwice, misjudged } from './verdict.ts'
import { drawWeather, type Weather } from './weather.ts'

export interface Simulation {
  readonly seed: number
  /** Everything that happened, in order. */
  readonly history: readonly string[]
  /** Of the history and all calls: two runs of a seed have the same. */
  digest(): string
  /** What should not have been. */
  readonly failures: readonly string[]
  readonly commands: number
  readonly calls: number
  readonly hours: number
}

/** All code is there before the first seed: a module that is read from the disk takes time that is not virtual. */
export const warmUp = (): Promise<unknown> =>
  Promise.all([
    ...Object.values(catalogue).map(({ sdk }) => sdk()),
    import('../../src/commands/steps/read-manifest.ts'),
  ])

/** One whole history: its manifest, commands, weather and accidents all come from the seed. */
export async function simulate(seed: number): Promise<Simulation> {
  const aws = simulatedAws(seed)
  const random = aws.fork()
  const history: string[] = []
  const start = aws.clock.now().getTime()
  const seconds = () => ((aws.clock.now().getTime() - start) / 1000).toFixed(1)
  const say = (text: string) => void history.push(`${seconds()}s ${text}`)
  const failures: string[] = []
  const fail = (text: string) => {
    failures.push(text)
    say(`FAILURE: ${text}`)
  }
  const runs: Run[] = []
  const weather: Weather[] = []
  const { world } = aws.emulator
  const before: string[] = []
  const all: Case = { world, runs, weather, before, calls: aws.calls, pushed: aws.pushed }
  const command = async (user: User, line: CommandLine) => {
    const run = await perform(aws, user, line, runs, { say })
    for (const text of misjudged(run, all)) fail(`${run.who} ${run.verb}: ${text}`)
    return run
  }
  const storm = () => {
    const drawn = drawWeather(random)
    // Credentials that expire again at once are not renewed: that has a weather of its own.
    if (drawn.order.kind === 'expired' && world.faults.of('expired').length > 0) return
    weather.push(drawn)
    say(`weather: ${JSON.stringify(aws.emulator.world.faults.add(drawn.order))}`)
  }
  let over = false
  const story = settleOthers(aws)
    .then(() => before.push(...existing(world)))
    .then(() => tell(aws, random, command, storm, fail))
    .catch((error: unknown) => fail((error as Error).stack ?? String(error)))
    .then(() => {
      over = true
    })
  try {
    await aws.clock.until(() => over || aws.broken.length > 0)
  } catch (error) {
    fail((error as Error).message)
  }
  for (const text of madeTwice(all)) fail(text)
  for (const error of aws.broken) fail(`the emulated AWS broke: ${(error as Error).stack}`)
  await aws.emulator.close()
  void story
  const digest = () => {
    const calls = aws.calls.map(({ at, who, service, operation, answer }) =>
      [(at.getTime() - start) / 1000, who, service, operation, answer].join(' '),
    )
    return createHash('sha256')
      .update([...history, ...calls].join('\n'))
      .digest('hex')
  }
  const hours = (aws.clock.now().getTime() - start) / 3_600_000
  return { seed, history, digest, failures, commands: runs.length, calls: aws.calls.length, hours }
}

type Command = (user: User, line: CommandLine) => Promise<Run>

async function tell(
  aws: SimulatedAws,
  random: Random,
  command: Command,
  storm: () => void,
  fail: (text: string) => void,
): Promise<void> {
  const project = drawProject(random)
  const user = (who: string): User => ({ who, folder: {}, images: new Map(), project })
  const ann = user('ann@laptop')
  const bob = user('bob@desk')
  const { faults } = aws.emulator.world

  for (let scene = between(random, 2, 4); scene > 0; scene--) {
    for (let count = between(random, 0, 2); count > 0; count--) storm()
    const line = drawLine(random, ann)
    if (happens(random, 0.25)) {
      const later = async () => {
        await aws.clock.sleep(random.fraction() * 200_000)
        if (happens(random, 0.5)) bob.project = happens(random, 0.5) ? ann.project : edited(bob.project, random)
        return command(bob, drawLine(random, bob))
      }
      await Promise.all([command(ann, line), later()])
    } else await command(ann, line)
    if (happens(random, 0.5)) await aws.clock.sleep(random.fraction() * 120_000)
    if (happens(random, 0.5))
      await command(ann, { verb: line.verb, environment: line.environment, flags: { timeout: PATIENCE } })
    if (happens(random, 0.3)) faults.clear()
    if (happens(random, 0.7)) ann.project = edited(ann.project, random)
  }

  faults.clear()
  await aws.clock.sleep(400_000)
  ann.project = mended(ann.project)
  for (const environment of ann.project.environments) {
    const flags = { wait: true, recover: true }
    const again = () => command(ann, { verb: 'deploy', environment, flags })
    // What is half destroyed may have to be destroyed altogether.
    if (await becomes('done', 2, again)) continue
    await command(ann, { verb: 'destroy', environment })
    if (!(await becomes('done', 2, again))) fail('it cannot be deployed, and nothing stands in its way')
  }
  const images = happens(random, 0.5)
  const last = ann.project.environments.at(-1)
  for (const environment of ann.project.environments) {
    const flags = { images: images && environment === last }
    const again = () => command(ann, { verb: 'destroy', environment, flags })
    if (!(await becomes('done', 3, again))) fail('it cannot be destroyed, and nothing stands in its way')
  }
}

async function becomes(outcome: string, tries: number, again: () => Promise<Run>): Promise<boolean> {
  for (let left = tries; left > 0; left--) if ((await again()).outcome === outcome) return true
  return false
}

/** Nobody looks on for hours. */
const PATIENCE = 1_800

function drawLine(random: Random, { project }: User): CommandLine {
  const verb = chosen(random, ['deploy', 'deploy', 'deploy', 'deploy', 'destroy', 'status', 'watch'] as const)
  const killed = happens(random, 0.25)
  return {
    verb,
    environment: chosen(random, project.environments),
    flags: {
      ...(happens(random, 0.2) && { wait: true }),
      ...(happens(random, 0.1) && { cancel: true }),
      ...(happens(random, 0.2) && { recover: true }),
      timeout: happens(random, 0.1) ? between(random, 1, 600) : PATIENCE,
    },
    ...(killed && { breaths: Math.ceil(1_500 ** random.fraction()) }),
    ...(happens(random, 0.05) && { interruptAfter: random.fraction() * 300 }),
  }
}
