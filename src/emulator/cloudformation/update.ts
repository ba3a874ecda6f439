import type { Properties } from '../resources/resource.ts'
import type { PhysicalResource, StackResource } from '../services/cloudformation/state.ts'
import { createPhysical, description, discard, failedToText, finish, holdImports, newResource } from './create.ts'
import { CANCELLED, inOrder, reversed } from './in-order.ts'
import { contextOf, handlersOf, mark, markStack, type Operation, reasonOf, settle, typeOf } from './operation.ts'
import { needsReplacement, sameValue } from './schema.ts'
import {
  type Evaluation,
  evaluation,
  exportDeleted,
  exportOf,
  exportUpdated,
  importersOf,
  propertiesOf,
} from './scope.ts'
import type { ResourceDeclaration } from './template.ts'

const REPLACING = 'Requested update requires the creation of a new physical resource; hence creating one.'

export const UPDATE_CANCELLED = 'Resource update cancelled'

/** UPDATE_IN_PROGRESS: new and changed resources; what is no longer wanted waits for the cleanup. */
export async function update(operation: Operation): Promise<void> {
  const { stack } = operation
  const evaluated = evaluation(operation, stack.definition)
  holdImports(operation, evaluated)
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
    discardLater(operation, { ...resource, physicalId }, deletionPolicy === 'Delete' ? 'Delete' : 'Retain')
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
    const importers = now?.value === value ? [] : importersOf(world, call, exportName)
    if (importers.length === 0) continue
    stack.outputs = before
    return now ? exportUpdated(exportName, importers) : exportDeleted(exportName, importers)
  }
  return undefined
}

async function updateResource(operation: Operation, evaluated: Evaluation, logicalId: string): Promise<void> {
  const { stack, signal } = operation
  const declaration = evaluated.template.Resources[logicalId] as ResourceDeclaration
  const existing = stack.resources[logicalId]
  const resource = existing ?? newResource(operation, evaluated, logicalId, declaration)
  stack.resources[logicalId] = resource
  const from = resource.from === undefined ? standing(operation, resource) : resource.from
  const verb = from ? 'UPDATE' : 'CREATE'
  if (resource.from !== undefined && resource.status === `${verb}_COMPLETE`) return
  try {
    if (!from) await createNew(operation, evaluated, resource, declaration)
    else if (!(await change(operation, evaluated, resource, declaration, from))) return
    await settle(operation, resource, resource.physicalId ?? '')
    mark(operation, resource, `${verb}_COMPLETE`)
  } catch (error) {
    // Taken over or closing: the resource stays as it is, for a rollback or to be carried on.
    if (signal.aborted && signal.reason !== CANCELLED) throw error
    touch(resource, from)
    const cancelled = from ? UPDATE_CANCELLED : CANCELLED.message
    mark(operation, resource, `${verb}_FAILED`, signal.aborted ? cancelled : reasonOf(error, operation))
    throw error
  }
}

/** What is there to be changed. What a failed create left half made is not: another takes its place. */
function standing(operation: Operation, resource: StackResource): PhysicalResource | null {
  const { physicalId, status } = resource
  if (physicalId === undefined) return null
  if (status !== 'CREATE_FAILED') return physical(resource, physicalId)
  discardLater(operation, physical(resource, physicalId), 'Delete')
  delete resource.physicalId
  return null
}

const physical = (
  { logicalId, type, properties, dependsOn, deletionPolicy, updateReplacePolicy }: StackResource,
  physicalId: string,
): PhysicalResource => ({ logicalId, type, physicalId, properties, dependsOn, deletionPolicy, updateReplacePolicy })

/** From now on a rollback has to do with it. */
function touch(resource: StackResource, from: PhysicalResource | null): void {
  resource.from = from
  if (resource.before === undefined) resource.before = from
}

async function createNew(
  operation: Operation,
  evaluated: Evaluation,
  resource: StackResource,
  declaration: ResourceDeclaration,
): Promise<void> {
  touch(resource, null)
  if (resource.physicalId !== undefined) return
  Object.assign(resource, description(evaluated.template.Resources, resource.logicalId, declaration))
  mark(operation, resource, 'CREATE_IN_PROGRESS')
  await createPhysical(operation, evaluated, resource)
  mark(operation, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated')
}

/** Updates or replaces a resource whose properties changed, or whose last update failed. Returns whether they did. */
async function change(
  operation: Operation,
  evaluated: Evaluation,
  resource: StackResource,
  declaration: ResourceDeclaration,
  from: PhysicalResource,
): Promise<boolean> {
  const { logicalId } = resource
  const next = description(evaluated.template.Resources, logicalId, declaration)
  const properties = propertiesOf(evaluated, logicalId)
  if (next.type === from.type && sameValue(properties, from.properties) && resource.status !== 'UPDATE_FAILED') {
    Object.assign(resource, next)
    return false
  }
  touch(resource, from)
  const replace = isReplaced(from, next.type, properties)
  if (resource.status !== 'UPDATE_IN_PROGRESS')
    mark(operation, resource, 'UPDATE_IN_PROGRESS', replace ? REPLACING : undefined)
  Object.assign(resource, next, { properties })
  const context = contextOf(operation, logicalId)
  if (!replace) await handlersOf(operation, next.type).update?.(from.physicalId, properties, from.properties, context)
  else if (resource.physicalId === from.physicalId) {
    resource.physicalId = await handlersOf(operation, next.type).create(properties, context)
    discardLater(operation, from)
    mark(operation, resource, 'UPDATE_IN_PROGRESS', 'Resource creation Initiated')
  }
  return true
}

/** Whether a resource cannot become what is wanted without another in its place. */
export const isReplaced = (from: PhysicalResource, type: string, properties: Properties): boolean =>
  type !== from.type || !typeOf(type).update || needsReplacement(type, from.properties, properties)

/** Leaves it to the cleanup to delete the resource, or to keep it. */
function discardLater({ stack }: Operation, resource: PhysicalResource, policy = resource.updateReplacePolicy): void {
  stack.discarded = [...stack.discarded, { ...resource, updateReplacePolicy: policy }]
}

/** UPDATE_ROLLBACK_IN_PROGRESS: every touched resource back to what it was before. */
export async function rollbackUpdate(operation: Operation): Promise<void> {
  const { stack } = operation
  if (stack.previous) stack.definition = stack.previous
  const evaluated = evaluation(operation, stack.definition)
  const touched = Object.values(stack.resources).filter(({ before }) => before !== undefined)
  const needs = new Map(touched.map(({ logicalId, before }) => [logicalId, before?.dependsOn ?? []]))
  // What the update would have deleted is kept; what it made is discarded instead.
  const kept = new Set(touched.flatMap(({ before }) => (before ? key(before) : [])))
  stack.discarded = stack.discarded.filter((resource) => !kept.has(key(resource)))
  for (const [id, declaration] of Object.entries(evaluated.template.Resources)) {
    const untouched = stack.resources[id]
    if (untouched?.before === undefined)
      Object.assign(untouched ?? {}, description(evaluated.template.Resources, id, declaration))
  }
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
  const { before, physicalId: made, properties: attempted } = resource
  if (!before) {
    if (made !== undefined) {
      discardLater(operation, physical(resource, made), resource.deletionPolicy === 'Retain' ? 'Retain' : 'Delete')
    }
    delete stack.resources[resource.logicalId]
    return
  }
  mark(operation, resource, 'UPDATE_IN_PROGRESS')
  try {
    if (made !== undefined && made !== before.physicalId) discardLater(operation, physical(resource, made), 'Delete')
    else if (!isReplaced(before, resource.type, attempted) && !sameValue(attempted, before.properties)) {
      const context = contextOf(operation, before.logicalId)
      await handlersOf(operation, before.type).update?.(before.physicalId, before.properties, attempted, context)
    }
    Object.assign(resource, before)
    await settle(operation, resource, before.physicalId)
    mark(operation, resource, 'UPDATE_COMPLETE')
    forget(resource)
  } catch (error) {
    const { aborted, reason } = operation.signal
    if (aborted && reason !== CANCELLED) throw error
    mark(operation, resource, 'UPDATE_FAILED', aborted ? UPDATE_CANCELLED : reasonOf(error, operation))
    throw error
  }
}

/** The resource is left as it stands, and taken for what it was before the update. */
export function skipRollback(operation: Operation, resource: StackResource): void {
  const { before, physicalId } = resource
  Object.assign(resource, before, { physicalId })
  forget(resource)
  mark(operation, resource, 'UPDATE_COMPLETE')
}

function forget(resource: StackResource): void {
  delete resource.before
  delete resource.from
}

/** Two resources may have the same physical id: a cluster and its associations are both named after the cluster. */
const key = ({ logicalId, physicalId }: PhysicalResource): string => `${logicalId} ${physicalId}`

/** …_CLEANUP_IN_PROGRESS: deletes what the operation left behind. What cannot be deleted is left, as AWS leaves it. */
export async function cleanUp(operation: Operation): Promise<void> {
  const { stack } = operation
  const discarded = new Map(stack.discarded.map((resource) => [key(resource), resource]))
  const needs = new Map(
    stack.discarded.map((resource) => [
      key(resource),
      stack.discarded
        .filter(({ logicalId }) => logicalId !== resource.logicalId && resource.dependsOn.includes(logicalId))
        .map(key),
    ]),
  )
  await inOrder(reversed(needs), operation.signal, async (id, signal) => {
    const resource = discarded.get(id)
    if (resource) await discard({ ...operation, signal }, resource)
    stack.discarded = stack.discarded.filter((left) => left !== resource)
  })
  for (const resource of Object.values(stack.resources)) forget(resource)
  delete stack.previous
  markStack(
    operation,
    stack.status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' ? 'UPDATE_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE',
  )
}
