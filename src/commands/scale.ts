import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { Environment, Service } from '../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../plan/names.ts'
import { tasksOf } from '../plan/scaling/tasks.ts'
import { hasInstances } from '../plan/stacks/capacity.ts'
import { counted, orList } from '../plan/text.ts'
import type { CommonFlags } from './flags.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { loadEnvironment } from './steps/manifest.ts'

export interface ScaleFlags extends CommonFlags {
  /** Of the service. */
  readonly name: string
  readonly tasks: number
}

export interface ScaledService {
  readonly service: string
  readonly before: number
  readonly after: number
  /** How long it stays so. */
  readonly until: string
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

/** Has a service run so many tasks from now on, until a deployment or what scales it says otherwise. */
export async function scale(flags: ScaleFlags, context: Context): Promise<ScaledService> {
  const environment = await loadEnvironment(flags, context)
  const service = serviceOf(environment, flags)
  checkBounds(service, flags)
  const aws = await connect(flags, environment, context)
  const { app, name } = environment
  const [shared, stack] = await Promise.all([
    aws.stacks.find(environmentStack(app, name)),
    aws.stacks.find(serviceStack(app, name, service.name)),
  ])
  const cluster = shared?.outputs.Cluster
  const arn = stack?.outputs.Service
  const info = cluster !== undefined && arn !== undefined ? await aws.services.find(cluster, arn) : undefined
  if (!info || cluster === undefined || arn === undefined) {
    throw new UserError('failed', `${service.name} is not deployed in ${name}`, { hint: 'img2vid deploy' })
  }
  if (info.desired !== flags.tasks) await aws.services.scale(cluster, arn, flags.tasks)
  return {
    service: service.name,
    before: info.desired,
    after: flags.tasks,
    until: service.range
      ? `what scales it between ${service.range.min} and ${service.range.max} says otherwise`
      : `the next deployment, which brings it back to ${service.count}`,
    ...localNotes(aws),
  }
}

function serviceOf({ services }: Environment, { name }: ScaleFlags): Service {
  const found = services.find((service) => service.name === name)
  if (found) return found
  throw new UserError('usage', `There is no service ${name}`, {
    hint: `there is ${orList(services.map((service) => service.name))}`,
  })
}

/** What scales a service would bring it back between its bounds, and instances are there for so many tasks as the manifest says. */
function checkBounds(service: Service, { tasks }: ScaleFlags): void {
  const { least, most } = tasksOf(service)
  if (service.range && (tasks < least || tasks > most)) {
    throw new UserError('usage', `${service.name} has from ${least} to ${most} tasks`, {
      hint: 'change count.range in img2vid.yaml and deploy',
    })
  }
  if (!service.range && hasInstances(service) && tasks > most) {
    throw new UserError('usage', `${service.name} has instances for ${counted(most, 'task')}`, {
      hint: 'change count in img2vid.yaml and deploy',
    })
  }
}

export const presentScale = ({ service, before, after, until, ...notes }: ScaledService): string =>
  [
    before === after
      ? `${service} has ${counted(after, 'task')} already`
      : `${service}: ${before} -> ${counted(after, 'task')}, until ${until}`,
    ...localText(notes),
  ].join('\n')
