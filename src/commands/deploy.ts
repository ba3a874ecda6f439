import type { Aws, Context, StackInfo } from '../context.ts'
import { UserError } from '../errors.ts'
import { addressText, namesToPoint, type PointedName } from '../plan/address.ts'
import type { Environment } from '../plan/manifest/model.ts'
import { appStack, environmentStack, serviceStack } from '../plan/names.ts'
import { largeNotes } from '../plan/stacks/template-bucket.ts'
import { type Stored, storedText } from '../plan/stored.ts'
import { table } from '../plan/text.ts'
import { type Took, whatTookTime } from '../plan/timeline.ts'
import type {
  CommonFlags,
  FleetFlags,
  ImageFlags,
  OverrideFlags,
  PreflightFlags,
  StackFlags,
  TimeoutFlags,
} from './flags.ts'
import { inEachEnvironment } from './fleet.ts'
import { type InitFlags, init, missingFlags } from './init.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { type Executed, execute } from './steps/execute.ts'
import { followed } from './steps/follow.ts'
import { buildable, planImages } from './steps/images.ts'
import { goingOn, leavable } from './steps/leave.ts'
import { chooseEnvironment, loadProject } from './steps/manifest.ts'
import { tellOutdated } from './steps/outdated.ts'
import { changedStacks, type DeploymentPlan, planDeployment, planLines } from './steps/plan.ts'
import { preflight, scopeOf } from './steps/preflight.ts'
import { recorded } from './steps/recorded.ts'
import type { BroughtUp } from './steps/stacks.ts'
import { traced } from './steps/timeline.ts'
import { type DeployedService, verified } from './steps/verify.ts'

export type DeployFlags = CommonFlags &
  OverrideFlags &
  ImageFlags &
  InitFlags &
  PreflightFlags &
  StackFlags &
  TimeoutFlags &
  FleetFlags & {
    /** A file for the timeline. */
    readonly trace?: string
  }

export interface Deployed {
  readonly app: string
  readonly environment: string
  readonly region: string
  readonly account: string
  readonly changed: boolean
  readonly services: Readonly<Record<string, DeployedService>>
  /** Hosts of the services, each with the load balancer that its DNS record has to point at. */
  readonly names: readonly PointedName[]
  readonly seconds: number
  /** What of it took longest, in seconds. */
  readonly took: readonly Took[]
  readonly notes: readonly string[]
  readonly local?: true
  /** What the embedded AWS has kept of it and does not act on. */
  readonly stored?: readonly Stored[]
  readonly tasks?: 'containers' | 'simulated'
}

/** Publishes the images, then makes the stacks match the manifest. */
export async function deploy(flags: DeployFlags, context: Context): Promise<Deployed> {
  const { ui, files, clock } = context
  const missing = context.ask.interactive || flags.yes ? [] : ['--yes']
  if (!(await files.exists(flags.manifest))) await firstContact(flags, missing, context)
  const project = await loadProject(flags, context)
  const environment = await project.environment(await chooseEnvironment(project, flags, context))
  const planned = await planImages(environment, flags, context)
  if (missing.length > 0) throw missingFlags(missing)

  const aws = await connect(flags, environment, context)
  if (flags.attach && (await goingOn(environment, aws)).length > 0) {
    return recorded('deploy', environment, flags, aws, context, (context) => attached(environment, flags, aws, context))
  }
  const { images, engine } = await buildable(planned, aws, context)
  const plan = await planDeployment(environment, images, flags, aws, context)
  const { existing } = plan.shared
  const account = existing ? accountOf(existing) : (await aws.account()).id
  return recorded('deploy', environment, flags, aws, context, async (context) => {
    const large = largeNotes(environment.app, changedStacks(plan))
    for (const text of [
      ...environment.notes,
      ...plan.notes,
      ...large,
      ...(flags.express ? [EXPRESS_NOTE] : []),
      ...plan.orphans.map((stack) => orphanNote(stack, environment)),
    ])
      ui.show({ type: 'note', text })
    if (!flags.skipChecks) await preflight(scopeOf(plan, engine), aws, context)
    await confirmed(plan, flags, account, aws, context)
    const started = clock.now().getTime()
    return traced(flags.trace, context, (context, spans) =>
      leavable(environment, 'deploy', flags.timeout, aws, context, async (aws) => {
        const done = await execute(plan, flags, engine, aws, context)
        const { notes, ...rest } = await result(environment, done, started, flags, aws, context)
        const outdated = existing && done.shared.changed
        const old = outdated ? await tellOutdated(environment, done.shared.stack, aws, context) : []
        const deployed = { ...rest, notes: [...notes, ...plan.notes, ...large, ...old] }
        return deployed.changed ? { ...deployed, took: whatTookTime(spans()) } : deployed
      }),
    )
  })
}

/** Follows what somebody else has begun, and says what serves at its end; deploys nothing of its own. */
async function attached(environment: Environment, flags: DeployFlags, aws: Aws, context: Context): Promise<Deployed> {
  const started = context.clock.now().getTime()
  const { app, name } = environment
  await leavable(environment, 'watch', flags.timeout, aws, context, () => followed(environment, aws, context))
  const shared = await aws.stacks.find(environmentStack(app, name))
  const stacks = await Promise.all(
    environment.services.map((one) => aws.stacks.find(serviceStack(app, name, one.name))),
  )
  const missing = environment.services.filter((_service, index) => !stacks[index])
  if (!shared || missing.length > 0) {
    const what = missing.length > 0 ? missing.map((service) => service.name).join(', ') : name
    throw new UserError('failed', `What went on has ended, and ${what} is not deployed by it`, {
      hint: 'img2vid deploy deploys it',
    })
  }
  const brought = stacks.map((stack) => ({ stack: stack as StackInfo, changed: true }))
  const done = { shared: { stack: shared, changed: true }, stacks: brought, repositories: {}, changed: true }
  return result(environment, done, started, flags, aws, context)
}

const EXPRESS_NOTE =
  'express: CloudFormation does not wait until resources are ready, and goes back on nothing that fails after that; for development'

/** Every stack has it in its ARN. */
const accountOf = ({ id }: StackInfo): string => id.split(':')[4] ?? ''

/** Believed only when every service really runs what its stack says. */
async function result(
  environment: Environment,
  done: Executed,
  started: number,
  flags: DeployFlags,
  aws: Aws,
  context: Context,
): Promise<Deployed> {
  const { shared, repositories } = done
  const deployed = environment.services.map((service, index) => ({ service, brought: done.stacks[index] as BroughtUp }))
  const services = await Promise.all(
    deployed.map(
      async ({ service, brought }) =>
        [service.name, await verified(service, shared.stack, brought, repositories, flags, aws, context)] as const,
    ),
  )
  return {
    app: environment.app,
    environment: environment.name,
    region: aws.region,
    account: accountOf(shared.stack),
    changed: done.changed || services.some(([, { changed }]) => changed),
    services: Object.fromEntries(services),
    names: namesToPoint(
      deployed.map(({ service, brought }) => ({ service, own: brought.stack.outputs })),
      shared.stack.outputs,
    ),
    seconds: Math.round((context.clock.now().getTime() - started) / 100) / 10,
    took: [],
    notes: environment.notes,
    ...localNotes(aws),
    ...(await onlyStored(environment, aws, context)),
  }
}

async function onlyStored({ app, name, services }: Environment, { local, region }: Aws, context: Context) {
  if (!local) return {}
  const stacks = [
    appStack(app),
    environmentStack(app, name),
    ...services.map((one) => serviceStack(app, name, one.name)),
  ]
  const stored = (await context.local.stored(local, region)).filter(({ stack }) => stacks.includes(stack))
  return stored.length > 0 ? { stored } : {}
}

/** A folder without a manifest: the questions of `init` first. */
async function firstContact(flags: DeployFlags, missing: readonly string[], context: Context): Promise<void> {
  if (context.ask.interactive) {
    context.ui.show({
      type: 'note',
      text: `No ${flags.manifest} here. A few questions; each has a flag (img2vid init --help).`,
    })
  }
  await init(flags, context, missing)
}

const orphanNote = (stack: string, { app, name }: Environment): string =>
  `${stack} runs, but the manifest has no such service any more; img2vid destroy --service ${stack.slice(serviceStack(app, name, '').length)} takes it away`

/** Shows what would be done and asks, unless nothing would be or `--yes` said so. */
async function confirmed(
  plan: DeploymentPlan,
  { yes }: DeployFlags,
  account: string,
  aws: Aws,
  { ask, ui }: Context,
): Promise<void> {
  const lines = planLines(plan)
  if (yes || lines.every(({ action }) => action === 'none')) return
  const { app, name } = plan.environment
  const where = aws.local ? 'the embedded AWS' : 'AWS'
  const rows = lines.map(({ stack, action, what }) => [stack, action === 'none' ? 'unchanged' : action, what])
  const text = [
    `Plan for ${app} / ${name} on ${where} (account ${account}, ${aws.region})`,
    '',
    ...table(['stack', 'action', 'what'], rows),
  ]
  ui.show({ type: 'note', text: text.join('\n') })
  if (await ask.confirm({ message: 'Deploy it?', initial: true })) return
  throw new UserError('cancelled', 'Nothing was changed')
}

export function presentDeploy(result: Deployed): string {
  const { app, environment, changed, services, names, seconds, took } = result
  const rows = Object.entries(services).map(([name, { url, networkUrl, image }]) => [
    name,
    addressText(url, networkUrl),
    shortImage(image),
  ])
  const headline = changed
    ? `${app} / ${environment} is deployed in ${duration(seconds)}`
    : `nothing to do: ${app} / ${environment} is as the manifest says (${seconds}s)`
  const longest = took.map((one) => `${one.what} ${duration(one.seconds)}`).join(', ')
  return [
    headline,
    ...(longest ? [`  longest: ${longest}`] : []),
    ...rows.map((row) => `  ${row.join('  ')}`),
    ...names.flatMap((name) => toPoint(name, result.local)),
    ...localText(result),
    ...storedText(result.stored ?? []),
  ].join('\n')
}

/** Here a host is asked for at the load balancer itself; what is no HTTP needs no name. */
function toPoint({ host, at, made }: PointedName, local: true | undefined): string[] {
  if (!local) {
    const text = `${host} needs a DNS record, CNAME or alias, that points at ${at.replace(/^https?:\/\//, '')}`
    return made ? [] : [`  ${text}`]
  }
  const isAsked = /^https?:/.test(at) && !host.startsWith('*')
  return isAsked ? [`  curl ${at.startsWith('https') ? '-k ' : ''}-H 'Host: ${host}' ${at} asks for ${host} here`] : []
}

/** `web@sha256:3f1c9ab24d10`; the whole of it is in the JSON. */
const shortImage = (image: string): string =>
  image.replace(/^.*\/(?=[^/]+@)/, '').replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+/, '$1')

const duration = (seconds: number): string =>
  seconds < 60
    ? `${Math.round(seconds)}s`
    : `${Math.floor(seconds / 60)}m${String(Math.round(seconds % 60)).padStart(2, '0')}s`

/** `trace.json` of dev is `trace-dev.json`. */
const namedAfter = (environment: string, file: string): string => file.replace(/(\.[^./\\]*)?$/, `-${environment}$1`)

export const deployEach = inEachEnvironment<DeployFlags, Deployed>({
  verb: 'deploy',
  asked: ({ trace, ...flags }, name) => ({ ...flags, ...(trace !== undefined && { trace: namedAfter(name, trace) }) }),
  one: deploy,
  present: presentDeploy,
  brief: ({ changed, seconds, services }) =>
    [
      changed ? `deployed in ${duration(seconds)}` : 'nothing to do',
      ...Object.values(services).flatMap(({ url }) => url ?? []),
    ].join('  '),
})
