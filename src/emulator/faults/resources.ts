import { AwsError } from '../errors.ts'
import type { ResourceContext, ResourceType } from '../resources/resource.ts'
import { type Faults, matches } from './faults.ts'
import type { FaultOf } from './model.ts'

type Verb = 'create' | 'update' | 'delete'

interface Place {
  readonly stack: { readonly name: string; readonly status: string }
  readonly type: string
}

/** A resource type whose handlers work as the ordered faults let them. */
export function faultyHandlers(faults: Faults, handlers: ResourceType, place: Place): ResourceType {
  const struck = async (verb: Verb, context: ResourceContext) => strike(faults, place, verb, context)
  const { update } = handlers
  return {
    ...handlers,
    create: async (properties, context) => {
      await struck('create', context)
      return handlers.create(properties, context)
    },
    delete: async (id, properties, context) => {
      await struck('delete', context)
      return handlers.delete(id, properties, context)
    },
    ...(update && {
      update: async (id, properties, before, context) => {
        await struck('update', context)
        return update(id, properties, before, context)
      },
    }),
  }
}

async function strike(faults: Faults, { stack, type }: Place, verb: Verb, context: ResourceContext): Promise<void> {
  const action = /^(UPDATE_)?ROLLBACK_IN_PROGRESS$/.test(stack.status) ? 'rollback' : verb
  const hits = (fault: FaultOf<'delay'> | FaultOf<'fail'>) =>
    matches(fault.stack, stack.name) &&
    matches(fault.resource, context.logicalId) &&
    matches(fault.type, type) &&
    (fault.action ?? action) === action
  const delay = faults.strike('delay', hits)
  if (delay) await context.world.clock.sleep(delay.seconds * 1000, context.signal)
  const failure = faults.strike('fail', hits)
  if (!failure) return
  throw new AwsError(
    failure.code,
    failure.message ?? `Error occurred during operation '${verb.toUpperCase()} ${type}'.`,
  )
}
