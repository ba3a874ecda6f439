import { setMaxListeners } from 'node:events'
import { AwsError } from './errors.ts'
import { faultyCalls } from './faults/calls.ts'
import { createFaults } from './faults/faults.ts'
import { faultyRuntime } from './faults/runtime.ts'
import { createServices, resume } from './services/index.ts'
import { emptyRegion } from './state.ts'
import type { ServiceName } from './wire/catalogue.ts'
import type { Call, Effects, World } from './world.ts'

export interface EmulatorOptions extends Effects {
  /** Hears of an activity that broke: a bug of the emulator, never of its user. */
  readonly report: (error: unknown) => void
}

/** An AWS in this process. Requests come in as values; `wire/http.ts` puts it on a socket. */
export interface Emulator {
  readonly world: World
  /** Performs an operation. Throws AwsError as AWS would. */
  call(service: ServiceName, operation: string, input: unknown, call: Call): Promise<unknown>
  /** Stops all activities; what they were doing is taken up again by the next emulator with this state. */
  close(): Promise<void>
}

type Handler = (input: unknown, call: Call) => unknown

export function createEmulator(options: EmulatorOptions): Emulator {
  const activities = new Set<Promise<void>>()
  const closing = new AbortController()
  // Every activity that waits listens to it, and there is no end to activities.
  setMaxListeners(0, closing.signal)

  const faults = createFaults(options.state.faults, options.random)
  const background: World['background'] = (activity) => {
    const running = activity(closing.signal)
      .catch((error: unknown) => {
        if (!closing.signal.aborted) options.report(error)
      })
      .finally(() => activities.delete(running))
    activities.add(running)
  }
  const world: World = {
    ...options,
    faults,
    background,
    perform: faultyCalls({
      ...options,
      faults,
      signal: closing.signal,
      caller: `arn:aws:iam::${options.account}:user/local`,
    }),
    runtime: faultyRuntime(options.runtime, { faults, background, patience: options.patience }),
    region(name) {
      options.state.regions[name] ??= emptyRegion(name)
      return options.state.regions[name]
    },
    get services() {
      return services
    },
  }
  const services = createServices(world)
  resume(world)

  return {
    world,
    async call(service, operation, input, call) {
      const handler = (services as Partial<Record<ServiceName, Record<string, Handler>>>)[service]?.[operation]
      if (!handler) {
        throw new AwsError('NotImplemented', `The embedded AWS does not have ${service}:${operation}.`, 501)
      }
      return world.perform({ service, operation, input, region: call.region }, async () => handler(input, call))
    },
    async close() {
      closing.abort(new Error('The embedded AWS was stopped.'))
      await Promise.allSettled(activities)
      await options.registry.close()
      await options.balancer.closeAll()
    },
  }
}
