import type { Aws, Context, ImageInfo, StackInfo } from '../../context.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../../plan/names.ts'
import { actionFor, type StackAction } from '../../plan/stack-status.ts'
import { environmentStackOf } from '../../plan/stacks/environment.ts'
import { hasLeaving, interimStack } from '../../plan/stacks/interim.ts'
import { type ImageReference, serviceStackOf } from '../../plan/stacks/service.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import { withSameWeights } from '../../plan/stacks/traffic.ts'
import type { ImageFlags } from '../flags.ts'
import type { PlannedImage } from './images.ts'
import { lookedUp } from './looked-up.ts'
import { orphansOf } from './orphans.ts'
import { planRepositories } from './repositories.ts'

/** An image and what the repository knows of it. */
export interface ImageStatus extends PlannedImage {
  /** Undefined when it has to be built and pushed. */
  readonly known: ImageInfo | undefined
}

/** What is there, and what should be. */
export interface DeploymentPlan {
  readonly environment: Environment
  /** Undefined when no image is built, or when nothing is to be done. */
  readonly app: { readonly wanted: Stack; readonly existing: StackInfo | undefined } | undefined
  /** Outputs of its stack as it is: where images are. */
  readonly repositories: Readonly<Record<string, string>>
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
  /** Stacks of services that the manifest no longer has; not looked for when nothing is to be done. */
  readonly orphans: readonly string[]
  /** What of the manifest cannot be done, and stays as it is. */
  readonly notes: readonly string[]
}

/** Looks at everything at once and decides what would be done. */
export async function planDeployment(
  wanted: Environment,
  images: readonly PlannedImage[],
  flags: ImageFlags,
  aws: Aws,
  context: Context,
): Promise<DeploymentPlan> {
  const { files } = context
  const environment = await lookedUp(wanted, aws)
  const { app, name, services } = environment
  const sharedName = environmentStack(app, name)
  const [sharedExisting, repositories, serviceStacks, statuses] = await Promise.all([
    aws.stacks.find(sharedName),
    planRepositories(environment, aws, context),
    Promise.all(services.map((service) => aws.stacks.find(serviceStack(app, name, service.name)))),
    Promise.all(images.map((image) => imageStatus(image, flags, aws))),
  ])
  const reference = (name: string) => referenceTo(statuses.find((status) => status.service.name === name))
  const plan: Omit<DeploymentPlan, 'orphans'> = {
    environment,
    app: repositories,
    repositories: repositories?.existing?.outputs ?? {},
    notes: repositories?.notes ?? [],
    shared: await planShared(environmentStackOf(environment, files.templates), sharedExisting, aws),
    images: statuses,
    services: services.map((service, index) => {
      return {
        service,
        existing: serviceStacks[index],
        planned: withSameWeights(
          serviceStackOf(environment, service, reference, files.templates),
          serviceStacks[index],
        ),
      }
    }),
  }
  if (isSettled(plan, flags)) return { ...plan, app: undefined, orphans: [] }
  return { ...plan, orphans: await orphansOf(environment, aws) }
}

/** What is there runs, and its images are where they should be; another environment may be at their repositories. */
const isSettled = ({ app, shared, images, services }: Omit<DeploymentPlan, 'orphans'>, { tag }: ImageFlags): boolean =>
  tag === undefined &&
  shared.afterwards === undefined &&
  images.every(({ known }) => known !== undefined) &&
  (!app || ['none', 'busy'].includes(actionFor(app.wanted, app.existing))) &&
  plannedStacks({ app: undefined, shared, services }).every(({ action }) => action === 'none')

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

/** Stacks that are going to be made or changed. */
export const changedStacks = (plan: DeploymentPlan): Stack[] =>
  plannedStacks(plan).flatMap(({ wanted, action }) => (action === 'none' ? [] : [wanted]))

/** All stacks of a plan, in the order in which they come to be. */
export const plannedStacks = ({
  app,
  shared,
  services,
}: Pick<DeploymentPlan, 'app' | 'shared' | 'services'>): PlannedStack[] =>
  [...(app ? [app] : []), shared, ...services.map(({ planned, existing }) => ({ wanted: planned, existing }))].map(
    ({ wanted, existing }) => ({ wanted, existing, action: actionFor(wanted, existing) }),
  )
