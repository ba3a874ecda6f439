import type { Aws, Context, ImageInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { pushCommand, saveCommand, tagCommand } from '../../plan/docker.ts'
import { shortDigest } from '../../plan/text.ts'
import type { CommonFlags } from '../flags.ts'
import { type Login, runLoggedIn } from './docker-login.ts'
import { buildForPush, checkPlatform, imageLane, type PlannedImage } from './images.ts'

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

/** Sees to it that the repository has the image, building and pushing only what it does not have, unless it is `begun` to be built. */
export async function publish(
  image: PlannedImage,
  known: Pick<ImageInfo, 'digest' | 'tags'> | undefined,
  repository: () => Promise<Repository>,
  engine: boolean,
  flags: CommonFlags,
  aws: Aws,
  context: Context,
  begun?: Promise<string>,
): Promise<Published> {
  if (known) {
    await addTags(image, await repository(), known.digest, known.tags, aws)
    const text = `known as ${shortDigest(known.digest)}`
    context.ui.show({ type: 'lane', lane: imageLane(image.service.name), state: 'done', text })
    return { digest: known.digest, pushed: false }
  }
  if (!engine) return { digest: await pushPlaceholder(image, await repository(), aws, context), pushed: true }
  const login = aws.images.login()
  // Nobody waits for it until the image is built.
  login.catch(() => {})
  const built = await (begun ?? buildForPush(image.service, flags, context, () => login))
  return { digest: await pushImage(image, built, login, await repository(), aws, context), pushed: true }
}

const referenceTo = ({ uri }: Repository, tag: string): string => `${uri}:${tag}`

/** Pushes a built image with all its tags. Returns its digest. */
async function pushImage(
  planned: PlannedImage,
  built: string,
  login: Promise<Login>,
  repository: Repository,
  aws: Aws,
  context: Context,
): Promise<string> {
  const { service, tag } = planned
  const reference = referenceTo(repository, tag)
  await upload(planned, built, login, repository, aws, context)
  const image = await aws.images.find(repository.name, tag)
  if (!image) throw pushFailed(service.name, `${reference} is not there after the push`)
  await addTags(planned, repository, image.digest, image.tags, aws)
  context.ui.show({
    type: 'lane',
    lane: imageLane(service.name),
    state: 'done',
    text: `pushed ${shortDigest(image.digest)}`,
  })
  return image.digest
}

/** Brings the layers and the manifest into the repository, by the tag of the content. */
async function upload(
  { service, tag }: PlannedImage,
  built: string,
  login: Promise<Login>,
  repository: Repository,
  aws: Aws,
  context: Context,
): Promise<void> {
  const { ui, run } = context
  const reference = referenceTo(repository, tag)
  const lane = imageLane(service.name)
  const [tagged] = await Promise.all([run(tagCommand(built, reference)), checkPlatform(service, built, context)])
  ui.show({ type: 'lane', lane, state: 'running', text: 'pushing' })
  const failure =
    tagged.exitCode === 0 ? await pushInTheEnd(reference, await login, lane, aws, context) : lastLine(tagged.stderr)
  if (failure === undefined) return
  if (!aws.local) throw pushFailed(service.name, failure)
  // The engine may sit behind another loopback, as Docker Desktop's does.
  const { password } = await aws.images.login()
  await handOver(built, { repositoryUri: repository.uri, tag, password }, service.name, failure, context)
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
  reference: string,
  login: Login,
  lane: string,
  aws: Aws,
  context: Context,
): Promise<string | undefined> {
  let failure = await dockerPush(reference, login, lane, context)
  for (const seconds of PAUSES_SECONDS) {
    if (failure === undefined || !PASSING.test(failure)) break
    context.ui.show({ type: 'lane', lane, state: 'running', text: `pushing again: ${failure}` })
    await context.clock.sleep(seconds * 1000)
    failure = await dockerPush(reference, await aws.images.login(), lane, context)
  }
  return failure
}

async function dockerPush(
  reference: string,
  login: Login,
  lane: string,
  context: Context,
): Promise<string | undefined> {
  const { run, ui } = context
  const [registry = ''] = reference.split('/')
  const pushed = await runLoggedIn(pushCommand(reference), [registry], login, context, (command) =>
    run(command, (line) => ui.show({ type: 'output', lane, line })),
  )
  return pushed.exitCode === 0 ? undefined : lastLine(pushed.stderr || pushed.stdout)
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
