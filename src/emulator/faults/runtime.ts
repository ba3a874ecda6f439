import type { Clock } from '../clock.ts'
import { type ContainerEvent, type ContainerSpec, PullError, type Runtime } from '../runtime/runtime.ts'
import { type Faults, matches } from './faults.ts'
import type { FaultKind, FaultOf } from './model.ts'

/** What the engine says of a container that the kernel killed. */
const KILLED = 137

interface Surroundings {
  readonly faults: Faults
  /** Time for the user's containers. */
  readonly patience: Clock
  background(activity: (signal: AbortSignal) => Promise<void>): void
}

type ContainerKind = {
  [Kind in FaultKind]: FaultOf<Kind> extends { container?: string | undefined } ? Kind : never
}[FaultKind]

/** A runtime whose images and containers fare as the ordered faults say. */
export function faultyRuntime(runtime: Runtime, { faults, patience, background }: Surroundings): Runtime {
  const listeners = new Set<(event: ContainerEvent) => void>()
  /** A container ends once: when its end was ordered, what the engine says of it is not heard. */
  const ended = new Set<string>()
  const sick = new Set<string>()

  const strike = <Kind extends ContainerKind>(kind: Kind, { image, labels }: ContainerSpec) =>
    faults.strike(
      kind,
      (fault) =>
        matches(fault.image, image) &&
        matches(fault.family, labels['com.amazonaws.ecs.task-definition-family'] ?? '') &&
        matches(fault.container, labels['com.amazonaws.ecs.container-name'] ?? ''),
    )

  const endLater = (id: string, seconds: number, exitCode: number, outOfMemory: boolean) =>
    background(async (signal) => {
      await patience.sleep(seconds * 1000, signal)
      if (ended.has(id)) return
      ended.add(id)
      await runtime.stop(id, 0)
      for (const listener of listeners) listener({ type: 'exited', id, exitCode, outOfMemory })
    })

  return {
    ...runtime,
    async pull(image, login, windows) {
      const fault = faults.strike('pull', (one) => matches(one.image, image))
      if (fault) throw new PullError(fault.message ?? notFound(image))
      return runtime.pull(image, login, windows)
    },
    async start(spec) {
      const started = await runtime.start(spec)
      const killed = strike('out-of-memory', spec)
      const exit = killed ? undefined : strike('exit', spec)
      if (killed) endLater(started.id, killed.seconds, KILLED, true)
      if (exit) endLater(started.id, exit.seconds, exit.code, false)
      if (spec.healthCheck && strike('unhealthy-container', spec)) sick.add(started.id)
      return started
    },
    watch(listener, signal) {
      listeners.add(listener)
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true })
      runtime.watch((event) => {
        if (event.type === 'exited') {
          if (ended.has(event.id)) return
          ended.add(event.id)
        }
        listener(event.type === 'health' && sick.has(event.id) ? { ...event, status: 'UNHEALTHY' } : event)
      }, signal)
    },
  }
}

const notFound = (image: string): string =>
  `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`
