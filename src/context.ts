import type { Aws, Target } from './context/aws.ts'
import type { Local } from './context/local.ts'
import type { CommandLine } from './plan/docker.ts'
import type { Durations, Evidence, Runs } from './plan/run.ts'
import type { ResourceSchemas } from './plan/stacks/override-checks.ts'
import type { TemplateTexts } from './plan/template.ts'

export type * from './context/aws.ts'
export type * from './context/local.ts'
export type * from './context/logs.ts'
export type * from './context/lookups.ts'

/** Everything that a command may touch. */
export interface Context {
  /** Who runs the command: user and machine. */
  who(): string
  /** Of the process's environment. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly ui: Ui
  readonly ask: Ask
  readonly run: Run
  readonly files: Files
  readonly clock: Clock
  readonly chance: Chance
  readonly interrupts: Interrupts
  readonly registry: RegistryUpload
  readonly local: Local
  /** What commands leave behind, for `why`. */
  readonly runs: Runs
  /** Takes down what is seen; outside of a run, nothing is kept. */
  keep(evidence: Evidence): void
  /** Outside of a run, nothing is remembered. */
  readonly durations: Durations
  connect(target: Target): Promise<Aws>
  /** What several environments have in common is done once, and they share its result. */
  once<Result>(key: string, action: () => Promise<Result>): Promise<Result>
  /** What this very version of the program has made of a text before; plain data. */
  recall<Result>(text: string, make: () => Promise<Result>): Promise<Result>
}

// ---------------------------------------------------------------------------------------------- the person

export type LaneState = 'waiting' | 'running' | 'done' | 'failed'

/** What goes on, as it goes on. A lane is one thing that is worked on beside others: a stack, an image. */
export type Progress =
  | {
      readonly type: 'lane'
      readonly lane: string
      readonly state: LaneState
      readonly text: string
      /** How long it took the last time, in seconds. */
      readonly expected?: number | undefined
    }
  | {
      readonly type: 'resource'
      readonly lane: string
      readonly resource: string
      readonly state: Exclude<LaneState, 'waiting'>
      readonly reason?: string
    }
  | { readonly type: 'output'; readonly lane: string; readonly line: string }
  | { readonly type: 'note'; readonly text: string }

export interface Ui {
  show(progress: Progress): void
}

/** Questions to a person. Where there is none, `interactive` is false and nothing else may be called. */
export interface Ask {
  readonly interactive: boolean
  text(question: {
    message: string
    initial?: string
    validate?: (answer: string) => string | undefined
  }): Promise<string>
  choose<Value extends string>(question: {
    message: string
    choices: readonly { value: Value; label: string }[]
    initial?: Value
    /** Takes the question back. */
    signal?: AbortSignal
  }): Promise<Value>
  chooseSome(question: {
    message: string
    choices: readonly { value: string; label: string; checked: boolean }[]
  }): Promise<readonly string[]>
  confirm(question: { message: string; initial: boolean }): Promise<boolean>
}

// ---------------------------------------------------------------------------------------------- the machine

export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs to the end. Calls back for each line of both streams. A program that is not there ends with 127. */
export type Run = (command: CommandLine, line?: (text: string) => void) => Promise<RunResult>

export interface Files {
  readonly workingDirectory: string
  readonly templates: TemplateTexts
  /** Where the user's docker has its configuration. */
  readonly dockerFolder: string
  /** What AWS takes as properties of its resources, by type. */
  resourceSchemas(): Promise<ResourceSchemas>
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>
  write(path: string, text: string): Promise<void>
  makeDirectory(path: string): Promise<void>
  exists(path: string): Promise<boolean>
  /**
   * A new private folder with these files, which may be programs, and with links to the folders in another; removed with
   * all that is its own when the action ends.
   */
  withPrivateFolder<Result>(
    contents: Readonly<Record<string, string>>,
    action: (path: string) => Promise<Result>,
    other?: string,
  ): Promise<Result>
  /**
   * A digest of everything that a build depends on: the files that are sent, the Dockerfile, `settings`. The project's
   * folder keeps what is known of big files; `changed` is called, perhaps more than once, before one is read that is not
   * as it was known.
   */
  contextDigest(
    build: { context: string; dockerfile: string; settings: readonly string[] },
    folder: string,
    changed: () => void,
  ): Promise<string>
  absolute(...path: readonly string[]): string
}

export interface Clock {
  now(): Date
  sleep(milliseconds: number): Promise<void>
}

/** What may end a command before its time: Ctrl-C, or the time that was given. */
export interface Interrupts {
  during<Result>(run: {
    action(): Promise<Result>
    /**
     * What becomes of it: the action goes on when this returns, and is left for what this throws. The signal says that it
     * has come to its end meanwhile.
     */
    decide(why: 'interrupted' | 'timed-out', over: AbortSignal): Promise<void>
    /** In seconds. */
    timeout?: number
  }): Promise<Result>
}

export interface Chance {
  uuid(): string
  /** From 0 to 1, which it never is. */
  random(): number
}

/** Images into a registry without `docker push`, for engines that cannot reach it and machines without one. */
export interface RegistryUpload {
  /** An archive as `docker save` writes it, run by the command. Returns the digest. */
  saved(command: CommandLine, to: RegistryTarget): Promise<string>
  /** An image of one small file that stands for one that could not be built. Returns the digest. */
  placeholder(configuration: Readonly<Record<string, unknown>>, content: string, to: RegistryTarget): Promise<string>
}

export interface RegistryTarget {
  /** `host[:port]/name` as the API gives it. */
  readonly repositoryUri: string
  readonly tag: string
  readonly password: string
}
