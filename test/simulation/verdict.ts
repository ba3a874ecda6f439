import type { Destroyed } from '../../src/commands/destroy.ts'
import type { World } from '../../src/emulator/world.ts'
import { REGION } from '../support/world.ts'
import type { SimulatedCall } from './clients.ts'
import { deployed, type Run } from './command.ts'
import { NAMES } from './project.ts'
import {
  everServed,
  existing,
  regionOf,
  serviceStackName,
  shortcoming,
  stackCalled,
  stackNames,
  wrongDefinition,
} from './truth.ts'
import type { Weather } from './weather.ts'

/** What the commands of a seed are judged by. */
export interface Case {
  readonly world: World
  readonly runs: readonly Run[]
  /** All that was ordered so far. */
  readonly weather: readonly Weather[]
  /** What was there before the first command. */
  readonly before: readonly string[]
  readonly calls: readonly SimulatedCall[]
  /** Images that were pushed. */
  readonly pushed: readonly string[]
}

const HOURS = 3_600_000
const LONGEST = 5 * HOURS

const changes = ({ verb }: Run): boolean => verb === 'deploy' || verb === 'destroy'

/** Whether anybody else worked on it meanwhile, or what somebody had begun still went on. */
const hadCompany = (run: Run, { runs }: Case): boolean =>
  run.found.some((status) => status.endsWith('_IN_PROGRESS')) ||
  runs.some((other) => other !== run && changes(other) && other.began <= run.ended && other.ended >= run.began)

/** What a command said, held against what really is. Every text is a bug. */
export function misjudged(run: Run, all: Case): string[] {
  const { verb, outcome, message, ended, began } = run
  if (ended - began > LONGEST) return [`it took ${(ended - began) / HOURS} hours`]
  const bad = [...lost(run, all), ...tooManyCalls(run, all)]
  if (bad.length > 0) return bad
  if (outcome === 'killed') return []
  if (outcome === 'bug') return [message]
  if (outcome === 'done')
    return verb === 'deploy' ? wronglyDeployed(run, all) : verb === 'destroy' ? notGone(run, all) : []
  return wronglyFailed(run, all).map((text) => `${outcome}, but ${text}: ${message}`)
}

/** What belongs to others, to other environments, or to the user: images go only when that was asked for. */
function lost(run: Run, all: Case): string[] {
  const { world, before, pushed, runs } = all
  const there = new Set(existing(world))
  const images = runs.some(({ flags }) => flags?.images) ? [] : pushed
  const beside = hadCompany(run, all) ? [] : run.beside
  return [...before, ...images, ...beside].filter((name) => !there.has(name)).map((name) => `${name} is lost`)
}

const MINUTE = 60_000
/** Of all services together; the busiest of two thousand stories have some 250. */
const CALLS_A_MINUTE = 400

function tooManyCalls({ who, callsBefore }: Run, { calls }: Case): string[] {
  const times = calls.slice(callsBefore).flatMap((call) => (call.who === who ? call.at.getTime() : []))
  let first = 0
  let most = 0
  for (const [last, time] of times.entries()) {
    while ((times[first] ?? time) < time - MINUTE) first++
    most = Math.max(most, last - first + 1)
  }
  return most > CALLS_A_MINUTE ? [`${most} calls in a minute`] : []
}

function wronglyDeployed(run: Run, all: Case): string[] {
  const { world, weather } = all
  const company = hadCompany(run, all)
  const lively = !weather.some(({ hitsTasks }) => hitsTasks)
  return run.project.services.flatMap((draft) => {
    const definition = deployed(run).services[draft.name]?.taskDefinition ?? 'nothing'
    const wrong = wrongDefinition(world, definition, draft)
    const lacks = company ? undefined : shortcoming(world, run.environment, draft, lively)
    return [
      ...(wrong ? [`done, but ${definition} is ${wrong}`] : []),
      ...(everServed(world, definition) ? [] : [`done, but ${definition} never served`]),
      ...(lacks ? [`done, but ${lacks}`] : []),
    ]
  })
}

function notGone(run: Run, all: Case): string[] {
  if (hadCompany(run, all)) return []
  const { world, before } = all
  const { environment, project } = run
  const { images } = run.flags ?? {}
  const unknown = NAMES.map((service) => serviceStackName(environment, service)).filter(
    (stack) =>
      !stackNames(environment, project).includes(stack) && stackCalled(world, stack)?.status !== 'CREATE_COMPLETE',
  )
  const mayStay = (name: string) =>
    before.includes(name) ||
    (!images && /^(stack demo|(repository|image) demo\/.*)$/.test(name)) ||
    // Of services that the destroyer knows nothing of, empty stacks may stay.
    unknown.some((stack) => name === `stack ${stack}` || name.includes(`/${stack}:`)) ||
    project.environments.some((other) => other !== environment && name.includes(`demo-${other}`))
  const alone = project.environments.every(
    (other) => other === environment || stackCalled(world, `demo-${other}`) === undefined,
  )
  const left = alone ? existing(world).filter((name) => !mayStay(name)) : []
  const stacks = stackNames(environment, project)
    .slice(1)
    .filter((name) => stackCalled(world, name))
  const { changed } = run.result as Destroyed
  return [
    ...left.map((name) => `destroyed, but ${name} is left`),
    ...stacks.map((name) => `destroyed, but stack ${name} is left`),
    ...(!changed && run.found.some((status) => status !== 'absent') && stacks.length > 0 ? ['nothing to do?'] : []),
  ]
}

/** Why a command had no right to end as it did. */
function wronglyFailed(run: Run, all: Case): string[] {
  const { world, weather } = all
  const { verb, outcome, project, environment, flags, interruptAfter } = run
  const company = hadCompany(run, all)
  const lacking = project.services.flatMap((draft) => shortcoming(world, environment, draft) ?? [])
  const statuses = stackNames(environment, project).map((name) => stackCalled(world, name)?.status ?? 'absent')
  switch (outcome) {
    case 'interrupted':
      return interruptAfter === undefined ? ['nobody interrupted it'] : []
    case 'timed-out':
      return flags?.timeout === undefined ? ['no time was set'] : []
    case 'lost-contact':
      return weather.some(({ mayLoseContact }) => mayLoseContact) ? [] : ['contact was never lost for long']
    case 'busy': {
      const stuck = [...run.found, ...statuses].includes('UPDATE_ROLLBACK_FAILED')
      return company || stuck ? [] : ['nobody else was there']
    }
    case 'rolled-back':
      if (company || verb === 'watch') return []
      if (lacking.length === 0) return ['everything is as it was wanted']
      return statuses.includes('UPDATE_ROLLBACK_COMPLETE') || wentBack(run, world) ? [] : ['nothing went back']
    case 'failed':
    case 'capacity':
      if (company || verb !== 'deploy') return []
      return lacking.length === 0 && project.services.length > 0 ? ['everything is as it was wanted'] : []
    case 'preflight':
      return world.faults.of('quota').length > 0 ? [] : ['nothing forbade it']
    default:
      return ['there was no reason for that']
  }
}

const wentBack = (run: Run, world: World): boolean =>
  Object.values(regionOf(world).ecs.services).some(({ history = [] }) =>
    history.some(({ rollback, createdAt }) => rollback && createdAt.getTime() >= run.began),
  )

/** Whether anything was made twice: a stack, or the same operation again after it had succeeded. */
export function madeTwice({ world }: Case): string[] {
  const stacks = Object.values(regionOf(world).cloudformation.stacks)
  const alive = stacks.filter(({ status }) => status !== 'DELETE_COMPLETE').map(({ name }) => name)
  const twins = alive.filter((name, index) => alive.indexOf(name) !== index)
  const again = stacks.flatMap((stack) => {
    const own = stack.events.filter(({ physicalId }) => physicalId === stack.id)
    const inOrder = [...own].sort((one, other) => one.at.getTime() - other.at.getTime())
    let done: string | undefined
    let running: string | undefined
    return inOrder.flatMap(({ status, token }) => {
      const target = token?.split('-')[1]
      if (/^(CREATE|UPDATE)_COMPLETE$/.test(status)) done = running
      if (/ROLLBACK_COMPLETE$/.test(status)) running = done
      if (!/^(CREATE|UPDATE)_IN_PROGRESS$/.test(status)) return []
      const twice = target !== undefined && target === done
      running = target
      return twice ? [`${stack.name} was brought to ${target} twice`] : []
    })
  })
  const services = Object.values(regionOf(world).ecs.services).filter(({ status }) => status !== 'INACTIVE')
  const serviceTwins = services.filter(
    ({ name, clusterArn }, index) =>
      services.findIndex((one) => one.clusterArn === clusterArn && sameStem(one.name, name)) !== index,
  )
  return [
    ...twins.map((name) => `there are two stacks ${name} in ${REGION}`),
    ...again,
    ...serviceTwins.map(({ name }) => `there are two services ${name}`),
  ]
}

/** Names that CloudFormation made differ in their last part. */
const sameStem = (one: string, other: string): boolean => one.replace(/-\w+$/, '') === other.replace(/-\w+$/, '')
