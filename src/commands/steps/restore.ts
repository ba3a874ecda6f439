import type { Aws, StackInfo } from '../../context.ts'
import type { Service } from '../../plan/manifest/model.ts'
import { logicalName } from '../../plan/names.ts'
import { tasksOf } from '../../plan/scaling/tasks.ts'
import { instancesFor, isGpu } from '../../plan/stacks/environment.ts'

/**
 * A destroy that was killed or refused has emptied the group of a service's instances, and no stack knows of that: tasks
 * would wait for an instance forever.
 */
export async function restoreCapacity(service: Service, shared: StackInfo, aws: Aws): Promise<void> {
  if (!isGpu(service)) return
  const group = shared.outputs[`${logicalName(service.name)}AutoScalingGroup`]
  if (group !== undefined) {
    const least = instancesFor(service, tasksOf(service).least)
    await aws.capacity.restore(group, least, instancesFor(service))
  }
}
