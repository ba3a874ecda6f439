import type { PhysicalResource, StackResource } from '../services/cloudformation/state.ts'
import { CANCELLED, inOrder } from './in-order.ts'
import {
  addEvent,
  contextOf,
  deletePhysical,
  handlersOf,
  mark,
  markStack,
  type Operation,
  reasonOf,
  settle,
} from './operation.ts'
import { dependencies } from './references.ts'
import { checkExports, type Evaluation, evaluation, importsOf, outputsOf, propertiesOf } from './scope.ts'
import type { ResourceDeclaration } from './template.ts'

/** CREATE_IN_PROGRESS: creates what is not there yet, so that a stopped run is carried on. */
export async function create(operation: Operation): Promise<void> {
  const { stack } = operation
  const evaluated = evaluation(operation, stack.definition)
  holdImports(operation, evaluated)
  const deadline = deadlineOf(operation)
  const { failed } = await inOrder(
    evaluated.needs,
    operation.signal,
    (id, signal) => createResource({ ...operation, signal }, evaluated, id),
    [deadline.signal],
  )
  deadline.end()
  const problem = deadline.signal.aborted
    ? TIMED_OUT.message
    : failed.length > 0
      ? failedToText(failed, 'create')
      : finish(operation, evaluated)
  if (problem === undefined) return markStack(operation, 'CREATE_COMPLETE')
  if (stack.disableRollback || stack.onFailure === 'DO_NOTHING') return markStack(operation, 'CREATE_FAILED', problem)
  const sentence = problem.replace(/\.?$/, '.')
  if (stack.onFailure === 'DELETE') markStack(operation, 'DELETE_IN_PROGRESS', `${sentence} Delete requested by user.`)
  else markStack(operation, 'ROLLBACK_IN_PROGRESS', `${sentence} Rollback requested by user.`)
}

export const failedToText = (
  failed: readonly { readonly id: string }[],
  verb: 'create' | 'update' | 'delete',
): string => `The following resource(s) failed to ${verb}: [${failed.map(({ id }) => id).join(', ')}].`

/** What a stack begins to import is in use from then on, so that it cannot go while resources are made with it. */
export function holdImports({ stack }: Operation, evaluated: Evaluation): void {
  try {
    stack.imports = [...new Set([...stack.imports, ...importsOf(evaluated)])]
  } catch {
    // A name that cannot be resolved is said by the resource that has it.
  }
}

/** Works out the outputs; their errors fail the operation as a resource does. */
export function finish(operation: Operation, evaluated: Evaluation): string | undefined {
  try {
    const outputs = outputsOf(evaluated)
    checkExports(operation, outputs)
    operation.stack.outputs = outputs
    operation.stack.imports = importsOf(evaluated)
    return undefined
  } catch (error) {
    operation.signal.throwIfAborted()
    return (error as Error).message
  }
}

const ENDED = new Error('The stack is created.')
const TIMED_OUT = new Error('Stack creation time exceeded the specified timeout.')

/**
 * TimeoutInMinutes cancels everything that is not done. It counts in the time of the user's containers, which are among
 * what is waited for, and anew after a restart.
 */
function deadlineOf({ stack, world, signal }: Operation): { readonly signal: AbortSignal; end(): void } {
  const over = new AbortController()
  const ended = new AbortController()
  if (stack.timeoutMinutes !== undefined) {
    world.patience.sleep(stack.timeoutMinutes * 60_000, AbortSignal.any([signal, ended.signal])).then(
      () => over.abort(TIMED_OUT),
      () => {},
    )
  }
  return { signal: over.signal, end: () => ended.abort(ENDED) }
}

async function createResource(operation: Operation, evaluated: Evaluation, logicalId: string): Promise<void> {
  const { stack, signal } = operation
  const declaration = evaluated.template.Resources[logicalId] as ResourceDeclaration
  const existing = stack.resources[logicalId]
  if (existing?.status === 'CREATE_COMPLETE') return
  const resource = existing ?? newResource(operation, evaluated, logicalId, declaration)
  stack.resources[logicalId] = resource
  try {
    if (resource.physicalId === undefined) {
      mark(operation, resource, 'CREATE_IN_PROGRESS')
      await createPhysical(operation, evaluated, resource)
      mark(operation, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated')
    }
    await settle(operation, resource, resource.physicalId ?? '')
    mark(operation, resource, 'CREATE_COMPLETE')
  } catch (error) {
    // A closing embedded AWS leaves the resource as it is, to be carried on.
    if (signal.aborted && ![CANCELLED, TIMED_OUT].includes(signal.reason)) throw error
    mark(operation, resource, 'CREATE_FAILED', signal.aborted ? CANCELLED.message : reasonOf(error, operation))
    throw error
  }
}

/** Fills in the resolved properties and the physical id. */
export async function createPhysical(
  operation: Operation,
  evaluated: Evaluation,
  resource: StackResource,
): Promise<void> {
  const properties = propertiesOf(evaluated, resource.logicalId)
  Object.assign(resource, { properties })
  resource.physicalId = await handlersOf(operation, resource.type).create(
    properties,
    contextOf(operation, resource.logicalId),
  )
}

export function newResource(
  { world }: Operation,
  { template }: Evaluation,
  logicalId: string,
  declaration: ResourceDeclaration,
): StackResource {
  return {
    ...description(template.Resources, logicalId, declaration),
    properties: {},
    status: 'CREATE_IN_PROGRESS',
    changedAt: world.clock.now(),
  }
}

/** What of a declaration is kept beside the properties. */
export const description = (
  resources: Readonly<Record<string, ResourceDeclaration>>,
  logicalId: string,
  declaration: ResourceDeclaration,
): Omit<PhysicalResource, 'physicalId' | 'properties'> => ({
  logicalId,
  type: declaration.Type,
  dependsOn: dependencies(declaration, resources),
  deletionPolicy: declaration.DeletionPolicy ?? 'Delete',
  updateReplacePolicy: declaration.UpdateReplacePolicy ?? 'Delete',
})

/** Deletes a resource that no template wants any more, with its events. Returns whether it is gone. */
export async function discard(operation: Operation, resource: PhysicalResource): Promise<boolean> {
  if (resource.updateReplacePolicy === 'Retain') {
    addEvent(operation, resource, 'DELETE_SKIPPED')
    return true
  }
  addEvent(operation, resource, 'DELETE_IN_PROGRESS')
  try {
    await deletePhysical(operation, resource)
    addEvent(operation, resource, 'DELETE_COMPLETE')
    return true
  } catch (error) {
    operation.signal.throwIfAborted()
    addEvent(operation, resource, 'DELETE_FAILED', reasonOf(error, operation))
    return false
  }
}
