import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { appStack } from '../plan/names.ts'
import { actionFor } from '../plan/stack-status.ts'
import { appStackOf, repositoryOutput } from '../plan/stacks/app.ts'
import type { BuildFlags } from './build.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { buildable, planImages, requireDocker } from './steps/images.ts'
import { loadEnvironment } from './steps/manifest.ts'
import { publish } from './steps/publish.ts'
import { recorded } from './steps/recorded.ts'
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
  const own = appStackOf(environment, context.files.templates)
  if (!own) throw new UserError('usage', 'There is nothing to push: every service runs an image that exists')
  const [contents, aws] = await Promise.all([
    planImages(environment, flags, context),
    connect(flags, environment, context),
  ])
  const { images: planned, engine } = await buildable(contents, aws, context)
  const [existing, ...known] = await Promise.all([
    aws.stacks.find(appStack(environment.app)),
    ...planned.map(({ service, tag }) => (flags.rebuild ? undefined : aws.images.find(service.image.repository, tag))),
  ])
  const wanted = appStackOf(environment, context.files.templates, existing?.outputs) ?? own
  const missing = known.some((image) => image === undefined)
  // A build that finds no engine says so itself.
  if (engine && missing && actionFor(wanted, existing) !== 'none') await requireDocker(context)
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
