import type { Aws, Context, ResourceEvent, StackInfo } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { instanceOf } from '../../plan/instances.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import { logicalName } from '../../plan/names.ts'
import { hasInstances, type InstanceService } from '../../plan/stacks/capacity.ts'
import type { Stack } from '../../plan/stacks/stack.ts'
import { capacityVerdict, type Launch, launchReason, type Verdict } from '../../plan/verdict.ts'
import { becameOf } from '../../plan/why.ts'
import type { StackFlags } from '../flags.ts'
import { type BroughtUp, broughtUp, operate, stackFailed, succeeded, teller } from './stacks.ts'
import { abandon } from './unsettled.ts'

/** A scaling group that somebody waits for. */
export interface Group {
  readonly name: string
  readonly service: InstanceService
  /** When the wait began, by AWS's clock and by ours. */
  readonly begun: Date
  readonly since: Date
}

/** What a group tried of late, newest first; failures are taken down. */
export async function lookAtGroup(
  { name, service, begun }: Group,
  aws: Aws,
  context: Context,
): Promise<readonly Launch[]> {
  const launches = await aws.capacity.launches(name, begun)
  for (const { at, zone, state, message } of [...launches].reverse()) {
    if (state === 'failed') context.keep({ kind: 'launch', service: service.name, zone, message, at: at.toISOString() })
  }
  return launches
}

/** Whether there is no instance to be had. The embedded AWS lives faster than the clock: there launches alone count. */
export function verdictOnGroup(
  { service, since }: Group,
  launches: readonly Launch[],
  { region, local }: Aws,
  { clock }: Context,
): Verdict | undefined {
  const { instances } = service.compute
  const vcpus = Math.min(...instances.map((type) => instanceOf(type)?.vcpus ?? 1))
  const waited = local ? Number.POSITIVE_INFINITY : (clock.now().getTime() - since.getTime()) / 60_000
  return capacityVerdict({ name: service.name, region, instances, vcpus }, launches, waited)
}

/** Why there is no instance yet, in a few words. */
export const launchTrouble = ([last]: readonly Launch[]): string[] =>
  last?.state === 'failed' ? [`no instance in ${last.zone}: ${launchReason(last.message)}`] : []

/** Brings the environment's stack up and watches its scaling groups, which AWS would wait for much longer. */
export async function bringUpEnvironment(
  wanted: Stack,
  existing: StackInfo | undefined,
  environment: Environment,
  flags: StackFlags,
  aws: Aws,
  context: Context,
): Promise<BroughtUp> {
  const tell = teller(wanted, context)
  const services = environment.services.filter(hasInstances)
  const going = new Set<string>()
  const watches: Promise<void>[] = []
  let verdict: Verdict | undefined
  const found = async (one: Verdict, service: string) => {
    if (verdict) return
    verdict = one
    context.keep({ kind: 'verdict', service, cause: one.cause, advice: one.advice })
    const text = `giving up: ${one.cause}`
    context.ui.show({ type: 'lane', lane: wanted.name, state: 'running', text })
    const stack = await aws.stacks.find(wanted.name)
    if (stack) await abandon(stack, aws, context)
  }
  const { outcome, before } = await operate(wanted, existing, flags, aws, context, (event) => {
    tell(event)
    const service = services.find(({ name }) => event.resource === `${logicalName(name)}Instances`)
    if (!service) return
    if (!beginsToWait(event)) going.delete(event.resource)
    else if (event.physicalId !== undefined && !going.has(event.resource)) {
      going.add(event.resource)
      const group = { name: event.physicalId, service, begun: event.at, since: context.clock.now() }
      const watching = watchGroup(wanted.name, group, () => going.has(event.resource) && !verdict, found, aws, context)
      // It is waited for at the end; until then its failure must not end the process.
      watching.catch(() => {})
      watches.push(watching)
    }
  })
  going.clear()
  await Promise.all(watches)
  if (!outcome || succeeded(outcome)) return broughtUp(wanted.name, outcome, before, context)
  const failure = stackFailed(wanted.name, outcome)
  const { status } = outcome.stack
  context.ui.show({ type: 'lane', lane: wanted.name, state: 'failed', text: verdict?.cause ?? status })
  if (!verdict) throw failure
  throw new UserError('capacity', [verdict.cause, `  ${becameOf(wanted.name, status)}`].join('\n'), {
    hint: `${verdict.advice}; then img2vid deploy${context.ask.interactive ? '' : ' --yes'}`,
    cause: failure,
  })
}

const beginsToWait = ({ status }: ResourceEvent): boolean => /^(CREATE|UPDATE)_IN_PROGRESS$/.test(status)

async function watchGroup(
  lane: string,
  group: Group,
  waits: () => boolean,
  found: (verdict: Verdict, service: string) => Promise<void>,
  aws: Aws,
  context: Context,
): Promise<void> {
  await aws.poll(async () => {
    if (!waits()) return true
    const launches = await lookAtGroup(group, aws, context)
    for (const trouble of waits() ? launchTrouble(launches) : [])
      context.ui.show({ type: 'lane', lane, state: 'running', text: trouble })
    const verdict = verdictOnGroup(group, launches, aws, context)
    if (verdict) await found(verdict, group.service.name)
    return undefined
  })
}
