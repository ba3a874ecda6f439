import type { Aws, Context, ImageInfo, StackInfo } from '../../context.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { appStack, environmentStack, serviceStack } from '../../plan/names.ts'
import { actionFor, type StackAction } from '../../plan/stack-status.ts'
import { appStackOf } from '../../plan/stacks/app.ts'
import { environmentStackOf } from '../../plan/stacks/environment.ts'
import { hasLeaving, interimStack } from '../../plan/stacks/interim.ts'
import { type ImageReference, serviceStackOf } from '../../plan/stacks/service.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import type { ImageFlags } from '../flags.ts'
import type { PlannedImage } from './images.ts'

/** An image and what the repository knows of it. */
export interface ImageStatus extends PlannedImage {
  /** Undefined when it has to be built and pushed. */
  readonly known: ImageInfo | undefined
}

/** What is there, and what should be. */
export interface DeploymentPlan {
  readonly environment: Environment
  readonly app: { readonly wanted: Stack; readonly existing: StackInfo | undefined } | undefined
  readonly shared: {
    readonly wanted: Stack
    readonly existing: StackInfo | undefined
    /** What it is to be once no service uses any more what leaves it. */
    readonly afterwards: Stack | undefined
  }
  readonly images: readonly ImageStatus[]
  readonly services: readonly {
    readonly service: Service
    readonly existing: StackInfo | undefined
    readonly planned: Stack
  }[]
  /** Stacks of services that the manifest no longer has. */
  readonly orphans: readonly string[]
}

/** Looks at everything at once and decides what would be done. */
export async function planDeployment(
  environment: Environment,
  images: readonly PlannedImage[],
  flags: ImageFlags,
  aws: Aws,
  { files }: Context,
): Promise<DeploymentPlan> {
  const { app, name, services } = environment
  const builds = services.some(({ image }) => image.kind === 'build')
  const sharedName = environmentStack(app, name)
  const [appExisting, sharedExisting, serviceStacks, statuses, importers] = await Promise.all([
    builds ? aws.stacks.find(appStack(app)) : undefined,
    aws.stacks.find(sharedName),
    Promise.all(services.map((service) => aws.stacks.find(serviceStack(app, name, service.name)))),
    Promise.all(images.map((image) => imageStatus(image, flags, aws))),
    aws.stacks.importers(`${sharedName}-Cluster`),
  ])
  const known = services.map((service) => serviceStack(app, name, service.name))
  const appWanted = appStackOf(environment, files.templates, appExisting?.outputs)
  return {
    environment,
    app: appWanted && { wanted: appWanted, existing: appExisting },
    shared: await planShared(environmentStackOf(environment, files.templates), sharedExisting, aws),
    images: statuses,
    services: services.map((service, index) => {
      const image = statuses.find((status) => status.service.name === service.name)
      return {
        service,
        existing: serviceStacks[index],
        planned: serviceStackOf(environment, service, referenceTo(image), files.templates),
      }
    }),
    // Somebody's own stack may import it too.
    orphans: importers.filter((stack) => stack.startsWith(serviceStack(app, name, '')) && !known.includes(stack)),
  }
}

async function planShared(wanted: Stack, existing: StackInfo | undefined, aws: Aws): Promise<DeploymentPlan['shared']> {
  if (!existing || !hasLeaving(wanted, existing)) return { wanted, existing, afterwards: undefined }
  return { wanted: interimStack(wanted, existing, await aws.stacks.template(existing)), existing, afterwards: wanted }
}

async function imageStatus(image: PlannedImage, { rebuild }: ImageFlags, aws: Aws): Promise<ImageStatus> {
  return { ...image, known: rebuild ? undefined : await aws.images.find(image.service.image.repository, image.tag) }
}

/** The digest where it is known; the content tag stands for the image until then. */
const referenceTo = (image: ImageStatus | undefined): ImageReference =>
  image?.known ? `@${image.known.digest}` : `:${image?.tag ?? 'none'}`

export interface PlanLine {
  readonly stack: string
  readonly action: StackAction
  readonly what: string
}

export const planLines = (plan: DeploymentPlan): PlanLine[] =>
  plannedStacks(plan).map(({ wanted, action }) => ({ stack: wanted.name, action, what: wanted.summary }))

export interface PlannedStack {
  readonly wanted: Stack
  readonly existing: StackInfo | undefined
  readonly action: StackAction
}

/** All stacks of a plan, in the order in which they come to be. */
export const plannedStacks = ({ app, shared, services }: DeploymentPlan): PlannedStack[] =>
  [...(app ? [app] : []), shared, ...services.map(({ planned, existing }) => ({ wanted: planned, existing }))].map(
    ({ wanted, existing }) => ({ wanted, existing, action: actionFor(wanted, existing) }),
  )
