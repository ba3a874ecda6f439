import type { Random } from '../random.ts'
import { type Fault, type FaultKind, type FaultOf, type Order, type OrderProblem, readOrder } from './model.ts'

export interface FaultsState {
  /** How many were ever ordered; ids come from it. */
  ordered: number
  list: Fault[]
}

export const emptyFaults = (): FaultsState => ({ ordered: 0, list: [] })

/** An order that cannot be taken. */
export class FaultOrderError extends Error {
  constructor(readonly problems: readonly OrderProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('; '))
  }
}

/** The faults that a person or a test ordered in an embedded AWS. */
export interface Faults {
  list(): readonly Fault[]
  /** Throws FaultOrderError. */
  add(order: Order): Fault
  /** Returns whether it was there. */
  remove(id: string): boolean
  /** Returns how many there were. */
  clear(): number
  /** Those of a kind that are still there, without striking. */
  of<Kind extends FaultKind>(kind: Kind): readonly FaultOf<Kind>[]
  /** The first fault of the kind that hits and, by its chance, strikes. It has struck then, and may be used up. */
  strike<Kind extends FaultKind>(kind: Kind, hits: (fault: FaultOf<Kind>) => boolean): FaultOf<Kind> | undefined
  /** Hears of every fault that is ordered from now on. */
  onAdd(listener: (fault: Fault) => void): void
}

export function createFaults(state: FaultsState, random: Random): Faults {
  const listeners: ((fault: Fault) => void)[] = []
  const of = <Kind extends FaultKind>(kind: Kind) =>
    state.list.filter((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind) as FaultOf<Kind>[]
  const remove = (id: string) => {
    const before = state.list.length
    state.list = state.list.filter((fault) => fault.id !== id)
    return state.list.length < before
  }

  return {
    of,
    remove,
    list: () => state.list,
    add(order) {
      const read = readOrder(order)
      if ('problems' in read) throw new FaultOrderError(read.problems)
      state.ordered += 1
      const fault = { id: `fault-${state.ordered}`, struck: 0, ...read.fields } as Fault
      state.list = [...state.list, fault]
      for (const listener of listeners) listener(fault)
      return fault
    },
    clear() {
      const count = state.list.length
      state.list = []
      return count
    },
    strike(kind, hits) {
      for (const fault of of(kind)) {
        const { times, probability = 1 } = fault as { times?: number; probability?: number }
        if (!hits(fault) || (probability < 1 && random.fraction() >= probability)) continue
        fault.struck += 1
        if (times !== undefined && fault.struck >= times) remove(fault.id)
        return fault
      }
      return undefined
    },
    onAdd: (listener) => listeners.push(listener),
  }
}

/** Whether a value is what a pattern asks for; `*` stands for any text. What no pattern asks for matches. */
export function matches(pattern: string | undefined, value: string): boolean {
  if (pattern === undefined) return true
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(value)
}
