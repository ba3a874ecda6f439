import type { Aws, Context, StackInfo } from '../context.ts'
import { UserError } from '../errors.ts'
import { allBuilds } from '../plan/manifest/builds.ts'
import type { Environment } from '../plan/manifest/model.ts'
import { actionFor } from '../plan/stack-status.ts'
import { repositoryOutput } from '../plan/stacks/app.ts'
import type { BuildFlags } from './build.ts'
import { requireBuildInputs } from './steps/build-inputs.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { earlyBuilds } from './steps/early-builds.ts'
import { buildable, planImages, requireDocker } from './steps/images.ts'
import { loadEnvironment } from './steps/manifest.ts'
import { publish } from './steps/publish.ts'
import { recorded } from './steps/recorded.ts'
import { planRepositories } from './steps/repositories.ts'
import { seenThrough } from './steps/seen-through.ts'
import { bringUp } from './steps/stacks.ts'

export interface Pushed {
  readonly app: string
  readonly region: string
  readonly images: Readonly<Record<string, { readonly image: string; readonly tag: string; readonly pushed: boolean }>>
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

/** Makes the repositories if they are missing, and pushes every image that they do not have yet. */
export async function push(flags: BuildFlags, context: Context): Promise<Pushed> {
  const environment = await loadEnvironment(flags, context)
  if (allBuilds(environment).length === 0) throw nothingToPush()
  const connected = connect(flags, environment, context)
  const early = earlyBuilds(connected, flags, context)
  const [contents, aws] = await Promise.all([planImages(environment, flags, context, early.begin), connected])
  const { images: planned, engine } = await buildable(contents, aws, context)
  const known = await Promise.all(
    planned.map(({ service, tag }) => (flags.rebuild ? undefined : aws.images.find(service.image.repository, tag))),
  )
  const missing = engine ? planned.filter((_image, index) => known[index] === undefined) : []
  await requireBuildInputs(missing, context)
  return recorded('push', environment, flags, aws, context, async (context) => {
    const stack = bringUpRepositories(environment, missing.length > 0, flags, aws, context)
    const images = planned.map(async (image, index) => {
      const { service, tag } = image
      const uri = async () => (await stack).outputs[repositoryOutput(service.name)] ?? ''
      const repository = async () => ({ uri: await uri(), name: service.image.repository })
      const begun = early.of(service)
      const { digest, pushed } = await publish(image, known[index], repository, engine, flags, aws, context, begun)
      return [service.name, { image: `${await uri()}@${digest}`, tag, pushed }] as const
    })
    await seenThrough([stack, ...images, early.ended()])
    return {
      app: environment.app,
      region: aws.region,
      images: Object.fromEntries(await Promise.all(images)),
      ...localNotes(aws),
    }
  })
}

/** While the images are built, for which no repository has to be there yet. */
async function bringUpRepositories(
  environment: Environment,
  builds: boolean,
  flags: BuildFlags,
  aws: Aws,
  context: Context,
): Promise<StackInfo> {
  const plan = await planRepositories(environment, aws, context)
  if (!plan) throw nothingToPush()
  const { wanted, existing, notes } = plan
  for (const text of notes) context.ui.show({ type: 'note', text })
  // A build that finds no engine says so itself.
  if (builds && actionFor(wanted, existing) !== 'none') await requireDocker(context)
  return (await bringUp(wanted, existing, flags, aws, context)).stack
}

const nothingToPush = () => new UserError('usage', 'There is nothing to push: every service runs an image that exists')

export const presentPush = (result: Pushed): string =>
  [
    ...Object.entries(result.images).map(
      ([service, { image, pushed }]) => `${service}  ${image}${pushed ? '' : '  (was there already)'}`,
    ),
    ...localText(result),
  ].join('\n')
