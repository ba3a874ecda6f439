import type { PhysicalResource, StackResource } from '../services/cloudformation/state.ts'
import { createPhysical, description, discard, failedToText, finish, newResource } from './create.ts'
import { CANCELLED, inOrder, reversed } from './in-order.ts'
import { contextOf, mark, markStack, type Operation, reasonOf, settle, typeOf } from './operation.ts'
import { needsReplacement, sameValue } from './schema.ts'
import { type Evaluation, evaluation, exportOf, importersOf, propertiesOf } from './scope.ts'
import type { ResourceDeclaration } from './template.ts'

const REPLACING = 'Requested update requires the creation of a new physical resource; hence creating one.'

/** UPDATE_IN_PROGRESS: new and changed resources; what is no longer wanted waits for the cleanup. */
export async function update(operation: Operation): Promise<void> {
  const { stack } = operation
  const evaluated = evaluation(operation, stack.definition)
  const { failed } = await inOrder(evaluated.needs, operation.signal, (id, signal) =>
    updateResource({ ...operation, signal }, evaluated, id),
  )
  const problem = failed.length > 0 ? failedToText(failed, 'update') : finishUpdate(operation, evaluated)
  if (problem !== undefined) {
    if (stack.disableRollback) return markStack(operation, 'UPDATE_FAILED', problem)
    return markStack(operation, 'UPDATE_ROLLBACK_IN_PROGRESS', problem)
  }
  for (const resource of Object.values(stack.resources)) {
    if (evaluated.needs.has(resource.logicalId) || resource.physicalId === undefined) continue
    // A removed resource follows its deletion policy, not the one for replacements.
    const { physicalId, deletionPolicy } = resource
    stack.discarded = [...stack.discarded, { ...resource, physicalId, updateReplacePolicy: deletionPolicy }]
    delete stack.resources[resource.logicalId]
  }
  markStack(operation, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
}

/** An export that others import can neither change nor go. */
function finishUpdate(operation: Operation, evaluated: Evaluation): string | undefined {
  const { stack, world, call } = operation
  const before = stack.outputs
  const problem = finish(operation, evaluated)
  if (problem !== undefined) return problem
  for (const { exportName, value } of before) {
    if (exportName === undefined) continue
    const now = exportOf(world, call, exportName)
    const [importer] = now?.value === value ? [] : importersOf(world, call, exportName)
    if (!importer) continue
    stack.outputs = before
    return `Export ${exportName} cannot be ${now ? 'updated' : 'deleted'} as it is in use by ${importer.name}`
  }
  return undefined
}

async function updateResource(operation: Operation, evaluated: Evaluation, logicalId: string): Promise<void> {
  const { stack, signal } = operation
  const declaration = evaluated.template.Resources[logicalId] as ResourceDeclaration
  const existing = stack.resources[logicalId]
  const resource = existing ?? newResource(operation, evaluated, logicalId, declaration)
  if (existing === undefined) resource.before = null
  stack.resources[logicalId] = resource
  const verb = resource.before === null ? 'CREATE' : 'UPDATE'
  if (resource.before !== undefined && resource.status === `${verb}_COMPLETE`) return
  try {
    if (resource.before === null) await createNew(operation, evaluated, resource)
    else if (!(await change(operation, evaluated, resource, declaration))) return
    await settle(operation, resource, resource.physicalId ?? '')
    mark(operation, resource, `${verb}_COMPLETE`)
  } catch (error) {
    // Taken over or closing: the resource stays as it is, for a rollback or to be carried on.
    if (signal.aborted && signal.reason !== CANCELLED) throw error
    const cancelled = `Resource ${resource.before === null ? 'creation' : 'update'} cancelled`
    mark(operation, resource, `${verb}_FAILED`, signal.aborted ? cancelled : reasonOf(error, operation))
    throw error
  }
}

async function createNew(operation: Operation, evaluated: Evaluation, resource: StackResource): Promise<void> {
  if (resource.physicalId !== undefined) return
  mark(operation, resource, 'CREATE_IN_PROGRESS')
  await createPhysical(operation, evaluated, resource)
  mark(operation, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated')
}

/** Updates or replaces a resource whose properties changed. Returns whether they did. */
async function change(
  operation: Operation,
  evaluated: Evaluation,
  resource: StackResource,
  declaration: ResourceDeclaration,
): Promise<boolean> {
  const { logicalId } = resource
  const next = description(evaluated.template.Resources, logicalId, declaration)
  const properties = propertiesOf(evaluated, logicalId)
  const before = resource.before ?? { ...resource, physicalId: resource.physicalId ?? '' }
  if (next.type === before.type && sameValue(properties, before.properties)) {
    Object.assign(resource, next)
    return false
  }
  resource.before = before
  const { update: updateInPlace } = typeOf(next.type)
  const replace =
    next.type !== before.type || !updateInPlace || needsReplacement(next.type, before.properties, properties)
  if (resource.status !== 'UPDATE_IN_PROGRESS')
    mark(operation, resource, 'UPDATE_IN_PROGRESS', replace ? REPLACING : undefined)
  Object.assign(resource, next, { properties })
  if (!replace) await updateInPlace(before.physicalId, properties, before.properties, contextOf(operation, logicalId))
  else if (resource.physicalId === before.physicalId) {
    resource.physicalId = await typeOf(next.type).create(properties, contextOf(operation, logicalId))
    stackDiscards(operation, before)
    mark(operation, resource, 'UPDATE_IN_PROGRESS', 'Resource creation Initiated')
  }
  return true
}

function stackDiscards({ stack }: Operation, resource: PhysicalResource): void {
  stack.discarded = [...stack.discarded, resource]
}

/** UPDATE_ROLLBACK_IN_PROGRESS: every touched resource back to what it was before. */
export async function rollbackUpdate(operation: Operation): Promise<void> {
  const { stack } = operation
  if (stack.previous) stack.definition = stack.previous
  const evaluated = evaluation(operation, stack.definition)
  const touched = Object.values(stack.resources).filter(({ before }) => before !== undefined)
  const needs = new Map(touched.map(({ logicalId, before }) => [logicalId, before?.dependsOn ?? []]))
  // What the update would have deleted is kept; what it made is discarded instead.
  const kept = new Set(touched.map(({ before }) => before?.physicalId))
  stack.discarded = stack.discarded.filter(({ physicalId }) => !kept.has(physicalId))
  const { failed } = await inOrder(needs, operation.signal, async (id, signal) => {
    const resource = stack.resources[id] as StackResource
    await restore({ ...operation, signal }, resource)
  })
  if (failed.length > 0) return markStack(operation, 'UPDATE_ROLLBACK_FAILED', failedToText(failed, 'update'))
  finish(operation, evaluated)
  markStack(operation, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS')
}

async function restore(operation: Operation, resource: StackResource): Promise<void> {
  const { stack } = operation
  const { before } = resource
  const made = resource.physicalId
  if (!before) {
    if (made !== undefined) stackDiscards(operation, { ...resource, physicalId: made, updateReplacePolicy: 'Delete' })
    delete stack.resources[resource.logicalId]
    return
  }
  const attempted = resource.properties
  mark(operation, resource, 'UPDATE_IN_PROGRESS')
  try {
    if (made !== undefined && made !== before.physicalId) {
      stackDiscards(operation, { ...resource, physicalId: made, updateReplacePolicy: 'Delete' })
    } else {
      await typeOf(before.type).update?.(
        before.physicalId,
        before.properties,
        attempted,
        contextOf(operation, before.logicalId),
      )
    }
    Object.assign(resource, before, { status: resource.status, changedAt: resource.changedAt, before })
    await settle(operation, resource, before.physicalId)
    mark(operation, resource, 'UPDATE_COMPLETE')
    delete resource.before
  } catch (error) {
    operation.signal.throwIfAborted()
    mark(operation, resource, 'UPDATE_FAILED', reasonOf(error, operation))
    throw error
  }
}

/** …_CLEANUP_IN_PROGRESS: deletes what the operation left behind. What cannot be deleted is left, as AWS leaves it. */
export async function cleanUp(operation: Operation): Promise<void> {
  const { stack } = operation
  const discarded = new Map(stack.discarded.map((resource) => [resource.physicalId, resource]))
  const byLogicalId = new Map(stack.discarded.map(({ logicalId, physicalId }) => [logicalId, physicalId]))
  const needs = new Map(
    stack.discarded.map(({ physicalId, dependsOn }) => [
      physicalId,
      dependsOn.flatMap((id) => byLogicalId.get(id) ?? []).filter((id) => id !== physicalId),
    ]),
  )
  await inOrder(reversed(needs), operation.signal, async (physicalId, signal) => {
    const resource = discarded.get(physicalId)
    if (resource) await discard({ ...operation, signal }, resource)
    stack.discarded = stack.discarded.filter((left) => left !== resource)
  })
  for (const resource of Object.values(stack.resources)) delete resource.before
  delete stack.previous
  markStack(
    operation,
    stack.status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' ? 'UPDATE_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE',
  )
}
