import type { Aws, Context, StackInfo } from '../../context.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import { logicalName } from '../../plan/names.ts'
import { hasInstances } from '../../plan/stacks/capacity.ts'

/** Instances stay as they were launched when their template or the list of their types changes: says so, and how they are replaced. */
export async function tellOutdated(
  { services }: Environment,
  { outputs }: StackInfo,
  aws: Aws,
  { ui }: Context,
): Promise<string[]> {
  const all = await Promise.all(
    services.filter(hasInstances).map(async ({ name }) => {
      const group = outputs[`${logicalName(name)}AutoScalingGroup`]
      const ids = group === undefined ? [] : await aws.capacity.outdated(group)
      return ids.length > 0 ? [note(name, ids, aws.region)] : []
    }),
  )
  const notes = all.flat()
  for (const text of notes) ui.show({ type: 'note', text })
  return notes
}

const note = (service: string, ids: readonly string[], region: string): string =>
  [
    `${service} goes on on instances as they were launched before (${ids.join(', ')}); new ones are as the stack has them now. One is replaced by:`,
    `  aws autoscaling terminate-instance-in-auto-scaling-group --no-should-decrement-desired-capacity --region ${region} --instance-id ${ids[0]}`,
  ].join('\n')
