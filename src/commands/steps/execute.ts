import type { Aws, Context, StackInfo } from '../../context.ts'
import { buildsOf } from '../../plan/manifest/builds.ts'
import { actionFor, hasSameTemplate, isFresh } from '../../plan/stack-status.ts'
import { repositoryOutput } from '../../plan/stacks/app.ts'
import { changesService, movingStack, openingStack, servesToo } from '../../plan/stacks/moving.ts'
import { withImages } from '../../plan/stacks/service.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import { hasWeights, trafficEnd, trafficStep, withSameWeights } from '../../plan/stacks/traffic.ts'
import type { CommonFlags, StackFlags } from '../flags.ts'
import { withoutLeaving } from './afterwards.ts'
import { bringUpEnvironment } from './capacity.ts'
import type { Observer } from './evidence.ts'
import { tellHowToJoin } from './external.ts'
import type { DeploymentPlan, ImageStatus } from './plan.ts'
import { publish } from './publish.ts'
import { restoreCapacity } from './restore.ts'
import { seenThrough } from './seen-through.ts'
import { bringUpService } from './service.ts'
import { type BroughtUp, bringUp, broughtUp } from './stacks.ts'

/** What the stacks of an environment have come to. */
export interface Executed {
  readonly shared: BroughtUp
  readonly stacks: readonly BroughtUp[]
  /** Where images are: outputs of the app's stack. */
  readonly repositories: Readonly<Record<string, string>>
  readonly changed: boolean
}

/** Repositories, environment and images side by side; a service as soon as what it needs is there. */
export async function execute(
  plan: DeploymentPlan,
  flags: CommonFlags & StackFlags,
  engine: boolean,
  aws: Aws,
  context: Context,
): Promise<Executed> {
  const { environment, app: plannedApp } = plan
  const place = `${environment.profile} ${environment.role} ${aws.region}`
  const app =
    plannedApp &&
    context.once(`${place} ${plannedApp.wanted.name} ${plannedApp.wanted.digest}`, () =>
      bringUp(plannedApp.wanted, plannedApp.existing, flags, aws, context),
    )
  const shared = bringUpEnvironment(plan.shared.wanted, plan.shared.existing, environment, flags, aws, context)
  const images = new Map(
    plan.images.map((image) => [
      image.service.name,
      context.once(`${place} ${image.service.image.repository}:${image.tag}`, () =>
        publish(image, image.known, repositoryOf(image, app), engine, flags, aws, context),
      ),
    ]),
  )
  const stacks = plan.services.map(async ({ service, existing, planned }) => {
    const own = buildsOf(service).map(async ({ name }) => [name, (await images.get(name))?.digest] as const)
    const [{ stack }, digests] = await Promise.all([shared, Promise.all(own).then((all) => new Map(all))])
    const reference = (name: string) => `@${digests.get(name) ?? ''}` as const
    const wanted = withImages(planned, service, reference)
    const cluster = stack.outputs.Cluster ?? ''
    if (actionFor(wanted, existing) === 'none') return broughtUp(wanted.name, undefined, existing, context)
    await Promise.all([restoreCapacity(service, stack, aws), tellHowToJoin(service, stack, aws, context)])
    const observer = { name: wanted.name, environment, service, cluster, mayGiveUp: true, aws, context }
    const others = plan.services.filter((one) => one.existing && servesToo(one.service, service))
    if (others.length === 0) return bringUpInSteps(wanted, existing, flags, observer)
    const step = isFresh(wanted, existing) && (await bringUpService(openingStack(wanted), existing, flags, observer))
    return bringUpInSteps(wanted, step ? step.stack : existing, flags, observer)
  })
  const all = [...(app ? [app] : []), shared, ...images.values(), ...stacks]
  await seenThrough(all)
  const services = await Promise.all(stacks)
  const last = await withoutLeaving(plan, await shared, flags, aws, context)
  const own = await app
  const brought = [...(own ? [own] : []), await shared, last, ...services]
  const repositories = own?.stack.outputs ?? plan.repositories
  return { shared: last, stacks: services, repositories, changed: brought.some(({ changed }) => changed) }
}

/** Where the traffic is, at home, the rules, and the tasks. */
const MOST_STEPS = 4

/** Brings a service's stack up so that no visitor is led to where nothing is, and what goes back finds them where they were. */
async function bringUpInSteps(
  wanted: Stack,
  existing: StackInfo | undefined,
  flags: StackFlags,
  observer: Observer,
  steps = MOST_STEPS,
): Promise<BroughtUp> {
  const { service, cluster, aws, context } = observer
  if (steps === 0 || !existing || actionFor(wanted, existing) !== 'update' || hasSameTemplate(wanted, existing)) {
    return bringUpService(wanted, existing, flags, observer)
  }
  const body = await aws.stacks.template(existing)
  const shifts = [existing, wanted].some(({ parameters }) => hasWeights(parameters))
  const traffic = shifts ? await aws.services.traffic(cluster, existing.outputs.Service ?? '') : undefined
  const change = { wanted, deployed: existing, body, traffic }
  const step = trafficStep(change) ?? movingStack(wanted, existing, body)
  if (!step) return bringUpService(trafficEnd(change), existing, flags, observer)
  if (changesService(step, body)) {
    const text = `${service.name} moves: old and new tasks run side by side until visitors have gone over`
    context.ui.show({ type: 'note', text })
  }
  const { stack } = await bringUpService(step, existing, flags, observer)
  return bringUpInSteps(withSameWeights(wanted, stack), stack, flags, observer, steps - 1)
}

/** Where a service's images go, once the app stack is there. */
const repositoryOf = (image: ImageStatus, appStack: Promise<BroughtUp> | undefined) => async () => ({
  uri: (await appStack)?.stack.outputs[repositoryOutput(image.service.name)] ?? '',
  name: image.service.image.repository,
})
