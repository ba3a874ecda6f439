import type { Aws, Context } from '../../context.ts'
import type { StackFlags } from '../flags.ts'
import type { DeploymentPlan } from './plan.ts'
import { type BroughtUp, bringUp } from './stacks.ts'

/** Takes from the environment what nobody uses any more, now that its services have changed. */
export async function withoutLeaving(
  { shared: { afterwards }, orphans }: DeploymentPlan,
  shared: BroughtUp,
  flags: StackFlags,
  aws: Aws,
  context: Context,
): Promise<BroughtUp> {
  // Services that the manifest no longer has still use it.
  if (!afterwards || orphans.length > 0) return shared
  const groups = Object.entries(shared.stack.outputs).flatMap(([name, group]) =>
    name.endsWith('AutoScalingGroup') && !afterwards.outputs.includes(name) ? [group] : [],
  )
  if (groups.length > 0) {
    context.ui.show({ type: 'lane', lane: afterwards.name, state: 'running', text: 'terminating instances' })
    await Promise.all(groups.map((group) => aws.capacity.empty(group)))
  }
  return bringUp(afterwards, shared.stack, flags, aws, context)
}
