import type { Outcome, Problem } from '../errors.ts'

/** What a command that changes AWS, or follows what does, is about; known when it begins. */
export interface RunHead {
  readonly command: 'deploy' | 'destroy' | 'push' | 'watch'
  readonly app: string
  readonly environment: string
  readonly region: string
  /** On the embedded AWS. */
  readonly local: boolean
  readonly who: string
}

interface RunEnd {
  readonly outcome: Outcome
  readonly exitCode: number
  /** As `--json` prints it. */
  readonly error?: {
    readonly outcome: Outcome
    readonly message: string
    readonly hint: string | null
    readonly problems: readonly Problem[]
  }
  readonly result?: unknown
}

/** A run without an end is still going on, or was killed. */
export interface Run extends RunHead, Partial<RunEnd> {
  /** Sorts by time: `20261121T061203-4f2a`. */
  readonly id: string
  readonly began: string
  readonly ended?: string
}

/** What was seen while waiting. Never a variable of a container, never a credential. */
export type Evidence = { readonly at?: string } & (
  | {
      readonly kind: 'resource'
      readonly stack: string
      readonly resource: string
      readonly type: string
      readonly status: string
      readonly reason?: string
    }
  | {
      readonly kind: 'task'
      readonly service: string
      readonly task: string
      readonly stopCode?: string
      readonly reason: string
      readonly containers: readonly { readonly name: string; readonly exitCode?: number; readonly reason?: string }[]
    }
  /** The last lines of a task; later ones stand for all before. */
  | { readonly kind: 'lines'; readonly service: string; readonly task: string; readonly lines: readonly string[] }
  | {
      readonly kind: 'target'
      readonly service: string
      readonly target: string
      readonly state: string
      readonly reason: string
    }
  | { readonly kind: 'launch'; readonly service: string; readonly zone: string; readonly message: string }
  | { readonly kind: 'event'; readonly service: string; readonly text: string }
  | {
      readonly kind: 'verdict'
      readonly service: string
      readonly cause: string
      readonly advice: string
      readonly task?: string
    }
  /** How an operation on a stack ended. */
  | { readonly kind: 'end'; readonly stack: string; readonly status: string }
  /** There was more than is kept. */
  | { readonly kind: 'full' }
)

interface Recording {
  readonly id: string
  keep(evidence: Evidence): void
  end(end: RunEnd): void
  /** Somebody has thought better of it: as if it had never begun. */
  drop(): void
}

/** How many seconds something took the last time that it went well. */
export interface Durations {
  last(what: string): number | undefined
  remember(what: string, seconds: number): void
}

/** What commands leave behind in a folder: bounded, private, and never a reason to fail. */
export interface Runs {
  durations(folder: string): Durations
  /** What the disk does not take is told once. */
  begin(folder: string, head: RunHead, trouble: (message: string) => void): Recording
  /** Newest first. */
  list(folder: string): Promise<readonly Run[]>
  /** In the order in which it was seen. */
  evidence(folder: string, id: string): Promise<readonly Evidence[]>
}
