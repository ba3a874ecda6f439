import type { Aws, Context, StackInfo } from '../../context.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../../plan/names.ts'
import { goingOn } from './leave.ts'
import { observed } from './service.ts'
import { stackFailed, succeeded, teller } from './stacks.ts'

/** Until nothing goes on any more: services come after what they need. */
export async function followed(environment: Environment, aws: Aws, context: Context): Promise<Record<string, string>> {
  const ended: Record<string, string> = {}
  for (let going = await goingOn(environment, aws); going.length > 0; going = await goingOn(environment, aws)) {
    const all = await Promise.allSettled(going.map((stack) => followOne(stack, environment, aws, context)))
    const failure = all.find(({ status }) => status === 'rejected')
    if (failure?.status === 'rejected') throw failure.reason
    for (const outcome of all) if (outcome.status === 'fulfilled') Object.assign(ended, outcome.value)
  }
  return ended
}

async function followOne(
  stack: StackInfo,
  environment: Environment,
  aws: Aws,
  context: Context,
): Promise<Record<string, string>> {
  const { name, id, status } = stack
  const operation = await aws.stacks.lastOperation(stack)
  if (!operation) return {}
  context.ui.show({ type: 'lane', lane: name, state: 'running', text: status })
  const follow = (tell: Parameters<typeof aws.stacks.follow>[1]) =>
    aws.stacks.follow({ id, token: operation.token }, tell)
  const service = status.startsWith('DELETE') ? undefined : serviceOf(environment, name)
  if (service) {
    const cluster = (await aws.stacks.find(environmentStack(environment.app, environment.name)))?.outputs.Cluster ?? ''
    const observer = { name, environment, service, cluster, mayGiveUp: false, aws, context }
    const before = status.startsWith('CREATE') ? undefined : stack
    const brought = await observed(stack, observer, async (tell) => ({ outcome: await follow(tell), before }))
    return { [name]: brought.stack.status }
  }
  const outcome = await follow(teller(stack, context))
  const gone = outcome.stack.status === 'DELETE_COMPLETE'
  const good = gone || succeeded(outcome)
  context.ui.show({ type: 'lane', lane: name, state: good ? 'done' : 'failed', text: outcome.stack.status })
  if (!good) throw stackFailed(name, outcome)
  return { [name]: outcome.stack.status }
}

const serviceOf = ({ app, name, services }: Environment, stack: string): Service | undefined =>
  services.find((service) => serviceStack(app, name, service.name) === stack)
