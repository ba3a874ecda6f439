import type { Endpoint, LocalFaults } from '../plan/fault.ts'
import type { Stored } from '../plan/stored.ts'

export interface LocalServer extends Endpoint {
  readonly pid: number
  /** Whether tasks run as containers; otherwise they are simulated. */
  readonly docker: boolean
}

/** The embedded AWS of a folder. */
export interface Local {
  find(folder: string): Promise<LocalServer | undefined>
  start(folder: string): Promise<LocalServer>
  /** Returns whether it was running. */
  stop(folder: string): Promise<boolean>
  /** Stops it and forgets everything that was in it. */
  reset(folder: string): Promise<void>
  readonly faults: LocalFaults
  /** What it has validated and kept of the stacks of a region, and does not act on. */
  stored(server: Endpoint, region: string): Promise<readonly Stored[]>
  /** Where ports of tasks are on this machine, by the tasks' ARNs and the containers' ports; nowhere when simulated. */
  reached(server: Endpoint, region: string): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>>
}
