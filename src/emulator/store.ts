import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { emptyFaults } from './faults/faults.ts'
import { bare, emptyState, fullRegion, type State } from './state.ts'

const DATE = '$date'
/** An object that has one of these names itself, such as tags of a user's choice, is kept as a list of its entries. */
const ENTRIES = '$entries'

/** The state as JSON text in which dates stay dates. */
export function serialize(state: State): string {
  return JSON.stringify(state, function (this: Record<string, unknown>, key, value) {
    const original = this[key]
    if (original instanceof Date) return { [DATE]: original.toISOString() }
    return isObject(value) && (DATE in value || ENTRIES in value) ? { [ENTRIES]: Object.entries(value) } : value
  })
}

export function deserialize(text: string): State {
  return JSON.parse(text, (_key, value) => {
    if (!isObject(value)) return value
    if (DATE in value) return new Date(value[DATE] as string)
    return ENTRIES in value ? Object.fromEntries(value[ENTRIES] as [string, unknown][]) : value
  }) as State
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** What was saved, or an empty state when nothing was. */
export function readState(file: string): State {
  try {
    const { iam, regions, faults = emptyFaults() } = deserialize(readFileSync(file, 'utf8'))
    for (const [name, region] of Object.entries(regions)) regions[name] = fullRegion(region)
    return { iam: bare(iam), faults, regions }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyState()
    throw error
  }
}

export interface Saver {
  /** Something may have changed: it is saved soon. */
  changed(): void
  /** Saves what is not saved yet. */
  flush(): void
}

/** Milliseconds. Services that run change a little ten times a second: to save each time would take 3 % of a core for ever. */
const LEAST_DELAY = 500
/** Saving takes at most a tenth of the time. */
const REST = 10

/**
 * Writes the state to its file some time after it changed; the file is complete at every moment. What goes wrong by the
 * way is reported, and tried again after the next change.
 */
export function stateSaver(file: string, state: State, report: (error: unknown) => void): Saver {
  let saved = ''
  let timer: NodeJS.Timeout | undefined
  let delay = LEAST_DELAY

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const started = performance.now()
    const text = serialize(state)
    if (text !== saved) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      // Values of secrets are in it: for its owner only.
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
      saved = text
    }
    delay = Math.max(LEAST_DELAY, (performance.now() - started) * REST)
  }

  return {
    changed() {
      timer ??= setTimeout(() => {
        try {
          flush()
        } catch (error) {
          report(error)
        }
      }, delay)
    },
    flush,
  }
}
