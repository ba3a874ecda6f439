import type { Aws, Context, StackInfo, StackOperation } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { removalToken } from '../../plan/operation.ts'
import { JOINED_BY } from './external.ts'
import { leftBy } from './left.ts'
import { stackFailed, teller, unlessRefused } from './stacks.ts'
import { timing } from './timing.ts'

/** What there is of an environment. */
export interface Found {
  readonly cluster: string | undefined
  readonly app: StackInfo | undefined
  readonly shared: StackInfo | undefined
  /** Of the bucket for large templates, when no other environment needs it. */
  readonly templates: StackInfo | undefined
  readonly services: readonly StackInfo[]
  /** Of the services' task definitions, whether their stacks are still there or not. */
  readonly families: readonly string[]
  /** Environments that still use the images. */
  readonly others: readonly string[]
}

/** To no task first, so that requests are finished, then the stacks. Tells what stays. */
export async function removeServices({ cluster, services }: Found, aws: Aws, context: Context): Promise<string[]> {
  const left = await Promise.all(
    services.map(async (stack) => {
      const service = stack.outputs.Service
      if (cluster !== undefined && service !== undefined) await drain(stack, cluster, service, aws, context)
      return removeStack(stack, aws, context).catch((error) => {
        throw service === undefined ? error : withStopped(stack, error)
      })
    }),
  )
  return left.flat()
}

/** A stack that stays runs nothing any more. */
function withStopped({ name }: StackInfo, error: unknown): unknown {
  if (!(error instanceof UserError)) return error
  const { outcome, message, hint, problems } = error
  const more = { hint: [hint ?? [], 'img2vid deploy starts the tasks again'].flat().join('; '), problems, cause: error }
  return new UserError(outcome, `${message}\n    the tasks of ${name} had been stopped before`, more)
}

/** What the stacks leave: revisions of their task definitions. Those of a stack that went some other way are left too. */
export async function removeRevisions({ families }: Found, aws: Aws): Promise<number> {
  const counts = await Promise.all(families.map((family) => aws.services.removeRevisions(family)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function drain(stack: StackInfo, cluster: string, service: string, aws: Aws, { ui }: Context): Promise<void> {
  const say = (text: string) => ui.show({ type: 'lane', lane: stack.name, state: 'running', text })
  say('stopping the tasks')
  await aws.poll(async () => {
    const info = await aws.services.find(cluster, service)
    // ECS takes no number for it: its tasks go with its stack.
    if (info?.daemon) return true
    // Again, too: a deploy that still looks at its tasks may have brought them back.
    if (info && info.desired > 0) await aws.services.scale(cluster, service, 0)
    const left = info ? info.running + info.pending : 0
    if (left > 0) say(`stopping the tasks, ${left} left`)
    return left === 0 || undefined
  })
}

/** Instances go first: a group or a cluster that has some keeps its stack from going. Tells what stays. */
export async function removeShared(shared: StackInfo, aws: Aws, context: Context): Promise<string[]> {
  const groups = Object.entries(shared.outputs).filter(([name]) => name.endsWith('AutoScalingGroup'))
  if (groups.length > 0) {
    context.ui.show({ type: 'lane', lane: shared.name, state: 'running', text: 'terminating the instances' })
    await Promise.all(groups.map(([, group]) => aws.capacity.empty(group)))
  }
  const machines = await release(shared, aws, context)
  return [...(await removeStack(shared, aws, context)), ...machines]
}

/** Machines that are not AWS's leave the cluster, and stay what they are to Systems Manager. */
async function release({ name, outputs }: StackInfo, aws: Aws, { ui }: Context): Promise<string[]> {
  if (!(JOINED_BY in outputs)) return []
  const cluster = outputs.Cluster ?? ''
  const machines = (await aws.capacity.instances(cluster)).filter(({ external }) => external)
  if (machines.length === 0) return []
  ui.show({ type: 'lane', lane: name, state: 'running', text: 'letting the machines go' })
  await aws.capacity.release(
    cluster,
    machines.map(({ arn }) => arn),
  )
  return machines.map(
    ({ id }) =>
      `${id} in Systems Manager (aws ssm deregister-managed-instance --region ${aws.region} --instance-id ${id})`,
  )
}

/** A bucket goes only when it is empty. */
export async function removeTemplates(stack: StackInfo, aws: Aws, context: Context): Promise<void> {
  await aws.templates.removeAll(stack.outputs.Bucket ?? '')
  await removeStack(stack, aws, context)
}

export async function removeApp(app: StackInfo, aws: Aws, context: Context): Promise<number> {
  const uris = Object.entries(app.outputs).filter(([name]) => name.endsWith('RepositoryUri'))
  const repositories = uris.map(([, uri]) => uri.slice(uri.indexOf('/') + 1))
  context.ui.show({ type: 'lane', lane: app.name, state: 'running', text: 'deleting the images' })
  const counts = await Promise.all(repositories.map((repository) => aws.images.removeAll(repository)))
  await removeStack(app, aws, context)
  return counts.reduce((sum, count) => sum + count, 0)
}

/** A delete that goes on already, as after a destroy that was killed, is joined. */
async function removal(stack: StackInfo, aws: Aws, context: Context): Promise<StackOperation> {
  const begun = stack.status === 'DELETE_IN_PROGRESS' ? await aws.stacks.lastOperation(stack) : undefined
  return begun ? { id: stack.id, token: begun.token } : aws.stacks.remove(stack, removalToken(context))
}

/** Tells what stays. */
async function removeStack(stack: StackInfo, aws: Aws, context: Context): Promise<string[]> {
  const { ui } = context
  const time = timing('delete', stack.name, aws, context)
  ui.show({ type: 'lane', lane: stack.name, state: 'running', text: 'deleting', expected: time.expected })
  const begun = await unlessRefused(stack.name, removal(stack, aws, context), context)
  const outcome = await aws.stacks.follow(begun, teller(stack, context), time.expected)
  if (outcome.stack.status !== 'DELETE_COMPLETE') {
    ui.show({ type: 'lane', lane: stack.name, state: 'failed', text: outcome.stack.status })
    throw stackFailed(stack.name, outcome, 'destroy')
  }
  time.remember()
  ui.show({ type: 'lane', lane: stack.name, state: 'done', text: 'deleted' })
  return leftBy(outcome)
}
