import type { Aws, Context, StackInfo } from '../context.ts'
import type { Environment, Service } from '../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../plan/names.ts'
import type { CommonFlags, TimeoutFlags } from './flags.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { goingOn, leavable } from './steps/leave.ts'
import { loadEnvironment } from './steps/manifest.ts'
import { observed } from './steps/service.ts'
import { stackFailed, succeeded, teller } from './steps/stacks.ts'

export type WatchFlags = CommonFlags & TimeoutFlags

export interface WatchedStacks {
  readonly app: string
  readonly environment: string
  readonly region: string
  /** Of each stack with which something went on, how it ended; `DELETE_COMPLETE` when it is gone. */
  readonly stacks: Readonly<Record<string, string>>
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

/** Follows what goes on in an environment, whoever began it and wherever, to its end; changes nothing. */
export async function watch(flags: WatchFlags, context: Context): Promise<WatchedStacks> {
  const environment = await loadEnvironment(flags, context)
  const aws = await connect(flags, environment, context)
  const ended = await leavable(environment, 'watch', flags.timeout, aws, context, () =>
    followed(environment, aws, context),
  )
  const { app, name } = environment
  return { app, environment: name, region: aws.region, stacks: ended, ...localNotes(aws) }
}

/** Until nothing goes on any more: services come after what they need. */
async function followed(environment: Environment, aws: Aws, context: Context): Promise<Record<string, string>> {
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

export function presentWatch(result: WatchedStacks): string {
  const { app, environment, stacks } = result
  const ended = Object.entries(stacks)
  const headline =
    ended.length > 0
      ? `what went on in ${app} / ${environment} ended well`
      : `nothing goes on in ${app} / ${environment}`
  return [headline, ...ended.map(([name, status]) => `  ${name}  ${status}`), ...localText(result)].join('\n')
}
