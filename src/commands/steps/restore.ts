import type { Aws, StackInfo } from '../../context.ts'
import type { Service } from '../../plan/manifest/model.ts'
import { logicalName } from '../../plan/names.ts'
import { groupSize, hasInstances } from '../../plan/stacks/capacity.ts'

/**
 * A destroy that was killed or refused has emptied the group of a service's instances, and no stack knows of that: tasks
 * would wait for an instance forever.
 */
export async function restoreCapacity(service: Service, shared: StackInfo, aws: Aws): Promise<void> {
  if (!hasInstances(service)) return
  const group = shared.outputs[`${logicalName(service.name)}AutoScalingGroup`]
  if (group !== undefined) {
    const { least, most } = groupSize(service)
    await aws.capacity.restore(group, least, most)
  }
}
