import type { Aws, Context, ServiceInfo, StackInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { addressOf, furtherAddress } from '../../plan/address.ts'
import type { Service } from '../../plan/manifest/model.ts'
import { tasksOf } from '../../plan/scaling/tasks.ts'
import { repositoryOutput } from '../../plan/stacks/app.ts'
import type { StackFlags } from '../flags.ts'
import { publicAddress } from './public-address.ts'
import { restoreCapacity } from './restore.ts'
import type { BroughtUp } from './stacks.ts'

export interface DeployedService {
  readonly url: string | null
  /** Of a network load balancer, where `url` is that of the other one. */
  readonly networkUrl?: string
  /** Ends in `@sha256:…`. */
  readonly image: string
  readonly taskDefinition: string
  readonly changed: boolean
}

const CHECKS = 30
/** Tasks that were stopped, or that nobody has waited for, need what a first start needs. */
const CHECKS_OF_START = 300

/**
 * A stack that says COMPLETE is no proof: the service must run the task definition of this very stack, its deployment
 * must be complete, and as many tasks as the manifest says healthy. Somebody may have scaled it, as a destroy does that
 * was given up halfway: the stack knows nothing of that.
 */
export async function verified(
  service: Service,
  shared: StackInfo,
  { stack, changed }: BroughtUp,
  repositories: Readonly<Record<string, string>>,
  { express = false }: StackFlags,
  aws: Aws,
  context: Context,
): Promise<DeployedService> {
  const cluster = shared.outputs.Cluster ?? ''
  const wanted = stack.outputs.TaskDefinition ?? ''
  const arn = stack.outputs.Service ?? ''
  let checks = 0
  let scaled = false
  const image = builtImage(service, stack, repositories) ?? imageOf(service, wanted, cluster, arn, aws)
  // It is waited for at the end; until then its failure must not end the process.
  Promise.resolve(image).catch(() => {})
  const { info, serving } = await aws.poll(async () => {
    const found = await aws.services.find(cluster, arn)
    if (found && (await serves(found, service, wanted, aws))) return { info: found, serving: true }
    const deployment = found && primary(found)
    // What began before the stack was changed is an old answer, not what ECS went back to.
    const another = deployment && deployment.taskDefinition !== wanted && deployment.createdAt > stack.changedAt
    const hopeless = another || (deployment?.taskDefinition === wanted && deployment.state === 'FAILED')
    if (hopeless || ++checks >= (scaled || express ? CHECKS_OF_START : CHECKS)) return { info: found, serving: false }
    if (!found || !isAsWanted(found, service)) await stillThere(stack, aws)
    if (found && !isAsWanted(found, service) && !scaled) {
      scaled = true
      const text = `${service.name}: from ${found.desired} tasks back to ${service.count}, as the manifest says`
      context.ui.show({ type: 'note', text })
      await restoreCapacity(service, shared, aws)
      await aws.services.scale(cluster, arn, service.count)
    }
    return undefined
  })
  if (!info || !serving) throw notServing(service, info, wanted)
  // Asleep it needs no instance, but it will: a destroy that was given up has forbidden them.
  if (info.desired === 0 && service.range) await restoreCapacity(service, shared, aws)
  const networkUrl = furtherAddress(service, stack.outputs)
  return {
    url:
      addressOf(service, shared.outputs, stack.outputs) ?? (await publicAddress(service, cluster, arn, aws, context)),
    image: await image,
    ...(networkUrl !== null && { networkUrl }),
    taskDefinition: wanted,
    changed: changed || scaled,
  }
}

/** Who takes the stack away scales its service to nothing first. */
async function stillThere({ id, name }: StackInfo, aws: Aws): Promise<void> {
  const now = await aws.stacks.find(id)
  if (now && !now.status.startsWith('DELETE')) return
  throw new UserError('busy', `${name} was deployed, and is taken away again by somebody else`, {
    hint: 'img2vid watch follows it; img2vid deploy makes it anew',
  })
}

const primary = ({ deployments }: ServiceInfo) => deployments.find((deployment) => deployment.primary)

/** Where something moves the number of tasks, each number between the bounds is right. */
function isAsWanted({ desired, daemon }: ServiceInfo, service: Service): boolean {
  if (daemon) return true
  const { least, most } = tasksOf(service)
  return desired >= least && desired <= most
}

async function serves(info: ServiceInfo, service: Service, wanted: string, aws: Aws): Promise<boolean> {
  const deployment = primary(info)
  if (deployment?.taskDefinition !== wanted || deployment.state !== 'COMPLETED') return false
  // More may be on their way.
  const needed = info.daemon ? info.desired : Math.min(info.desired, service.count)
  if (!isAsWanted(info, service) || info.running < needed) return false
  if (needed === 0) return true
  const ways = await Promise.all(
    info.targetGroups.map((groups) => Promise.all(groups.map((group) => aws.services.targets(group)))),
  )
  return ways.every((groups) => groups.flat().filter(({ state }) => state === 'healthy').length >= needed)
}

function notServing(service: Service, info: ServiceInfo | undefined, wanted: string): UserError {
  const runs = info && primary(info)?.taskDefinition
  if (runs !== undefined && revision(runs) > revision(wanted)) {
    return new UserError('busy', `${service.name} was deployed, and another deployment has followed: it runs ${runs}`, {
      hint: 'img2vid status shows what runs',
    })
  }
  if (info && runs !== wanted) {
    return new UserError(
      'rolled-back',
      `${service.name} runs ${runs}, not ${wanted}: ECS went back to an earlier deployment`,
      {
        hint: 'img2vid status shows what runs; mend the cause, then run img2vid deploy again',
      },
    )
  }
  const [event] = info?.events ?? []
  const why = event ? `: ${event.text}` : ''
  return new UserError('failed', `${service.name} is deployed but not healthy${why}`, {
    hint: 'img2vid status shows its tasks',
  })
}

const revision = (taskDefinition: string): number => Number(taskDefinition.split(':').at(-1))

/** What the stack says of an image that was built, where its repository is known. */
function builtImage(
  { name, image }: Service,
  { parameters }: StackInfo,
  repositories: Readonly<Record<string, string>>,
): string | undefined {
  const repository = image.kind === 'build' ? repositories[repositoryOutput(name)] : undefined
  const { ImageReference: reference } = parameters
  return repository !== undefined && reference?.startsWith('@') ? repository + reference : undefined
}

/** By digest, whatever name it was deployed by: the running tasks know. */
async function imageOf(
  service: Service,
  taskDefinition: string,
  cluster: string,
  arn: string,
  aws: Aws,
): Promise<string> {
  const image = (await aws.services.images(taskDefinition))[service.name] ?? ''
  if (image.includes('@sha256:') || service.image.kind === 'build') return image
  const [task] = await aws.services.tasks(cluster, arn, 'RUNNING')
  const digest = task?.containers.find(({ name }) => name === service.name)?.imageDigest
  return digest === undefined ? image : `${image.replace(/:[^/:]+$/, '')}@${digest}`
}
