import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chance, Clock } from '../context.ts'
import { redacted } from '../plan/redact.ts'
import type { Durations, Evidence, Run, Runs } from '../plan/run.ts'
import { privateHome } from './home.ts'

const KEPT_RUNS = 50
const KEPT_DURATIONS = 500
/** Of a run: enough for every event of three stacks and the last lines of some dozen tasks. */
const MOST_LINES = 5_000
const MOST_BYTES = 2_000_000
/** Of one text, such as a line that a container wrote. */
const MOST_TEXT = 4_000

const ID = /^\d{8}T\d{6}-[0-9a-f]{4}$/

/** Runs as folders below `.img2vid/runs`, written line by line while they go on, so that a kill leaves them too. */
export function diskRuns(clock: Pick<Clock, 'now'>, chance: Pick<Chance, 'uuid'>): Runs {
  const runFolder = (folder: string, id: string) => join(folder, '.img2vid', 'runs', id)

  return {
    durations: (folder) => diskDurations(join(folder, '.img2vid', 'durations.json')),

    begin(folder, head, trouble) {
      const began = clock.now().toISOString()
      const id = `${began.slice(0, 19).replace(/[-:]/g, '')}-${chance.uuid().slice(0, 4)}`
      const home = runFolder(folder, id)
      let lines = 0
      let bytes = 0
      let broken = false
      const attempt = (write: () => void) => {
        if (broken) return
        try {
          write()
        } catch (error) {
          broken = true
          trouble((error as Error).message)
        }
      }
      const record = (run: Run) => {
        const file = join(home, 'run.json')
        writeFileSync(`${file}.new`, `${text(run, 2)}\n`, { mode: 0o600 })
        renameSync(`${file}.new`, file)
      }
      const run: Run = { id, ...head, began }
      attempt(() => {
        const runs = join(privateHome(folder), 'runs')
        mkdirSync(runs, { recursive: true, mode: 0o700 })
        mkdirSync(home, { mode: 0o700 })
        record(run)
        for (const old of readdirSync(runs).filter(isRun).sort().slice(0, -KEPT_RUNS)) {
          rmSync(join(runs, old), { recursive: true, force: true })
        }
      })
      const append = (evidence: Evidence) => {
        const line = `${text({ at: clock.now().toISOString(), ...evidence })}\n`
        lines += 1
        bytes += Buffer.byteLength(line)
        appendFileSync(join(home, 'evidence.ndjson'), line, { mode: 0o600 })
      }
      return {
        id,
        keep(evidence) {
          if (lines > MOST_LINES || bytes > MOST_BYTES) return
          attempt(() => {
            append(evidence)
            if (lines >= MOST_LINES || bytes > MOST_BYTES) {
              append({ kind: 'full' })
              lines = MOST_LINES + 1
            }
          })
        },
        end: (end) => attempt(() => record({ ...run, ended: clock.now().toISOString(), ...end })),
        drop: () => attempt(() => rmSync(home, { recursive: true, force: true })),
      }
    },

    async list(folder) {
      const ids = (await readdir(join(folder, '.img2vid', 'runs')).catch(() => [])).filter(isRun).sort().reverse()
      const runs = await Promise.all(
        ids.map((id) => readFile(join(runFolder(folder, id), 'run.json'), 'utf8').catch(() => '')),
      )
      return runs.flatMap((json) => parsed<Run>(json) ?? []).sort((a, b) => (a.began < b.began ? 1 : -1))
    },

    async evidence(folder, id) {
      if (!isRun(id)) return []
      const all = await readFile(join(runFolder(folder, id), 'evidence.ndjson'), 'utf8').catch(() => '')
      return all.split('\n').flatMap((line) => parsed<Evidence>(line) ?? [])
    },
  }
}

/** Outside of a run. */
export const NO_DURATIONS: Durations = { last: () => undefined, remember: () => {} }

/** All that are remembered, in one file; what it does not take or give is no reason to fail. */
function diskDurations(file: string): Durations {
  const read = (): Record<string, unknown> => {
    try {
      return { ...(JSON.parse(readFileSync(file, 'utf8')) as object) }
    } catch {
      return {}
    }
  }
  return {
    last(what) {
      const seconds = read()[what]
      return typeof seconds === 'number' ? seconds : undefined
    },
    remember(what, seconds) {
      const newest = Object.entries({ ...read(), [what]: seconds }).slice(-KEPT_DURATIONS)
      try {
        writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(newest), null, 2)}\n`, { mode: 0o600 })
        renameSync(`${file}.new`, file)
      } catch {}
    },
  }
}

const isRun = (name: string): boolean => ID.test(name)

/** As JSON, without secrets, each text of it cut to a bearable length. */
const text = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_name, part) => (typeof part === 'string' ? redacted(part.slice(0, MOST_TEXT)) : part), indent)

/** Undefined for a line that was cut off by the end of its writer. */
function parsed<Value>(json: string): Value | undefined {
  try {
    return JSON.parse(json) as Value
  } catch {
    return undefined
  }
}
