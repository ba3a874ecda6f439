import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { allBuilds } from '../plan/manifest/builds.ts'
import { actionFor } from '../plan/stack-status.ts'
import { repositoryOutput } from '../plan/stacks/app.ts'
import type { BuildFlags } from './build.ts'
import { requireBuildInputs } from './steps/build-inputs.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { buildable, planImages, requireDocker } from './steps/images.ts'
import { loadEnvironment } from './steps/manifest.ts'
import { publish } from './steps/publish.ts'
import { recorded } from './steps/recorded.ts'
import { planRepositories } from './steps/repositories.ts'
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
  const nothing = new UserError('usage', 'There is nothing to push: every service runs an image that exists')
  if (allBuilds(environment).length === 0) throw nothing
  const [contents, aws] = await Promise.all([
    planImages(environment, flags, context),
    connect(flags, environment, context),
  ])
  const { images: planned, engine } = await buildable(contents, aws, context)
  const [repositories, ...known] = await Promise.all([
    planRepositories(environment, aws, context),
    ...planned.map(({ service, tag }) => (flags.rebuild ? undefined : aws.images.find(service.image.repository, tag))),
  ])
  if (!repositories) throw nothing
  const { wanted, existing, notes } = repositories
  for (const text of notes) context.ui.show({ type: 'note', text })
  const missing = engine ? planned.filter((_image, index) => known[index] === undefined) : []
  // A build that finds no engine says so itself.
  if (missing.length > 0 && actionFor(wanted, existing) !== 'none') await requireDocker(context)
  await requireBuildInputs(missing, context)
  return recorded('push', environment, flags, aws, context, async (context) => {
    const { app } = environment
    const { stack } = await bringUp(wanted, existing, flags, aws, context)
    const images = await Promise.all(
      planned.map(async (image, index) => {
        const { service, tag } = image
        const uri = stack.outputs[repositoryOutput(service.name)] ?? ''
        const repository = async () => ({ uri, name: service.image.repository })
        const { digest, pushed } = await publish(image, known[index], repository, engine, app, flags, aws, context)
        return [service.name, { image: `${uri}@${digest}`, tag, pushed }] as const
      }),
    )
    return { app, region: aws.region, images: Object.fromEntries(images), ...localNotes(aws) }
  })
}

export const presentPush = (result: Pushed): string =>
  [
    ...Object.entries(result.images).map(
      ([service, { image, pushed }]) => `${service}  ${image}${pushed ? '' : '  (was there already)'}`,
    ),
    ...localText(result),
  ].join('\n')
