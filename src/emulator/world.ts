import type { Clock } from './clock.ts'
import type { faultyCalls } from './faults/calls.ts'
import type { Faults } from './faults/faults.ts'
import type { Random } from './random.ts'
import type { Registry } from './registry/registry.ts'
import type { Balancer } from './runtime/balancer/balancer.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { Services } from './services/index.ts'
import type { RegionState, State } from './state.ts'

/** What a request says about itself, beside its input. */
export interface Call {
  readonly region: string
  readonly requestId: string
}

/** What an embedded AWS is made of. */
export interface Effects {
  /** Tells this embedded AWS's containers from those of another. */
  readonly id: string
  readonly account: string
  /** AWS's own work: creating, booting, draining. May run faster than life. */
  readonly clock: Clock
  /** What depends on the user's container: grace periods, health check failures, stop time-outs. */
  readonly patience: Clock
  readonly random: Random
  readonly runtime: Runtime
  readonly registry: Registry
  readonly balancer: Balancer
  readonly state: State
}

/** Everything that a part of the embedded AWS may touch. */
export interface World extends Effects {
  readonly services: Services
  /** What was ordered to go wrong. */
  readonly faults: Faults
  /** Performs what a client asks for as the ordered faults let it go. */
  readonly perform: ReturnType<typeof faultyCalls>
  region(name: string): RegionState
  /** Runs an activity beside the requests until it ends or the embedded AWS is closed. */
  background(activity: (signal: AbortSignal) => Promise<void>): void
}

export const arn = (world: World, service: string, region: string, resource: string): string =>
  `arn:aws:${service}:${region}:${world.account}:${resource}`
