import type { Aws, Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import {
  buildCommand,
  buildSettings,
  commitTag,
  contentTag,
  engineCommand,
  localImage,
  loginCommand,
  placeholderTag,
  pushCommand,
  saveCommand,
  tagCommand,
  untagCommand,
  versionCommand,
} from '../../plan/docker.ts'
import type { Build, Environment, Service } from '../../plan/manifest/model.ts'
import type { CommonFlags, ImageFlags } from '../flags.ts'
import { projectFolder } from './manifest.ts'

export type BuiltService = Service & { readonly image: Build }

export const isBuilt = (service: Service): service is BuiltService => service.image.kind === 'build'

/** An image that a service builds: what it is called is known from its content before it is built. */
export interface PlannedImage {
  readonly service: BuiltService
  /** Stands for the content. */
  readonly tag: string
  /** Stand for the commit and the user's own name; put on when the image is pushed. */
  readonly furtherTags: readonly string[]
}

const lane = (service: string): string => `image ${service}`

export async function planImages(
  environment: Environment,
  flags: CommonFlags & ImageFlags,
  context: Context,
): Promise<PlannedImage[]> {
  const folder = projectFolder(flags, context)
  const commit = await cleanCommit(folder, context)
  return Promise.all(
    environment.services.filter(isBuilt).map(async (service) => {
      const { image, platform } = service
      const digest = await context.files.contextDigest({
        context: context.files.absolute(folder, image.context),
        dockerfile: context.files.absolute(folder, image.dockerfile),
        settings: buildSettings(image, platform),
      })
      const furtherTags = [
        ...(commit === undefined ? [] : [commitTag(commit)]),
        ...(flags.tag === undefined ? [] : [flags.tag]),
      ]
      return { service, tag: contentTag(digest), furtherTags }
    }),
  )
}

/** The commit, when the folder is in a repository and nothing in it is changed: otherwise it would name another content. */
async function cleanCommit(folder: string, { run }: Context): Promise<string | undefined> {
  const git = (...args: string[]) => run({ program: 'git', args: ['-C', folder, ...args] })
  const [head, status] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain', '--', '.')])
  return head.exitCode === 0 && status.exitCode === 0 && status.stdout.trim() === '' ? head.stdout.trim() : undefined
}

/** The images as they can be made: without an engine a rehearsal goes on with what stands for them. */
export async function buildable(
  images: readonly PlannedImage[],
  aws: Aws,
  context: Context,
): Promise<{ readonly images: readonly PlannedImage[]; readonly engine: boolean }> {
  if (!aws.local || aws.local.docker || images.length === 0 || (await hasDocker(context)))
    return { images, engine: true }
  return {
    images: images.map((image) => ({ ...image, tag: placeholderTag(image.tag), furtherTags: [] })),
    engine: false,
  }
}

/** Whether a Docker engine can be talked to. */
const hasDocker = async ({ run }: Context): Promise<boolean> => (await run(versionCommand)).exitCode === 0

/** Throws with a way out when there is no engine. */
export async function requireDocker(context: Context): Promise<void> {
  const { exitCode, stderr } = await context.run(versionCommand)
  if (exitCode === 0) return
  throw new UserError('preflight', `No Docker engine answers: ${stderr.trim().split('\n').at(-1) ?? ''}`, {
    hint: exitCode === 127 ? 'install Docker and start it' : 'start Docker, then run the same command again',
  })
}

/** Builds the image under its local name. Throws with Docker's own last lines. */
export async function buildImage(
  planned: PlannedImage,
  app: string,
  flags: CommonFlags,
  context: Context,
): Promise<string> {
  const { service, tag } = planned
  const { ui, files } = context
  const name = localImage(app, service.name, tag)
  const folder = projectFolder(flags, context)
  const paths = {
    context: files.absolute(folder, service.image.context),
    dockerfile: files.absolute(folder, service.image.dockerfile),
  }
  ui.show({ type: 'lane', lane: lane(service.name), state: 'running', text: 'building' })
  const lines: string[] = []
  const result = await context.run(buildCommand(service.image, service.platform, name, paths), (line) => {
    lines.push(line)
    ui.show({ type: 'output', lane: lane(service.name), line })
  })
  if (result.exitCode === 0) return name
  ui.show({ type: 'lane', lane: lane(service.name), state: 'failed', text: 'the build failed' })
  throw new UserError(
    'failed',
    [`The image of ${service.name} could not be built`, ...quoted(buildError(lines))].join('\n'),
    {
      hint: `mend ${service.image.dockerfile}, then run the same command again`,
    },
  )
}

const LAST_LINES = 20

/** Docker's words without its advice on builders. */
function buildError(lines: readonly string[]): string[] {
  const advice =
    /^(DEPRECATED: The legacy builder|\s*Install the buildx component|\s*https:\/\/docs\.docker\.com\/go\/buildx)/
  return lines.filter((line) => line.trim() !== '' && !advice.test(line)).slice(-LAST_LINES)
}

export const quoted = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`)

/** Where the image goes. */
export interface Repository {
  readonly uri: string
  readonly name: string
}

/** Pushes a built image with all its tags. Returns its digest. */
export async function pushImage(
  planned: PlannedImage,
  built: string,
  repository: Repository,
  aws: Aws,
  context: Context,
): Promise<string> {
  const { ui } = context
  const { service, tag } = planned
  ui.show({ type: 'lane', lane: lane(service.name), state: 'running', text: 'pushing' })
  const login = await aws.images.login()
  const reference = `${repository.uri}:${tag}`
  const failure = await dockerPush(built, reference, login, lane(service.name), context)
  if (failure !== undefined) {
    if (!aws.local) throw pushFailed(service.name, failure)
    // The engine may sit behind another loopback, as Docker Desktop's does.
    await handOver(
      built,
      { repositoryUri: repository.uri, tag, password: login.password },
      service.name,
      failure,
      context,
    )
  }
  const image = await aws.images.find(repository.name, tag)
  if (!image) throw pushFailed(service.name, `${reference} is not there after the push`)
  await addTags(planned, repository, image.digest, image.tags, aws)
  ui.show({ type: 'lane', lane: lane(service.name), state: 'done', text: `pushed ${shortDigest(image.digest)}` })
  return image.digest
}

async function dockerPush(
  built: string,
  reference: string,
  { registry, password }: { registry: string; password: string },
  name: string,
  { run, files, ui }: Context,
): Promise<string | undefined> {
  const engine = await run(engineCommand)
  const host = engine.exitCode === 0 ? engine.stdout.trim() || undefined : undefined
  return files.withPrivateFolder(async (configuration) => {
    const loggedIn = await run({
      ...loginCommand(registry, password, configuration),
      ...(host && { env: { DOCKER_HOST: host } }),
    })
    if (loggedIn.exitCode !== 0) return lastLine(loggedIn.stderr)
    const tagged = await run(tagCommand(built, reference))
    if (tagged.exitCode !== 0) return lastLine(tagged.stderr)
    const pushed = await run(pushCommand(reference, configuration, host), (line) =>
      ui.show({ type: 'output', lane: name, line }),
    )
    await run(untagCommand(reference))
    return pushed.exitCode === 0 ? undefined : lastLine(pushed.stderr || pushed.stdout)
  })
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

async function handOver(
  built: string,
  to: Parameters<Context['registry']['saved']>[1],
  service: string,
  failure: string,
  { registry, ui }: Context,
): Promise<void> {
  ui.show({ type: 'lane', lane: lane(service), state: 'running', text: 'handing the image over by docker save' })
  try {
    await registry.saved(saveCommand(built), to)
  } catch (error) {
    throw pushFailed(service, `${failure}; and by docker save: ${(error as Error).message}`)
  }
}

const pushFailed = (service: string, why: string): UserError =>
  new UserError('failed', `The image of ${service} could not be pushed: ${why}`, {
    hint: 'run the same command again: what was pushed already is not pushed twice',
  })

/** Tags that are not on the image yet; one that stands for another content is left with it, and said so. */
export async function addTags(
  { furtherTags, service }: PlannedImage,
  repository: Repository,
  digest: string,
  present: readonly string[],
  aws: Aws,
): Promise<void> {
  for (const tag of furtherTags.filter((one) => !present.includes(one))) {
    const other = await aws.images.find(repository.name, tag)
    if (other?.digest === digest) continue
    if (other && !tag.startsWith('git-')) {
      throw new UserError(
        'usage',
        `The tag ${tag} of ${service.name} stands for ${shortDigest(other.digest)} already, and tags do not move`,
        {
          hint: 'choose another --tag',
        },
      )
    }
    if (!other) await aws.images.tag(repository.name, digest, tag)
  }
}

/** Where no image can be built: one that stands for it, so that a rehearsal without Docker can go on. */
export async function pushPlaceholder(
  planned: PlannedImage,
  repository: Repository,
  aws: Aws,
  { registry, ui }: Context,
): Promise<string> {
  const { service, tag } = planned
  const { password } = await aws.images.login()
  const ports = service.port === undefined ? {} : { ExposedPorts: { [`${service.port}/tcp`]: {} } }
  const content = `The image of ${service.name} (${tag}) was not built: there was no Docker engine.\n`
  const digest = await registry.placeholder(ports, content, { repositoryUri: repository.uri, tag, password })
  await addTags(planned, repository, digest, [], aws)
  ui.show({
    type: 'lane',
    lane: lane(service.name),
    state: 'done',
    text: 'simulated: there is no Docker engine to build it',
  })
  return digest
}

export const shortDigest = (digest: string): string => digest.replace('sha256:', '').slice(0, 12)
