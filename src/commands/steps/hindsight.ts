import type { Aws, Context, StackInfo } from '../../context.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import { environmentStack, serviceStack } from '../../plan/names.ts'
import type { Evidence, Run } from '../../plan/run.ts'
import { finalVerdict } from '../../plan/verdict.ts'
import { lookBack, nothingSeen } from './evidence.ts'
import { checked } from './service.ts'

/** What AWS still knows of the last failure in an environment; undefined when it knows of none. */
export async function hindsight(
  environment: Environment,
  aws: Aws,
  context: Context,
): Promise<{ readonly run: Run; readonly evidence: readonly Evidence[] } | undefined> {
  const { app, name, services } = environment
  const shared = await aws.stacks.find(environmentStack(app, name))
  const cluster = shared?.outputs.Cluster
  const parts = await Promise.all([
    ofStack(shared, aws),
    ...services.map(async (service) => {
      const stack = await aws.stacks.find(serviceStack(app, name, service.name))
      if (cluster === undefined) return ofStack(stack, aws)
      const tasks = await ofTasks(environment, service, cluster, aws, context)
      return [...tasks, ...(await ofStack(stack, aws)), ...(await ofEvents(service, cluster, stack, aws))]
    }),
  ])
  const evidence = parts.flat()
  if (evidence.length === 0) return undefined
  const [began = ''] = evidence.flatMap(({ at }) => at ?? []).sort()
  const back = evidence.some((one) => one.kind === 'end' && one.status === 'UPDATE_ROLLBACK_COMPLETE')
  const run: Run = {
    id: '',
    command: 'deploy',
    app,
    environment: name,
    region: aws.region,
    local: aws.local !== undefined,
    who: '',
    began,
    outcome: back ? 'rolled-back' : 'failed',
  }
  return { run, evidence }
}

/** The failures of a stack's last operation, when it did not end well. */
async function ofStack(stack: StackInfo | undefined, aws: Aws): Promise<Evidence[]> {
  if (!stack || !/ROLLBACK|FAILED/.test(stack.status)) return []
  const events = (await aws.stacks.lastOperation(stack))?.events ?? []
  return [
    ...events
      .filter(({ status }) => status.endsWith('_FAILED'))
      .map(({ resource, type, status, reason, at }): Evidence => {
        const seen = { kind: 'resource', stack: stack.name, resource, type, status, at: at.toISOString() } as const
        return { ...seen, ...(reason !== undefined && { reason }) }
      }),
    { kind: 'end', stack: stack.name, status: stack.status },
  ]
}

/** What ECS says of a service since its stack was last worked on. */
async function ofEvents(
  { name }: Service,
  cluster: string,
  stack: StackInfo | undefined,
  aws: Aws,
): Promise<Evidence[]> {
  const info =
    stack?.outputs.Service === undefined ? undefined : await aws.services.find(cluster, stack.outputs.Service)
  if (!stack || !info || info.running >= info.desired) return []
  return [...info.events]
    .reverse()
    .filter(({ at }) => at >= stack.changedAt)
    .map(({ at, text }) => ({ kind: 'event', service: name, text, at: at.toISOString() }))
}

/** Tasks that failed within the last hour, for which ECS shows them. */
async function ofTasks(
  environment: Environment,
  service: Service,
  cluster: string,
  aws: Aws,
  context: Context,
): Promise<Evidence[]> {
  const evidence: Evidence[] = []
  const keep = (one: Evidence) => evidence.push(one)
  const name = serviceStack(environment.app, environment.name, service.name)
  const seen = nothingSeen(undefined, false)
  const quiet = { ...context, keep }
  await lookBack({ name, environment, service, cluster, mayGiveUp: false, aws, context: quiet, seen })
  const verdict = finalVerdict(checked(service), [...seen.failed.values()], undefined, seen.lines)
  if (!verdict) return evidence
  const { cause, advice, task } = verdict
  return [...evidence, { kind: 'verdict', service: service.name, cause, advice, ...(task !== undefined && { task }) }]
}
