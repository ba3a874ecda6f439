import type { Aws, Context, LinePage, LineQuery, LogLine } from '../context.ts'
import { UserError } from '../errors.ts'
import type { Environment, Service } from '../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../plan/names.ts'
import type { CommonFlags } from './flags.ts'
import { connect } from './steps/connect.ts'
import { isFailure } from './steps/evidence.ts'
import { loadEnvironment, projectFolder } from './steps/manifest.ts'

export interface LogsFlags extends CommonFlags {
  /** Of the service. */
  readonly name?: string
  /** A task's id, or the beginning of it. */
  readonly task?: string
  readonly follow?: boolean
  /** In seconds before now. */
  readonly since?: number
  readonly filter?: string
  readonly previous?: boolean
}

export interface Line {
  readonly at: string
  readonly service: string
  readonly task: string
  readonly line: string
}

const SINCE_SECONDS = 3600
/** Lines come late: the log driver sends them in batches, and CloudWatch Logs takes a moment to find them. */
const LATE_MS = 20_000
/** A service that talks all the time is listened to in portions. */
const PAUSE_MS = 1_000

/** The lines of a service's tasks by time, each as it comes; no more of them is kept than is needed. */
export async function* logs(flags: LogsFlags, context: Context): AsyncGenerator<Line> {
  checkFlags(flags)
  const environment = await loadEnvironment(flags, context)
  const service = await chooseService(environment, flags, context)
  const aws = await connect(flags, environment, context)
  const logGroup = `/img2vid/${environmentStack(environment.app, environment.name)}/${service.name}`
  const prefix = `${environment.app}/${service.name}/`
  const task = flags.previous ? await diedLast(environment, service, logGroup, prefix, aws) : flags.task
  if (flags.previous && task === undefined) return yield* keptLines(service, flags, context)
  const query = {
    logGroup,
    streams: prefix + (task ?? ''),
    since: sinceOf(flags, context),
    filter: flags.filter,
    next: undefined,
  }
  let some = false
  for await (const line of linesOf(query, flags.follow ?? false, aws, context)) {
    some = true
    const { at, stream, text } = line
    yield { at: at.toISOString(), service: service.name, task: stream.slice(prefix.length), line: text }
  }
  if (some) return
  if (await aws.logs.page(query)) {
    const text = `${service.name} has written nothing since ${query.since.toISOString()}`
    context.ui.show({ type: 'note', text })
  } else if (flags.previous) yield* keptLines(service, flags, context)
  else throw new UserError('failed', `${service.name} has no logs: it is not deployed`, { hint: 'img2vid status' })
}

function checkFlags({ previous, task, follow }: LogsFlags): void {
  const other = task !== undefined ? '--task' : follow ? '--follow' : undefined
  if (previous && other !== undefined) throw new UserError('usage', `--previous does not go with ${other}`)
}

async function chooseService({ services }: Environment, { name }: LogsFlags, { ask }: Context): Promise<Service> {
  const names = services.map((service) => service.name)
  const wanted =
    name ??
    (names.length > 1 && ask.interactive
      ? await ask.choose({ message: 'Service', choices: names.map((value) => ({ value, label: value })) })
      : undefined)
  const found =
    wanted === undefined && services.length === 1 ? services[0] : services.find((one) => one.name === wanted)
  if (found) return found
  const message = name === undefined ? 'There are several services' : `There is no service ${name}`
  throw new UserError('usage', `${message}: ${names.join(', ')}`, { hint: `img2vid logs ${names[0]}` })
}

/** Of one task, everything, unless it was asked otherwise. */
function sinceOf({ since, task, previous }: LogsFlags, { clock }: Context): Date {
  if (since === undefined && (task !== undefined || previous)) return new Date(0)
  return new Date(clock.now().getTime() - (since ?? SINCE_SECONDS) * 1000)
}

/** ECS shows ended tasks for an hour; of older ones the streams are left. */
async function diedLast(
  { app, name }: Environment,
  service: Service,
  logGroup: string,
  prefix: string,
  aws: Aws,
): Promise<string | undefined> {
  const cluster = (await aws.stacks.find(environmentStack(app, name)))?.outputs.Cluster ?? ''
  const family = serviceStack(app, name, service.name)
  const time = ({ stoppedAt }: { stoppedAt: Date | undefined }) => stoppedAt?.getTime() ?? Number.POSITIVE_INFINITY
  const ended = [...(await aws.services.stopped(cluster, family))].sort((a, b) => time(b) - time(a))
  const known = ended.find(isFailure) ?? ended[0]
  if (known) return known.id
  const stack = await aws.stacks.find(family)
  const running = stack?.outputs.Service ? await aws.services.tasks(cluster, stack.outputs.Service, 'RUNNING') : []
  const streams = (await aws.logs.newestStreams(logGroup)).filter((stream) => stream.startsWith(prefix))
  const tasks = streams.map((stream) => stream.slice(prefix.length))
  return tasks.find((task) => running.every(({ id }) => id !== task))
}

async function* linesOf(query: LineQuery, follow: boolean, aws: Aws, { clock }: Context): AsyncGenerator<LogLine> {
  const seen = new Map<string, number>()
  let since = query.since
  for (;;) {
    let newest = since.getTime() + LATE_MS
    let next: string | undefined
    do {
      const page = await aws.poll(async (): Promise<LinePage | 'gone' | undefined> => {
        const found = await aws.logs.page({ ...query, since, next })
        if (!found) return 'gone'
        const fresh = found.lines.some(({ id }) => !seen.has(id))
        return follow && !fresh && found.next === undefined ? undefined : found
      })
      if (page === 'gone') return
      for (const line of page.lines) {
        if (seen.has(line.id)) continue
        seen.set(line.id, line.at.getTime())
        newest = Math.max(newest, line.at.getTime())
        yield line
      }
      for (const [id, at] of seen) if (at < newest - LATE_MS) seen.delete(id)
      next = page.next
    } while (next !== undefined)
    if (!follow) return
    since = new Date(newest - LATE_MS)
    await clock.sleep(PAUSE_MS)
  }
}

/** The log group went with its service: what was seen of it while it was deployed is left. */
async function* keptLines(service: Service, flags: LogsFlags, context: Context): AsyncGenerator<Line> {
  const folder = projectFolder(flags, context)
  for (const { id, environment } of await context.runs.list(folder)) {
    if (flags.env !== undefined && environment !== flags.env) continue
    const evidence = await context.runs.evidence(folder, id)
    const last = evidence.findLast((one) => one.kind === 'lines' && one.service === service.name)
    if (last?.kind !== 'lines') continue
    context.ui.show({ type: 'note', text: `from what run ${id} saw: the service is gone, and its logs with it` })
    yield* last.lines.map((line) => ({ at: last.at ?? '', service: service.name, task: last.task, line }))
    return
  }
  throw new UserError('failed', `No task of ${service.name} has ended, as far as AWS and this folder know`)
}

/** A short task id before each line tells the tasks apart. */
export const presentLine = ({ task, line }: Line): string => `${task.slice(0, 8)}  ${line}`
