import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { emptyState, type State } from './state.ts'

const DATE = '$date'

/** The state as JSON text in which dates stay dates. */
export function serialize(state: State): string {
  return JSON.stringify(state, function (this: Record<string, unknown>, key, value) {
    const original = this[key]
    return original instanceof Date ? { [DATE]: original.toISOString() } : value
  })
}

export function deserialize(text: string): State {
  return JSON.parse(text, (_key, value) =>
    typeof value === 'object' && value !== null && DATE in value ? new Date(value[DATE]) : value,
  ) as State
}

/** What was saved, or an empty state when nothing was. */
export function readState(file: string): State {
  try {
    return { ...emptyState(), ...deserialize(readFileSync(file, 'utf8')) }
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

const LEAST_DELAY = 100
/** Saving takes at most a tenth of the time. */
const REST = 10

/** Writes the state to its file some time after it changed; the file is complete at every moment. */
export function stateSaver(file: string, state: State): Saver {
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
      timer ??= setTimeout(flush, delay)
    },
    flush,
  }
}
