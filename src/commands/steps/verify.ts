import type { Aws, Context, ServiceInfo, StackInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import type { Service } from '../../plan/manifest/model.ts'
import type { DeployedService } from '../deploy.ts'
import type { BroughtUp } from './stacks.ts'

const CHECKS = 30

/**
 * A stack that says COMPLETE is no proof: the service must run the task definition of this very stack, its deployment
 * must be complete, and its targets healthy.
 */
export async function verified(
  service: Service,
  shared: StackInfo,
  { stack, changed }: BroughtUp,
  aws: Aws,
  { clock }: Context,
): Promise<DeployedService> {
  const cluster = shared.outputs.Cluster ?? ''
  const wanted = stack.outputs.TaskDefinition ?? ''
  const find = () => aws.services.find(cluster, stack.outputs.Service ?? '')
  const started = clock.now()
  let info = await find()
  for (let check = 0; check < CHECKS && !(await serves(info, wanted, aws)); check++) {
    if (info && primary(info)?.taskDefinition !== wanted) break
    if (info && primary(info)?.state === 'FAILED') break
    await aws.pause(started)
    info = await find()
  }
  if (!info || !(await serves(info, wanted, aws))) throw notServing(service, info, wanted)
  return {
    url: service.http ? urlOf(shared, service.http.path) : null,
    image: await imageOf(service, wanted, cluster, info, aws),
    taskDefinition: wanted,
    changed,
  }
}

const primary = ({ deployments }: ServiceInfo) => deployments.find((deployment) => deployment.primary)

async function serves(info: ServiceInfo | undefined, wanted: string, aws: Aws): Promise<boolean> {
  if (!info) return false
  const deployment = primary(info)
  if (deployment?.taskDefinition !== wanted || deployment.state !== 'COMPLETED') return false
  if (info.targetGroup === undefined || info.desired === 0) return true
  const targets = await aws.services.targets(info.targetGroup)
  return targets.filter(({ state }) => state === 'healthy').length >= info.desired
}

function notServing(service: Service, info: ServiceInfo | undefined, wanted: string): UserError {
  const runs = info && primary(info)?.taskDefinition
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

/** The environment's address with the service's path; that of the root without a slash at its end. */
export const urlOf = ({ outputs }: StackInfo, path: string): string => (outputs.Url ?? '') + (path === '/' ? '' : path)

/** By digest, whatever name it was deployed by: the running tasks know. */
async function imageOf(
  service: Service,
  taskDefinition: string,
  cluster: string,
  info: ServiceInfo,
  aws: Aws,
): Promise<string> {
  const image = (await aws.services.image(taskDefinition)) ?? ''
  if (image.includes('@sha256:') || service.image.kind === 'build') return image
  const [task] = await aws.services.tasks(cluster, info.arn, 'RUNNING')
  const digest = task?.containers.find(({ name }) => name === service.name)?.imageDigest
  return digest === undefined ? image : `${image.replace(/:[^/:]+$/, '')}@${digest}`
}
