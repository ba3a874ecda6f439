import type { Aws, Context, StackInfo } from '../context.ts'
import { UserError } from '../errors.ts'
import { type Protected, protectedBalancers } from '../plan/features/security.ts'
import type { Environment } from '../plan/manifest/model.ts'
import { appStack, environmentStack, serviceStack, stackTags, templateStack } from '../plan/names.ts'
import { counted } from '../plan/text.ts'
import type { CommonFlags, FleetFlags, RecoveryFlags, TimeoutFlags } from './flags.ts'
import { inEachEnvironment } from './fleet.ts'
import { missingFlags } from './init.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { leavable } from './steps/leave.ts'
import { chooseEnvironment, loadProject } from './steps/manifest.ts'
import { recorded } from './steps/recorded.ts'
import {
  type Found,
  removeApp,
  removeRevisions,
  removeServices,
  removeShared,
  removeTemplates,
} from './steps/remove.ts'
import { untilOver } from './steps/unsettled.ts'

export interface DestroyFlags extends CommonFlags, TimeoutFlags, FleetFlags, Pick<RecoveryFlags, 'wait' | 'cancel'> {
  /** The images and their repositories too. */
  readonly images?: boolean
  /** This service alone. */
  readonly service?: string
}

export interface Destroyed {
  readonly app: string
  readonly environment: string
  /** When only one service was destroyed. */
  readonly service?: string
  readonly region: string
  readonly changed: boolean
  /** Stacks that are gone now. */
  readonly stacks: readonly string[]
  readonly images: number
  readonly revisions: number
  /** What is still there, each with the reason. */
  readonly left: readonly string[]
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

/** Those that would go with the stacks, and that AWS would not let go. */
const protectedIn = ({ shared, services }: Found, environment: Environment): Protected[] =>
  protectedBalancers(environment).filter(({ service }) =>
    service === undefined
      ? shared !== undefined
      : services.some(({ name }) => name === serviceStack(environment.app, environment.name, service)),
  )

const protectedError = (all: readonly Protected[], { name }: Environment, { manifest }: DestroyFlags): UserError =>
  new UserError(
    'preflight',
    `${all.length > 1 ? 'load balancers' : 'the load balancer'} of ${name} ${all.length > 1 ? 'are' : 'is'} protected from deletion; nothing was touched`,
    {
      hint: `set ${all.map(({ place }) => `environments.${name}.${place}.attributes: { deletion_protection.enabled: 'false' }`).join(' and ')} in ${manifest}, run img2vid deploy --env ${name}, then destroy`,
    },
  )

/** Takes an environment away in the order that succeeds: tasks, services, capacity, network; images only when asked to. */
export async function destroy(flags: DestroyFlags, context: Context): Promise<Destroyed> {
  const project = await loadProject(flags, context)
  const name = await chooseEnvironment(project, flags, context)
  const environment = await project.environment(name)
  if (!context.ask.interactive && !flags.yes) throw missingFlags(['--yes'])
  const aws = await connect(flags, environment, context)
  const { service } = flags
  const look = async () => {
    const all = await findAll(environment, project.names, aws)
    return service === undefined ? all : onlyService(all, environment, service)
  }
  const found = await look()
  const base = {
    app: environment.app,
    environment: name,
    ...(service !== undefined && { service }),
    region: aws.region,
    ...localNotes(aws),
  }
  const nothing = !found.shared && found.services.length === 0 && !(found.app && flags.images)
  if (nothing) {
    const revisions = await removeRevisions(found, aws)
    return { ...base, changed: revisions > 0, stacks: [], images: 0, revisions, left: leftOver(found) }
  }

  const kept = protectedIn(found, environment)
  if (kept.length > 0) throw protectedError(kept, environment, flags)
  await confirmed(found, environment, flags, context)
  const withImages = found.app !== undefined && (await alsoImages(found, flags, context))
  const gone = [
    ...found.services,
    ...(found.shared ? [found.shared] : []),
    ...(withImages && found.app ? [found.app] : []),
    ...(found.templates ? [found.templates] : []),
  ]
  return recorded('destroy', environment, flags, aws, context, async (context) => {
    const { kept, ...removed } = await leavable(environment, 'destroy', flags.timeout, aws, context, async () => {
      const idle = (await untilIdle(gone, flags, aws, context)) ? await look() : found
      const { shared, app } = idle
      const kept = await removeServices(idle, aws, context)
      const revisions = await removeRevisions(idle, aws)
      if (shared) kept.push(...(await removeShared(shared, aws, context)))
      if (found.templates) await removeTemplates(found.templates, aws, context)
      return { kept, revisions, images: withImages && app ? await removeApp(app, aws, context) : 0 }
    })
    const stacks = gone.map((stack) => stack.name)
    const left = [...kept, ...(withImages ? [] : leftOver(found))]
    return { ...base, changed: true, stacks, ...removed, left }
  })
}

/** One service goes, also one that the manifest no longer has; what it shares with others stays. */
function onlyService(found: Found, { app, name }: Environment, service: string): Found {
  const stack = serviceStack(app, name, service)
  const services = found.services.filter((one) => one.name === stack)
  return { ...found, app: undefined, shared: undefined, templates: undefined, services, families: [stack] }
}

/** The stacks of the manifest's services, and those of services that it no longer has. */
async function findAll(
  { app, name, services }: Environment,
  environments: readonly string[],
  aws: Aws,
): Promise<Found> {
  const sharedName = environmentStack(app, name)
  const [appInfo, shared, templates, tagged, others] = await Promise.all([
    aws.stacks.find(appStack(app)),
    aws.stacks.find(sharedName),
    aws.stacks.find(templateStack(app)),
    aws.stacks.tagged(serviceStack(app, name, ''), stackTags(app, name)),
    Promise.all(
      environments.filter((other) => other !== name).map((other) => aws.stacks.find(environmentStack(app, other))),
    ),
  ])
  const known = tagged.map((stack) => stack.name)
  const untold = services
    .map((service) => serviceStack(app, name, service.name))
    .filter((stack) => !known.includes(stack))
  const named = await Promise.all(untold.map((stack) => aws.stacks.find(stack)))
  return {
    cluster: shared?.outputs.Cluster,
    app: appInfo,
    shared,
    templates: others.some(Boolean) ? undefined : templates,
    services: [...tagged, ...named.flatMap((stack) => stack ?? [])],
    families: [...known, ...untold],
    others: others.flatMap((other) => other?.name ?? []),
  }
}

const leftOver = ({ app, others }: Found): string[] => {
  if (!app) return []
  const users = others.length > 0 ? `; ${others.join(', ')} ${others.length > 1 ? 'use' : 'uses'} them` : ''
  return [`stack ${app.name} with the image repositories${users} (img2vid destroy --images)`]
}

async function confirmed(
  { shared, services }: Found,
  { app, name }: Environment,
  { yes, service }: DestroyFlags,
  { ask, ui }: Context,
): Promise<void> {
  if (yes) return
  const stacks = [...services, ...(shared ? [shared] : [])].map((stack) => `  ${stack.name}`)
  ui.show({ type: 'note', text: ['These stacks would be deleted, with all that is in them:', ...stacks].join('\n') })
  if (await ask.confirm({ message: `Destroy ${what(app, name, service)}?`, initial: false })) return
  throw new UserError('cancelled', 'Nothing was changed')
}

/** Images are the user's: they go by a flag, or by a yes of their own, and never while another environment runs on them. */
async function alsoImages({ others }: Found, { images, yes }: DestroyFlags, { ask }: Context): Promise<boolean> {
  if (images && others.length > 0) {
    throw stillUsed(others)
  }
  if (images) return true
  if (yes || !ask.interactive || others.length > 0) return false
  return ask.confirm({ message: 'Delete the images and their repositories too?', initial: false })
}

const stillUsed = (others: readonly string[]): UserError =>
  new UserError('usage', `The images are still used by ${others.join(', ')}`, {
    hint: 'destroy those environments first, or leave out --images',
  })

/** AWS deletes no stack that it updates or rolls back; nothing is stopped for nothing then. Whether there was one. */
async function untilIdle(
  stacks: readonly StackInfo[],
  flags: DestroyFlags,
  aws: Aws,
  context: Context,
): Promise<boolean> {
  const busy = stacks.filter(({ status }) => /^(UPDATE|ROLLBACK).*_IN_PROGRESS$/.test(status))
  for (const stack of busy)
    await untilOver(stack, await aws.stacks.lastOperation(stack), 'destroy', flags, aws, context)
  return busy.length > 0
}

const what = (app: string, environment: string, service: string | undefined): string =>
  `${service === undefined ? '' : `service ${service} of `}${app} / ${environment}`

export function presentDestroy(result: Destroyed): string {
  const { app, environment, service, changed, images, revisions, left } = result
  const destroyed = what(app, environment, service)
  const headline = changed ? `${destroyed} is gone` : `there is nothing of ${destroyed} to destroy`
  const counts = [
    ...(revisions > 0 ? [counted(revisions, 'task definition revision')] : []),
    ...(images > 0 ? [counted(images, 'image')] : []),
  ]
  return [
    headline + (counts.length > 0 ? `, with ${counts.join(' and ')}` : ''),
    ...(left.length > 0 ? ['still there:', ...left.map((one) => `  ${one}`)] : []),
    ...localText(result),
  ].join('\n')
}

export const destroyEach = inEachEnvironment<DestroyFlags, Destroyed>({
  verb: 'destroy',
  one: destroy,
  present: presentDestroy,
  asked({ images, ...flags }, _name, names, all) {
    const others = all.filter((name) => !names.includes(name))
    if (images && others.length > 0) throw stillUsed(others)
    return flags
  },
  /** The images go when nobody uses them any more. */
  async finish(flags, names, context) {
    if (flags.images) await destroy({ ...flags, env: names[0] ?? '', yes: true }, context)
  },
})
