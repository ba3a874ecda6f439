import type { Aws, Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import {
  type BuildResult,
  buildCommand,
  buildSettings,
  buildxCommand,
  type CommandLine,
  commitTag,
  contentTag,
  hasStumbled,
  INSTALL_BUILDX,
  placeholderTag,
  platformCommand,
  registriesOf,
  versionCommand,
} from '../../plan/docker.ts'
import { noEngine } from '../../plan/forecast/docker.ts'
import { findingText } from '../../plan/forecast/finding.ts'
import { platformFinding } from '../../plan/forecast/images.ts'
import { allBuilds, type BuiltImage } from '../../plan/manifest/builds.ts'
import { manifestError } from '../../plan/manifest/manifest-error.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import type { CommonFlags, ImageFlags } from '../flags.ts'
import { buildLoggedIn, type Login } from './docker-login.ts'
import { projectFolder } from './manifest.ts'

/** An image that a service or a sidecar builds: what it is called is known from its content before it is built. */
export interface PlannedImage {
  readonly service: BuiltImage
  /** Stands for the content. */
  readonly tag: string
  /** Stand for the commit and the user's own name; put on when the image is pushed. */
  readonly furtherTags: readonly string[]
  /** Of the project: the build's paths begin there. */
  readonly folder: string
}

/** What is removed meanwhile is not removed again; whoever removes all images one by one is not waited for. */
const STUMBLES = 3

export const imageLane = (service: string): string => `image ${service}`

/** Says at once of which image a big file has changed, before it has been read. */
export async function planImages(
  environment: Environment,
  flags: CommonFlags & ImageFlags,
  context: Context,
  changed: (service: BuiltImage) => void = () => {},
): Promise<PlannedImage[]> {
  const folder = projectFolder(flags, context)
  const commit = context.once(`commit of ${folder}`, () => cleanCommit(folder, context))
  const looked = await Promise.all(
    allBuilds(environment).map(async (service) => {
      const { image, platform } = service
      const build = {
        context: context.files.absolute(folder, image.context),
        dockerfile: context.files.absolute(folder, image.dockerfile),
        settings: buildSettings(image, platform),
      }
      const digest = context.once(`digest of ${JSON.stringify(build)}`, () =>
        context.files.contextDigest(build, folder, () => changed(service)),
      )
      return { service, digest: await digest.catch(unreadable) }
    }),
  )
  const problems = looked.flatMap(({ service: { place: path }, digest }) =>
    digest instanceof UserError ? [{ path, message: digest.message, ...(digest.hint && { hint: digest.hint }) }] : [],
  )
  if (problems.length > 0) throw manifestError(flags.manifest, problems)
  const head = await commit
  const furtherTags = [
    ...(head === undefined ? [] : [commitTag(head)]),
    ...(flags.tag === undefined ? [] : [flags.tag]),
  ]
  return looked.map(({ service, digest }) => ({ service, tag: contentTag(String(digest)), furtherTags, folder }))
}

/** What is wrong with one build is told together with what is wrong with others. */
function unreadable(error: unknown): UserError {
  if (error instanceof UserError) return error
  throw error
}

/** The commit, when the folder is in a repository and nothing in it is changed: otherwise it would name another content. */
async function cleanCommit(folder: string, { run }: Context): Promise<string | undefined> {
  const args = ['-C', folder, 'status', '--porcelain=v2', '--branch', '--', '.']
  const { exitCode, stdout } = await run({ program: 'git', args })
  const changed = stdout.split('\n').some((line) => line !== '' && !line.startsWith('# '))
  return exitCode === 0 && !changed ? /^# branch\.oid ([0-9a-f]+)$/m.exec(stdout)?.[1] : undefined
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
  const version = await context.run(versionCommand)
  if (version.exitCode === 0) return
  const { message, hint } = noEngine(version)
  throw new UserError('preflight', message, { hint })
}

/** Builds an image that is to be pushed, and needs no name before. Returns its id. */
export const buildForPush = (
  service: BuiltImage,
  flags: CommonFlags,
  context: Context,
  login: () => Promise<Login>,
): Promise<string> =>
  context.files.withPrivateFolder({}, async (folder) => {
    const iidfile = context.files.absolute(folder, 'id')
    await buildImage(service, { iidfile }, flags, context, login)
    return ((await context.files.read(iidfile)) ?? '').trim()
  })

/** Throws with Docker's own last lines. */
export async function buildImage(
  service: BuiltImage,
  result: BuildResult,
  flags: CommonFlags,
  context: Context,
  login: () => Promise<Login>,
): Promise<void> {
  const { ui, files } = context
  const folder = projectFolder(flags, context)
  const paths = {
    context: files.absolute(folder, service.image.context),
    dockerfile: files.absolute(folder, service.image.dockerfile),
    absolute: (path: string) => files.absolute(folder, path),
  }
  ui.show({ type: 'lane', lane: imageLane(service.name), state: 'running', text: 'building' })
  let lines: string[] = []
  const build = (command: CommandLine) =>
    context.run(command, (line) => {
      lines.push(line)
      ui.show({ type: 'output', lane: imageLane(service.name), line })
    })
  const command = buildCommand(service.image, service.platform, result, paths)
  const registries = registriesOf(service.image, (await files.read(paths.dockerfile)) ?? '')
  const attempt = () =>
    registries.length === 0 ? build(command) : buildLoggedIn(command, registries, login, context, build)
  let ended = await attempt()
  for (let again = 0; again < STUMBLES && ended.exitCode !== 0 && hasStumbled(lines); again++) {
    lines = []
    ended = await attempt()
  }
  if (ended.exitCode === 0) return
  ui.show({ type: 'lane', lane: imageLane(service.name), state: 'failed', text: 'the build failed' })
  await requireDocker(context)
  throw new UserError(
    'failed',
    [`The image of ${service.name} could not be built`, ...quoted(buildError(lines))].join('\n'),
    { hint: `${await mending(service, lines, context)}, then run the same command again` },
  )
}

/** A `FROM --platform=…` is stronger than what was asked for, and some builders take no notice of that. */
export async function checkPlatform(service: BuiltImage, image: string, { run, ui }: Context): Promise<void> {
  const { exitCode, stdout } = await run(platformCommand(image))
  const finding = exitCode === 0 ? platformFinding(service, 'the image that was built', [stdout.trim()]) : undefined
  if (!finding) return
  ui.show({ type: 'lane', lane: imageLane(service.name), state: 'failed', text: 'built for another platform' })
  throw new UserError('failed', findingText(finding), { hint: finding.hint })
}

/** How Docker, and what is written in Go, tell that they did not get through. */
const UNREACHED = /\bdial tcp\b|TLS handshake timeout|request canceled while waiting for connection/

/** Docker's older builder reads Dockerfiles of BuildKit, and does not understand all of them. */
async function mending({ image }: BuiltImage, lines: readonly string[], { run }: Context): Promise<string> {
  if (lines.some((line) => UNREACHED.test(line))) return 'see to the network: what the build fetches was not reached'
  const isNewer = lines.some((line) => /requires? BuildKit|unknown instruction/i.test(line))
  const mend = `mend ${image.dockerfile}`
  if (!isNewer || (await run(buildxCommand)).exitCode === 0) return mend
  return `${mend}, or if it is written for BuildKit, which Docker has not here, ${INSTALL_BUILDX}`
}

const LAST_LINES = 20

/** Docker's words without its advice on builders. */
function buildError(lines: readonly string[]): string[] {
  const advice =
    /^(DEPRECATED: The legacy builder|\s*Install the buildx component|\s*https:\/\/docs\.docker\.com\/go\/buildx)/
  return lines.filter((line) => line.trim() !== '' && !advice.test(line)).slice(-LAST_LINES)
}

export const quoted = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`)
