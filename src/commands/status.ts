import type { Aws, Context, InstanceInfo, ServiceInfo, StackInfo, TargetInfo, TaskInfo } from '../context.ts'
import { addressOf, addressText, furtherAddress } from '../plan/address.ts'
import type { Environment, Service } from '../plan/manifest/model.ts'
import { isSelection, selectEnvironments } from '../plan/manifest/selection.ts'
import { environmentStack, serviceStack } from '../plan/names.ts'
import { shortDigest, table } from '../plan/text.ts'
import type { CommonFlags } from './flags.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { JOINED_BY } from './steps/external.ts'
import { loadProject } from './steps/manifest.ts'
import { orphansOf } from './steps/orphans.ts'
import { publicAddress } from './steps/public-address.ts'
import { together } from './steps/together.ts'

export interface ServiceStatus {
  readonly stack: string
  /** Of the stack; `absent` when there is none. */
  readonly state: string
  readonly desired: number
  /** Between which numbers of tasks it scales now; null when nothing scales it. */
  readonly range: { readonly min: number; readonly max: number } | null
  readonly running: number
  readonly pending: number
  /** Targets of the load balancer that answer, or running tasks where there is no load balancer. */
  readonly healthy: number
  readonly url: string | null
  /** Of a network load balancer, where `url` is that of the other one. */
  readonly networkUrl: string | null
  readonly image: string | null
  /** The images of the containers beside the service's own. */
  readonly sidecars: Readonly<Record<string, string>>
  readonly tags: readonly string[]
  readonly taskDefinition: string | null
  readonly deployment: {
    readonly state: string
    readonly reason: string
    readonly since: string | null
    readonly failedTasks: number
  }
  /** Why something is not as it should be. */
  readonly troubles: readonly string[]
}

export interface EnvironmentStatus {
  readonly region: string
  readonly state: string
  readonly url: string | null
  readonly services: Readonly<Record<string, ServiceStatus>>
  readonly instances: readonly InstanceInfo[]
  /** Stacks of services that the manifest no longer has. */
  readonly orphans: readonly string[]
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

export interface Status {
  readonly app: string
  readonly environments: Readonly<Record<string, EnvironmentStatus>>
}

/** What runs, in the environments asked for or in all of them. */
export async function status(flags: CommonFlags, context: Context): Promise<Status> {
  const project = await loadProject(flags, context)
  const { env = 'all' } = flags
  const names = isSelection(env) ? selectEnvironments(env, project.names) : [env]
  const all = together(context)
  const environments = await Promise.all(
    names.map(async (name) => {
      const environment = await project.environment(name)
      const aws = await connect(flags, environment, all.contextFor(name))
      return [name, await environmentStatus(environment, aws, context)] as const
    }),
  )
  return { app: project.app, environments: Object.fromEntries(environments) }
}

async function environmentStatus(environment: Environment, aws: Aws, context: Context): Promise<EnvironmentStatus> {
  const { app, name, services } = environment
  const [shared, orphans, ...stacks] = await Promise.all([
    aws.stacks.find(environmentStack(app, name)),
    orphansOf(environment, aws),
    ...services.map((service) => aws.stacks.find(serviceStack(app, name, service.name))),
  ])
  const cluster = shared?.outputs.Cluster
  const hasInstances = Object.keys(shared?.outputs ?? {}).some(
    (output) => /CapacityProvider(Managed|ManagedSpot)?$/.test(output) || output === JOINED_BY,
  )
  const [statuses, instances] = await Promise.all([
    Promise.all(
      services.map(async (service, index) => {
        const stack = stacks[index]
        return [service.name, await serviceStatus(environment, service, shared, stack, aws, context)] as const
      }),
    ),
    cluster === undefined || !hasInstances ? [] : aws.capacity.instances(cluster),
  ])
  return {
    region: aws.region,
    state: shared?.status ?? 'absent',
    url: shared?.outputs.Url ?? null,
    services: Object.fromEntries(statuses),
    instances,
    orphans,
    ...localNotes(aws),
  }
}

const ABSENT = {
  desired: 0,
  range: null,
  running: 0,
  pending: 0,
  healthy: 0,
  url: null,
  networkUrl: null,
  image: null,
  sidecars: {},
  tags: [],
  taskDefinition: null,
  deployment: { state: 'NONE', reason: '', since: null, failedTasks: 0 },
  troubles: [],
}

/** A stack that was never done has no outputs; its events know the service all the same. */
async function serviceOf(stack: StackInfo, aws: Aws): Promise<string | undefined> {
  if (stack.outputs.Service !== undefined) return stack.outputs.Service
  const { events = [] } = (await aws.stacks.lastOperation(stack)) ?? {}
  return events.find(({ type, physicalId }) => type === 'AWS::ECS::Service' && physicalId)?.physicalId
}

/** Asks at once for what is expected, which is then there when it is found to be right; for all else when it is known. */
function ahead<Answer>(ask: (key: string) => Promise<Answer>, expected: string | undefined) {
  const early = expected === undefined ? undefined : ask(expected)
  // Whether the answer is wanted is not known yet.
  early?.catch(() => {})
  return (key: string): Promise<Answer> => (key === expected && early ? early : ask(key))
}

/** What the stack knows of its service saves two round trips; only what the service itself says is believed. */
function expectedOf({ outputs, parameters }: StackInfo, { image }: Service, aws: Aws) {
  const tagsOf = async (digest: string) => (image.kind === 'build' ? aws.images.tagsOf(image.repository, digest) : [])
  return {
    imagesOf: ahead(aws.services.images, outputs.TaskDefinition),
    targetsOf: ahead(aws.services.targets, outputs.TargetGroup),
    tagsOf: ahead(tagsOf, digestIn(parameters.ImageReference)),
  }
}

async function serviceStatus(
  environment: Environment,
  service: Service,
  shared: StackInfo | undefined,
  stack: StackInfo | undefined,
  aws: Aws,
  context: Context,
): Promise<ServiceStatus> {
  const { app, name } = environment
  const stackName = serviceStack(app, name, service.name)
  const cluster = shared?.outputs.Cluster
  const arn = stack && (await serviceOf(stack, aws))
  const absent = { stack: stackName, state: stack?.status ?? 'absent', ...ABSENT }
  if (!stack || !shared || cluster === undefined || arn === undefined) return absent
  const { imagesOf, targetsOf, tagsOf } = expectedOf(stack, service, aws)
  const [info, stopped] = await Promise.all([
    aws.services.find(cluster, arn),
    aws.services.tasks(cluster, arn, 'STOPPED'),
  ])
  if (!info) return absent
  // Behind one way in, whichever of its target groups they are in.
  const [groups] = info.targetGroups
  const [{ [service.name]: image, ...sidecars }, targets] = await Promise.all([
    imagesOf(info.taskDefinition),
    groups && Promise.all(groups.map(targetsOf)).then((all) => all.flat()),
  ])
  const digest = digestIn(image)
  const tags = digest === undefined ? [] : await tagsOf(digest)
  const primary = info.deployments.find((deployment) => deployment.primary)
  return {
    stack: stackName,
    state: stack.status,
    desired: info.desired,
    range: rangeOf(stack),
    running: info.running,
    pending: info.pending,
    healthy: targets ? targets.filter(({ state }) => state === 'healthy').length : info.running,
    url:
      addressOf(service, shared.outputs, stack.outputs) ?? (await publicAddress(service, cluster, arn, aws, context)),
    networkUrl: furtherAddress(service, stack.outputs),
    image: image ?? null,
    sidecars,
    tags,
    taskDefinition: info.taskDefinition,
    deployment: {
      state: primary?.state ?? 'NONE',
      reason: primary?.reason ?? '',
      since: primary?.updatedAt.toISOString() ?? null,
      failedTasks: primary?.failedTasks ?? 0,
    },
    troubles: troublesOf(info, targets ?? [], stopped),
  }
}

/** As the stack was deployed; a schedule may have other bounds at the moment. */
const rangeOf = ({ parameters: { MinTasks, MaxTasks } }: StackInfo): ServiceStatus['range'] =>
  MinTasks === undefined || MaxTasks === undefined ? null : { min: Number(MinTasks), max: Number(MaxTasks) }

/** What is wrong with the newest deployment: targets, tasks that ended, or the service's own last word. */
function troublesOf(info: ServiceInfo, targets: readonly TargetInfo[], stopped: readonly TaskInfo[]): string[] {
  const deployment = info.deployments.find(({ primary }) => primary)?.id
  const failures = stopped.filter(
    ({ startedBy, stopCode = '' }) =>
      startedBy === deployment && ['TaskFailedToStart', 'EssentialContainerExited'].includes(stopCode),
  )
  const [latest] = failures
  const more = failures.length > 1 ? `, ${failures.length} such tasks in the last hour` : ''
  return [
    ...targets.filter(({ state }) => state === 'unhealthy').map(({ target, reason }) => `${target}: ${reason}`),
    ...(latest ? [`task ${latest.id.slice(0, 8)} stopped: ${latest.stoppedReason}${more}`] : []),
    ...(info.running < info.desired && info.events[0] ? [info.events[0].text] : []),
  ]
}

export function presentStatus({ app, environments }: Status): string {
  const rows = Object.entries(environments).flatMap(([environment, { services }]) =>
    Object.entries(services).map(([service, one]) => [
      environment,
      service,
      tasksText(one),
      healthText(one),
      one.image === null ? '-' : imageText(one),
      one.deployment.state.toLowerCase(),
      addressText(one.url, one.networkUrl),
    ]),
  )
  const lines = table(['environment', 'service', 'tasks', 'health', 'image', 'deployment', 'url'], rows)
  const details = Object.entries(environments).flatMap(([name, environment]) => [
    ...environment.instances.map(
      ({ id, type, status: state, gpus, tasks }) =>
        `  ${name}  instance ${id}  ${type}${gpus > 0 ? `  ${gpus} GPU` : ''}  ${tasks} tasks  ${state.toLowerCase()}`,
    ),
    ...Object.entries(environment.services).flatMap(([service, { sidecars, troubles }]) => [
      ...Object.entries(sidecars).map(([one, image]) => `  ${name}  ${service}  sidecar ${one}  ${digestOf(image)}`),
      ...troubles.map((trouble) => `  ! ${name} ${service}: ${trouble}`),
    ]),
    ...environment.orphans.map((stack) => `  ! ${name}: ${stack} runs, but the manifest has no such service`),
  ])
  const notes = new Set(Object.values(environments).flatMap(localText))
  return [
    app,
    '',
    ...lines,
    ...(details.length + notes.size > 0 ? ['', ...details, ...[...notes].map((text) => `  ${text}`)] : []),
  ].join('\n')
}

const tasksText = ({ running, desired, range }: ServiceStatus): string =>
  `${running}/${desired}${range ? ` of ${range.min}-${range.max}` : ''}`

function healthText({ state, healthy, desired }: ServiceStatus): string {
  if (state === 'absent') return 'not deployed'
  if (desired === 0) return 'scaled to 0'
  return healthy >= desired ? 'healthy' : `${healthy} of ${desired}`
}

function imageText({ image, tags }: ServiceStatus): string {
  const named = tags.filter((tag) => !tag.startsWith('content-'))
  const name = digestOf(image ?? '')
  return named.length > 0 ? `${name} (${named.join(', ')})` : name
}

const digestIn = (image: string | undefined): string | undefined => image?.split('@')[1]

/** What people know an image by: its digest, or its name where it was deployed by that. */
function digestOf(image: string): string {
  const digest = digestIn(image)
  return digest === undefined ? image : shortDigest(digest)
}
