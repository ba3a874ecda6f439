import { AwsError } from '../errors.ts'
import type { ResourceContext, ResourceType } from '../resources/resource.ts'
import { type Faults, matches } from './faults.ts'
import type { FaultOf } from './model.ts'

export type Verb = 'create' | 'update' | 'delete'

interface Place {
  readonly stack: { readonly name: string; readonly status: string }
  readonly type: string
}

/** A resource type whose handlers work as the ordered faults let them. */
export function faultyHandlers(faults: Faults, handlers: ResourceType, place: Place): ResourceType {
  const begin = (verb: Verb, context: ResourceContext) => beforeHandler(faults, place, verb, context)
  const { update } = handlers
  return {
    ...handlers,
    create: async (properties, context) => {
      await begin('create', context)
      return handlers.create(properties, context)
    },
    delete: async (id, properties, context) => {
      await begin('delete', context)
      await handlers.delete(id, properties, context)
      afterHandler(faults, place, 'delete', context)
    },
    ...(update && {
      update: async (id, properties, before, context) => {
        await begin('update', context)
        return update(id, properties, before, context)
      },
    }),
  }
}

async function beforeHandler(faults: Faults, place: Place, verb: Verb, context: ResourceContext): Promise<void> {
  const hits = aimedAt(place, verb, context)
  const delay = faults.strike('delay', hits)
  if (delay) await context.world.clock.sleep(delay.seconds * 1000, context.signal)
  const failure = faults.strike('fail', (fault) => fault.when === 'before' && hits(fault))
  if (!failure) return
  const { code = 'GeneralServiceException', message } = failure
  throw new AwsError(code, message ?? `Error occurred during operation '${verb.toUpperCase()} ${place.type}'.`)
}

/** What was done stands, and yet it fails: it does not become what it should be. */
export function afterHandler(faults: Faults, place: Place, verb: Verb, context: ResourceContext): void {
  const hits = aimedAt(place, verb, context)
  const failure = faults.strike('fail', (fault) => fault.when === 'after' && hits(fault))
  if (!failure) return
  const { code = 'NotStabilized', message = 'Exceeded attempts to wait' } = failure
  throw new AwsError(code, message)
}

function aimedAt({ stack, type }: Place, verb: Verb, { logicalId }: ResourceContext) {
  const action = /^(UPDATE_)?ROLLBACK_IN_PROGRESS$/.test(stack.status) ? 'rollback' : verb
  return (fault: FaultOf<'delay'> | FaultOf<'fail'>): boolean =>
    matches(fault.stack, stack.name) &&
    matches(fault.resource, logicalId) &&
    matches(fault.type, type) &&
    (fault.action ?? action) === action
}
