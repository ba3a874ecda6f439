import type { StackResource } from '../services/cloudformation/state.ts'
import { failedToText } from './create.ts'
import { inOrder, reversed } from './in-order.ts'
import { deletePhysical, mark, markStack, type Operation, reasonOf } from './operation.ts'
import { exportDeleted, importersOf } from './scope.ts'

/** DELETE_IN_PROGRESS: an export in use stops it before anything is touched. */
export async function remove(operation: Operation): Promise<void> {
  const { stack, world, call } = operation
  for (const { exportName } of stack.outputs) {
    const importers = exportName === undefined ? [] : importersOf(world, call, exportName)
    if (importers.length > 0)
      return markStack(operation, stack.undeleted ?? 'DELETE_FAILED', exportDeleted(exportName, importers))
  }
  const failed = await removeAll(operation)
  if (failed.length > 0) return markStack(operation, 'DELETE_FAILED', failedToText(failed, 'delete'))
  stack.outputs = []
  stack.imports = []
  markStack(operation, 'DELETE_COMPLETE')
}

/** ROLLBACK_IN_PROGRESS of a create: everything goes, the empty stack stays. */
export async function rollbackCreate(operation: Operation): Promise<void> {
  const failed = await removeAll(operation)
  operation.stack.outputs = []
  if (failed.length > 0) return markStack(operation, 'ROLLBACK_FAILED', failedToText(failed, 'delete'))
  operation.stack.imports = []
  markStack(operation, 'ROLLBACK_COMPLETE')
}

async function removeAll(operation: Operation): Promise<readonly { readonly id: string }[]> {
  const { stack } = operation
  const left = Object.values(stack.resources).filter(
    ({ status }) => !['DELETE_COMPLETE', 'DELETE_SKIPPED'].includes(status),
  )
  const order = reversed(new Map(left.map(({ logicalId, dependsOn }) => [logicalId, dependsOn])))
  const failures: { id: string }[] = []
  // A delete does as much as it can: only what a resource that failed depends on has to stay.
  const stays = new Set<string>()
  await inOrder(order, operation.signal, async (id, signal) => {
    const resource = stack.resources[id]
    const needed = order.get(id)?.some((dependent) => stays.has(dependent))
    if (!needed && (!resource || (await removeResource({ ...operation, signal }, resource)))) return
    stays.add(id)
    if (!needed) failures.push({ id })
  })
  return failures
}

async function removeResource(operation: Operation, resource: StackResource): Promise<boolean> {
  const { physicalId } = resource
  if (physicalId === undefined) {
    mark(operation, resource, 'DELETE_COMPLETE')
    return true
  }
  if (isRetained(operation, resource)) {
    mark(operation, resource, 'DELETE_SKIPPED')
    return true
  }
  if (resource.status !== 'DELETE_IN_PROGRESS') mark(operation, resource, 'DELETE_IN_PROGRESS')
  try {
    await deletePhysical(operation, { ...resource, physicalId })
    mark(operation, resource, 'DELETE_COMPLETE')
    return true
  } catch (error) {
    operation.signal.throwIfAborted()
    const { forced = false } = operation.stack
    mark(operation, resource, forced ? 'DELETE_SKIPPED' : 'DELETE_FAILED', reasonOf(error, operation))
    return forced
  }
}

function isRetained({ stack }: Operation, { deletionPolicy, logicalId }: StackResource): boolean {
  if (stack.retain.includes(logicalId) || deletionPolicy === 'Retain') return true
  return deletionPolicy === 'RetainExceptOnCreate' && stack.status !== 'ROLLBACK_IN_PROGRESS'
}
