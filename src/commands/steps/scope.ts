import type { StackInfo } from '../../context.ts'
import type { Finding } from '../../plan/forecast/finding.ts'
import type { Environment, Service } from '../../plan/manifest/model.ts'
import type { PlacedBuild } from './build-inputs.ts'

/** What is going to be touched: only that is looked at. */
export interface Scope {
  readonly environment: Environment
  /** The environment's stack, with what is there of it already. */
  readonly shared: { readonly live: StackInfo | undefined } | undefined
  readonly services: readonly Service[]
  /** Names of those that are not there yet. */
  readonly fresh: readonly string[]
  /** Whose images are built here. */
  readonly builds: readonly PlacedBuild[]
}

/** One thing that is looked up. */
export interface Check {
  readonly code: string
  readonly title: string
  look(): Promise<readonly Finding[]>
}
