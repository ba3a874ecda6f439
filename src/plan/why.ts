import type { Outcome } from '../errors.ts'
import type { Evidence, Run } from './run.ts'
import { counted } from './text.ts'
import { launchReason } from './verdict.ts'

/** Why something failed, the root of it first; without what only followed from that. */
export interface Why {
  /** Null when it is AWS that was asked, for want of a run. */
  readonly run: string | null
  readonly command: Run['command']
  readonly app: string
  readonly environment: string
  readonly began: string
  readonly ended: string | null
  readonly outcome: Outcome | 'unfinished'
  readonly exitCode: number | null
  readonly cause: string
  /** The last words of the container that failed. */
  readonly lines: { readonly service: string; readonly task: string; readonly lines: readonly string[] } | null
  /** What was seen, in counts. */
  readonly seen: readonly string[]
  /** What became of the stacks. */
  readonly afterwards: readonly string[]
  readonly next: string
}

const LAST_LINES = 20

export const hasFailed = ({ outcome }: Pick<Run, 'outcome'>): boolean => outcome !== 'done' && outcome !== 'cancelled'

type Of<Kind extends Evidence['kind']> = Evidence & { readonly kind: Kind }
const of = <Kind extends Evidence['kind']>(kind: Kind, evidence: readonly Evidence[]): Of<Kind>[] =>
  evidence.filter((one): one is Of<Kind> => one.kind === kind)

export function whyOf(run: Run, evidence: readonly Evidence[], fromAws = false): Why {
  const { id, command, app, environment, began, ended, outcome, exitCode, error } = run
  const [verdict] = of('verdict', evidence)
  const cause = causeOf(run, evidence)
  return {
    run: fromAws ? null : id,
    command,
    app,
    environment,
    began,
    ended: ended ?? null,
    outcome: outcome ?? 'unfinished',
    exitCode: exitCode ?? null,
    cause,
    lines: lastWords(verdict, evidence),
    seen: seenIn(evidence, cause),
    afterwards: afterwardsIn(evidence),
    next:
      error?.hint ??
      verdict?.advice ??
      (outcome === undefined
        ? 'img2vid watch follows what still goes on; img2vid deploy carries on'
        : 'img2vid deploy'),
  }
}

function causeOf({ command, outcome, error }: Run, evidence: readonly Evidence[]): string {
  const [verdict] = of('verdict', evidence)
  if (verdict) return verdict.cause
  const [resource] = failedResources(evidence)
  const told = outcome === undefined || outcome === 'failed' || outcome === 'rolled-back'
  if (told && resource)
    return `${resource.stack}: ${resource.resource} (${resource.type}): ${resource.reason ?? 'no reason given'}`
  if (error) return error.message
  const [task] = of('task', evidence)
  if (task) return `a task of ${task.service} ended: ${endOf(task)}`
  return outcome === undefined
    ? `the ${command} did not come to its end: img2vid was killed, or still runs`
    : 'nothing was seen of the cause'
}

/** In the order of their failure; what was only cancelled has no cause of its own. */
const failedResources = (evidence: readonly Evidence[]): Of<'resource'>[] =>
  of('resource', evidence)
    .filter(({ status, reason }) => status.endsWith('_FAILED') && !/cancelled$/.test(reason ?? ''))
    .sort((a, b) => ((a.at ?? '') < (b.at ?? '') ? -1 : 1))

/** Those of the task that the verdict is about, else of the last one that spoke. */
function lastWords(verdict: Of<'verdict'> | undefined, evidence: readonly Evidence[]): Why['lines'] {
  const all = of('lines', evidence)
  const own = all.filter(({ task }) => task === verdict?.task)
  const last = verdict ? own.at(-1) : all.at(-1)
  return last ? { service: last.service, task: last.task, lines: last.lines.slice(-LAST_LINES) } : null
}

function endOf({ reason, containers }: Of<'task'>): string {
  const container = containers.find(({ exitCode, reason: why }) => exitCode !== undefined || why !== undefined)
  return /health checks/.test(reason) || !container ? reason : (container.reason ?? `exit code ${container.exitCode}`)
}

function seenIn(evidence: readonly Evidence[], cause: string): string[] {
  const launches = of('launch', evidence).filter(({ message }) => !cause.includes(launchReason(message)))
  const [, ...others] = of('verdict', evidence)
  return [
    ...grouped(of('task', evidence), ({ service }) => service).map(
      ([service, tasks]) => `${counted(tasks.length, 'task')} of ${service} stopped: ${tally(tasks.map(endOf))}`,
    ),
    ...grouped(of('target', evidence), ({ service }) => service).map(
      ([service, targets]) => `targets of ${service} were unhealthy: ${tally(targets.map(({ reason }) => reason))}`,
    ),
    ...grouped(launches, ({ service }) => service).map(
      ([service, own]) =>
        `${counted(own.length, 'launch')} for ${service} failed in ${[...new Set(own.map(({ zone }) => zone))].sort().join(', ')}: ${launchReason(own.at(-1)?.message ?? '')}`,
    ),
    ...others.map((other) => `also ${other.cause}`),
    ...grouped(of('event', evidence).filter(isTrouble), ({ service }) => service).map(
      ([service, events]) => `ECS on ${service}: ${events.at(-1)?.text.replace(/^\(service [^)]*\) /, '')}`,
    ),
  ]
}

const isTrouble = ({ text }: Of<'event'>): boolean => /\bunable to\b|\bunhealthy\b|\bfailed\b/.test(text)

function afterwardsIn(evidence: readonly Evidence[]): string[] {
  const ends = new Map(of('end', evidence).map(({ stack, status }) => [stack, status]))
  return [...ends].flatMap(([stack, status]) =>
    /^(CREATE|UPDATE)_COMPLETE$/.test(status) ? [] : becameOf(stack, status),
  )
}

/** What became of a stack that is not as it should be. */
export function becameOf(stack: string, status: string): string {
  if (status === 'DELETE_COMPLETE') return `${stack} was taken away again`
  return status === 'UPDATE_ROLLBACK_COMPLETE' ? `${stack} went back to what it was` : `${stack} is ${status}`
}

function grouped<Item>(items: readonly Item[], key: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return [...groups]
}

/** `exit code 1 (2 times), OutOfMemoryError` */
const tally = (texts: readonly string[]): string =>
  grouped(texts, (text) => text)
    .map(([text, { length }]) => (length > 1 ? `${text} (${length} times)` : text))
    .join(', ')

export function presentWhy(why: Why): string {
  const { run, command, app, environment, began, outcome, exitCode, cause, lines, seen, afterwards, next } = why
  const when = `${began.slice(0, 16).replace('T', ' ')} UTC`
  const headline =
    run === null
      ? `${app} / ${environment}, as AWS still knows it (this folder has no run that failed)`
      : `${command} of ${app} / ${environment}, ${when}: ${outcome}${exitCode === null ? '' : `, exit code ${exitCode}`}  (${run})`
  return [
    headline,
    ...cause.split('\n').map((line) => `  ${line}`),
    ...(lines
      ? [
          `  last lines of ${lines.service} (task ${lines.task.slice(0, 8)})`,
          ...lines.lines.map((line) => `    ${line}`),
        ]
      : []),
    ...[...seen, ...afterwards].map((text) => `  - ${text}`),
    '',
    `  next: ${next}`,
  ].join('\n')
}
