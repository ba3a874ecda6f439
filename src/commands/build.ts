import type { Context } from '../context.ts'
import { localImage } from '../plan/docker.ts'
import type { CommonFlags, ImageFlags, OverrideFlags } from './flags.ts'
import { requireBuildInputs } from './steps/build-inputs.ts'
import { connect } from './steps/connect.ts'
import type { Login } from './steps/docker-login.ts'
import { buildImage, checkPlatform, planImages } from './steps/images.ts'
import { loadEnvironment } from './steps/manifest.ts'

export type BuildFlags = CommonFlags & OverrideFlags & ImageFlags

export interface Built {
  readonly app: string
  readonly images: Readonly<Record<string, { readonly image: string; readonly tag: string }>>
}

/** Builds the images of an environment's services into the local engine. */
export async function build(flags: BuildFlags, context: Context): Promise<Built> {
  const environment = await loadEnvironment(flags, context)
  const planned = await planImages(environment, flags, context)
  await requireBuildInputs(planned, context)
  let known: Promise<Login> | undefined
  const login = () => {
    known ??= connect(flags, environment, context).then((aws) => aws.images.login())
    return known
  }
  const images = await Promise.all(
    planned.map(async (image) => {
      const name = localImage(environment.app, image.service.name, image.tag)
      await buildImage(image.service, { tag: name }, flags, context, login)
      await checkPlatform(image.service, name, context)
      context.ui.show({ type: 'lane', lane: `image ${image.service.name}`, state: 'done', text: `built ${image.tag}` })
      return [image.service.name, { image: name, tag: image.tag }] as const
    }),
  )
  return { app: environment.app, images: Object.fromEntries(images) }
}

export const presentBuild = ({ images }: Built): string => {
  const lines = Object.entries(images).map(([service, { image }]) => `${service}  ${image}`)
  return lines.length > 0 ? lines.join('\n') : 'nothing to build: every service runs an image that exists'
}
