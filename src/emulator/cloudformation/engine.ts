import { matches } from '../faults/faults.ts'
import type { StackState } from '../services/cloudformation/state.ts'
import type { Call, World } from '../world.ts'
import { create } from './create.ts'
import { remove, rollbackCreate } from './delete.ts'
import { markStack, type Operation } from './operation.ts'
import { cleanUp, rollbackUpdate, update } from './update.ts'

type Phase = (operation: Operation) => Promise<void>

/** What a stack in a status has to do next. A phase ends by moving the stack to its next status. */
const phases: Partial<Record<StackState['status'], Phase>> = {
  CREATE_IN_PROGRESS: create,
  ROLLBACK_IN_PROGRESS: rollbackCreate,
  DELETE_IN_PROGRESS: remove,
  UPDATE_IN_PROGRESS: update,
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: cleanUp,
  UPDATE_ROLLBACK_IN_PROGRESS: rollbackUpdate,
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: cleanUp,
}

export const inProgress = ({ status }: StackState): boolean => status in phases

/** A stack that was ordered to be stuck stays in its status for as long. */
async function held({ world, stack, signal }: Operation): Promise<void> {
  const hold = world.faults.strike(
    'stuck',
    (fault) => matches(fault.stack, stack.name) && matches(fault.status, stack.status),
  )
  if (hold) await world.clock.sleep(hold.seconds * 1000, signal)
}

/** Thrown into a running phase when another operation takes over. */
class TakenOver extends Error {}

/** Runs stacks, one operation at a time each. */
export interface Engine {
  /** Moves the stack to the status and carries on from there; a running operation is stopped where it is. */
  start(call: Call, stack: StackState, status: StackState['status'], reason?: string): void
  /** Carries on with all stacks that were in progress when the state was saved. */
  resume(): void
}

const engines = new WeakMap<World, Engine>()

/** The one engine of an embedded AWS. */
export function engineOf(world: World): Engine {
  const engine = engines.get(world) ?? createEngine(world)
  engines.set(world, engine)
  return engine
}

function createEngine(world: World): Engine {
  const running = new Map<string, { readonly takeover: AbortController; readonly ended: Promise<void> }>()

  function drive(call: Call, stack: StackState): void {
    const before = running.get(stack.id)
    before?.takeover.abort(new TakenOver('Another operation took over.'))
    const takeover = new AbortController()
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    running.set(stack.id, { takeover, ended })
    world.background(async (closing) => {
      await before?.ended
      const operation = { world, call, stack, signal: AbortSignal.any([closing, takeover.signal]) }
      try {
        for (let phase = phases[stack.status]; phase; phase = phases[stack.status]) {
          await held(operation)
          await phase(operation)
        }
      } catch (error) {
        if (!takeover.signal.aborted) throw error
      } finally {
        if (running.get(stack.id)?.takeover === takeover) running.delete(stack.id)
        end()
      }
    })
  }

  return {
    start(call, stack, status, reason) {
      markStack({ world, call, stack, signal: new AbortController().signal }, status, reason)
      drive(call, stack)
    },
    resume() {
      for (const [region, { cloudformation }] of Object.entries(world.state.regions)) {
        for (const stack of Object.values(cloudformation.stacks)) {
          if (inProgress(stack)) drive({ region, requestId: world.random.uuid() }, stack)
        }
      }
    },
  }
}
