import type { DeployFlags } from '../../src/commands/deploy.ts'
import { type Deployed, deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { watch } from '../../src/commands/watch.ts'
import type { Progress } from '../../src/context.ts'
import { type Explanation, explain, type Outcome } from '../../src/errors.ts'
import type { SimulatedAws } from './aws.ts'
import { mortal } from './life.ts'
import { contextOf, type Machine } from './machine.ts'
import { type Project, writeTo } from './project.ts'
import { belongings, stackCalled, stackNames } from './truth.ts'

type Verb = 'deploy' | 'destroy' | 'status' | 'watch'

export interface CommandLine {
  readonly verb: Verb
  readonly environment: string
  readonly flags?: Partial<DeployFlags> & { readonly images?: boolean }
  /** Killed after so many beginnings and ends of waits. */
  readonly breaths?: number
  readonly interruptAfter?: number
}

/** A command as it went. */
export interface Run extends CommandLine {
  readonly who: string
  /** The folder as it was. */
  readonly project: Project
  readonly began: number
  /** How its stacks were when it began. */
  readonly found: readonly string[]
  /** What other environments had when it began. */
  readonly beside: readonly string[]
  /** Calls of all that were made before it. */
  readonly callsBefore: number
  ended: number
  outcome: Outcome | 'killed' | undefined
  message: string
  result: unknown
}

export interface User extends Machine {
  project: Project
}

export const FLAGS = { manifest: 'img2vid.yaml', yes: true }

const verbs = { deploy, destroy, status, watch }

export interface Journal {
  say(text: string): void
}

/** Runs a command to its end, or until it is killed. */
export async function perform(
  aws: SimulatedAws,
  user: User,
  line: CommandLine,
  runs: Run[],
  { say }: Journal,
): Promise<Run> {
  const { who, project } = user
  const { verb, environment, breaths, interruptAfter } = line
  const { world } = aws.emulator
  writeTo(user.folder, project)
  const now = () => aws.clock.now().getTime()
  const found = stackNames(environment, project).map((name) => stackCalled(world, name)?.status ?? 'absent')
  const run: Run = {
    ...line,
    who,
    project,
    began: now(),
    found,
    beside: belongings(
      world,
      project.environments.filter((other) => other !== environment),
    ),
    callsBefore: aws.calls.length,
    ended: Number.POSITIVE_INFINITY,
    outcome: undefined,
    message: '',
    result: undefined,
  }
  runs.push(run)
  const life = mortal(breaths)
  const name = `${who} ${verb}#${runs.length}`
  const show = (progress: Progress) => {
    if (!life.isOver() && progress.type !== 'resource') say(`${name}: ${inWords(progress)}`)
  }
  const context = contextOf(aws, {
    machine: user,
    life,
    random: aws.fork(),
    show,
    ...(interruptAfter !== undefined && { interruptAfter }),
  })
  say(`${name}: ${JSON.stringify({ environment, ...line.flags, breaths, interruptAfter })} ${JSON.stringify(project)}`)
  const flags = { ...FLAGS, env: environment, ...line.flags }
  const ended = verbs[verb](flags, context).then(
    (result: unknown) => ({ outcome: 'done' as const, message: '', result }),
    (error: unknown) => ({ ...told(explain(error)), result: undefined }),
  )
  const killed = life.killed.then(() => ({ outcome: 'killed' as const, message: '', result: undefined }))
  const end = await Promise.race([ended, killed])
  life.leave()
  Object.assign(run, { outcome: end.outcome, message: end.message, result: end.result, ended: now() })
  say(`${name}: ${end.outcome} ${end.message}`)
  return run
}

const told = ({ outcome, message, problems = [] }: Explanation) => ({
  outcome,
  message: [message, ...problems.map((problem) => problem.message)].join('\n  '),
})

const inWords = (progress: Exclude<Progress, { type: 'resource' }>): string =>
  progress.type === 'lane'
    ? `[${progress.lane}] ${progress.text}`
    : progress.type === 'output'
      ? progress.line
      : progress.text

export const deployed = ({ result }: Run): Deployed => result as Deployed
