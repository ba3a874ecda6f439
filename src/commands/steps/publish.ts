import type { Aws, Context, ImageInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { engineCommand, loginCommand, pushCommand, saveCommand, tagCommand, untagCommand } from '../../plan/docker.ts'
import type { CommonFlags } from '../flags.ts'
import { buildImage, imageLane, type PlannedImage, shortDigest } from './images.ts'

/** Where the image goes. */
export interface Repository {
  readonly uri: string
  readonly name: string
}

export interface Published {
  readonly digest: string
  /** Whether the repository had it not. */
  readonly pushed: boolean
}

/** Sees to it that the repository has the image, building and pushing only what it does not have. */
export async function publish(
  image: PlannedImage,
  known: Pick<ImageInfo, 'digest' | 'tags'> | undefined,
  repository: () => Promise<Repository>,
  engine: boolean,
  app: string,
  flags: CommonFlags,
  aws: Aws,
  context: Context,
): Promise<Published> {
  if (known) {
    await addTags(image, await repository(), known.digest, known.tags, aws)
    const text = `known as ${shortDigest(known.digest)}`
    context.ui.show({ type: 'lane', lane: imageLane(image.service.name), state: 'done', text })
    return { digest: known.digest, pushed: false }
  }
  if (!engine) return { digest: await pushPlaceholder(image, await repository(), aws, context), pushed: true }
  const built = await buildImage(image, app, flags, context)
  return { digest: await pushImage(image, built, await repository(), aws, context), pushed: true }
}

/** Pushes a built image with all its tags. Returns its digest. */
async function pushImage(
  planned: PlannedImage,
  built: string,
  repository: Repository,
  aws: Aws,
  context: Context,
): Promise<string> {
  const { ui } = context
  const { service, tag } = planned
  ui.show({ type: 'lane', lane: imageLane(service.name), state: 'running', text: 'pushing' })
  const reference = `${repository.uri}:${tag}`
  const failure = await pushInTheEnd(built, reference, imageLane(service.name), aws, context)
  if (failure !== undefined) {
    if (!aws.local) throw pushFailed(service.name, failure)
    // The engine may sit behind another loopback, as Docker Desktop's does.
    const { password } = await aws.images.login()
    await handOver(built, { repositoryUri: repository.uri, tag, password }, service.name, failure, context)
  }
  const image = await aws.images.find(repository.name, tag)
  if (!image) throw pushFailed(service.name, `${reference} is not there after the push`)
  await addTags(planned, repository, image.digest, image.tags, aws)
  ui.show({ type: 'lane', lane: imageLane(service.name), state: 'done', text: `pushed ${shortDigest(image.digest)}` })
  return image.digest
}

/** Before a push is tried again. */
const PAUSES_SECONDS = [1, 3, 6]

/**
 * What a push can meet that the next one does not: too many requests at once, a broken connection, an error of the
 * registry, a login that ends after twelve hours. docker itself tries again only for some of it.
 */
const PASSING =
  /toomanyrequests|HTTP status: 5\d\d|connection re(set|fused)|broken pipe|EOF|timeout|authorization token has expired|no basic auth credentials/i

/** Pushes, each time with a login of its own; layers that have arrived stay. Returns why it is in vain. */
async function pushInTheEnd(
  built: string,
  reference: string,
  lane: string,
  aws: Aws,
  context: Context,
): Promise<string | undefined> {
  const push = async () => dockerPush(built, reference, await aws.images.login(), lane, context)
  let failure = await push()
  for (const seconds of PAUSES_SECONDS) {
    if (failure === undefined || !PASSING.test(failure)) break
    context.ui.show({ type: 'lane', lane, state: 'running', text: `pushing again: ${failure}` })
    await context.clock.sleep(seconds * 1000)
    failure = await push()
  }
  return failure
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
  ui.show({ type: 'lane', lane: imageLane(service), state: 'running', text: 'handing the image over by docker save' })
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
async function addTags(
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
async function pushPlaceholder(
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
    lane: imageLane(service.name),
    state: 'done',
    text: 'simulated: there is no Docker engine to build it',
  })
  return digest
}
