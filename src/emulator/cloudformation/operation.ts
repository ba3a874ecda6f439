import type { ResourceStatus } from '@aws-sdk/client-cloudformation'
import { AwsError } from '../errors.ts'
import { HANDLER_CODES } from '../faults/model.ts'
import { afterHandler, faultyHandlers } from '../faults/resources.ts'
import { resourceTypes } from '../resources/index.ts'
import type { Properties, ResourceContext, ResourceType, Tag } from '../resources/resource.ts'
import type { PhysicalResource, StackResource, StackState } from '../services/cloudformation/state.ts'
import type { Call, World } from '../world.ts'
import { recordedType } from './recorded.ts'

/** One run of the engine over a stack. */
export interface Operation {
  readonly world: World
  readonly call: Call
  readonly stack: StackState
  /** Aborted when another operation takes the stack over, or the embedded AWS closes. */
  readonly signal: AbortSignal
}

/** How long AWS takes at least for a resource, beside what its service shows. */
const DEFAULT_SECONDS = 2

export const typeOf = (name: string): ResourceType => resourceTypes[name] ?? recordedType

/** The handlers of a resource type as the operation runs them. */
export const handlersOf = ({ world, stack }: Operation, type: string): ResourceType =>
  faultyHandlers(world.faults, typeOf(type), { stack, type })

export function contextOf({ world, call, stack, signal }: Operation, logicalId: string): ResourceContext {
  return {
    world,
    call,
    stack,
    logicalId,
    signal,
    name: (maximumLength = 128) => {
      const suffix = world.random.suffix(12)
      return `${`${stack.name}-${logicalId}`.slice(0, maximumLength - suffix.length - 1)}-${suffix}`
    },
    tags: (own) => [
      ...((own as Tag[] | undefined) ?? []),
      ...stack.definition.tags.filter(({ Key }) => !(own as Tag[] | undefined)?.some((tag) => tag.Key === Key)),
      { Key: 'aws:cloudformation:stack-name', Value: stack.name },
      { Key: 'aws:cloudformation:stack-id', Value: stack.id },
      { Key: 'aws:cloudformation:logical-id', Value: logicalId },
    ],
  }
}

/** Waits what AWS takes for a resource of the type, then until it is what its properties say. */
export async function settle(
  operation: Operation,
  { logicalId, type, from }: StackResource,
  physicalId: string,
): Promise<void> {
  const { world, stack, signal } = operation
  const { seconds = DEFAULT_SECONDS, stabilize } = typeOf(type)
  const context = contextOf(operation, logicalId)
  const { express } = stack
  await world.clock.sleep((express ? Math.min(seconds, DEFAULT_SECONDS) : seconds) * 1000, signal)
  afterHandler(world.faults, { stack, type }, from?.physicalId === physicalId ? 'update' : 'create', context)
  if (!express) await stabilize?.(physicalId, context)
}

export async function deletePhysical(operation: Operation, resource: PhysicalResource): Promise<void> {
  await operation.world.clock.sleep(DEFAULT_SECONDS * 1000, operation.signal)
  const handlers = handlersOf(operation, resource.type)
  await handlers.delete(resource.physicalId, resource.properties, contextOf(operation, resource.logicalId))
}

/** Moves a resource to a status and writes the event. */
export function mark(operation: Operation, resource: StackResource, status: ResourceStatus, reason?: string): void {
  resource.status = status
  resource.changedAt = operation.world.clock.now()
  if (reason === undefined) delete resource.reason
  else resource.reason = reason
  addEvent(operation, resource, status, reason)
}

/** Moves the stack to a status and writes the event that stands for the stack itself. */
export function markStack(operation: Operation, status: StackState['status'], reason?: string): void {
  const { stack, world } = operation
  stack.status = status
  if (reason === undefined) delete stack.statusReason
  else stack.statusReason = reason
  if (status === 'DELETE_COMPLETE') stack.deletedAt = world.clock.now()
  addEvent(
    operation,
    { logicalId: stack.name, physicalId: stack.id, type: 'AWS::CloudFormation::Stack' },
    status as ResourceStatus,
    reason,
  )
}

export function addEvent(
  { stack, world }: Pick<Operation, 'stack' | 'world'>,
  resource: Pick<StackResource, 'logicalId' | 'physicalId' | 'type'> & Partial<Pick<StackResource, 'properties'>>,
  status: ResourceStatus,
  reason?: string,
): void {
  const id = world.random.uuid()
  stack.events.push({
    id: resource.logicalId === stack.name ? id : `${resource.logicalId}-${status}-${id}`,
    logicalId: resource.logicalId,
    physicalId: resource.physicalId ?? '',
    type: resource.type,
    status,
    at: world.clock.now(),
    ...(reason !== undefined && { reason }),
    ...(resource.properties && { resourceProperties: asJson(resource.properties) }),
    ...(stack.token !== undefined && { token: stack.token }),
  })
}

/** Each event of a resource has them. */
function asJson(properties: Properties): string {
  const json = written.get(properties) ?? JSON.stringify(properties)
  written.set(properties, json)
  return json
}
const written = new WeakMap<Properties, string>()

/** An error in the words of a resource's event. */
export function reasonOf(error: unknown, { world }: Operation): string {
  if (!(error instanceof AwsError)) return `Internal Failure: ${(error as Error).message}`
  if (error.code === 'ValidationError') return error.message
  return `Resource handler returned message: "${error.message}" (RequestToken: ${world.random.uuid()}, HandlerErrorCode: ${handlerCode(error)})`
}

function handlerCode({ code, status }: AwsError): string {
  if ((HANDLER_CODES as readonly string[]).includes(code)) return code
  if (/AlreadyExists|Duplicate|InUse/.test(code)) return 'AlreadyExists'
  if (/NotFound|NoSuch/.test(code)) return 'NotFound'
  if (/Throttling/.test(code)) return 'Throttling'
  return status < 500 ? 'InvalidRequest' : 'ServiceInternalError'
}
