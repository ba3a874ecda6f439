import type { Random } from '../random.ts'
import type { ContainerEvent, ContainerPort, ContainerSpec, ContainerUsage, Runtime } from './runtime.ts'

/** How a simulated container behaves. Left out, it runs until it is stopped and answers every request with 200. */
export interface SimulatedBehaviour {
  readonly lines?: readonly string[]
  /** It ends by itself, right after its start. */
  readonly exitCode?: number
  readonly outOfMemory?: boolean
  /** The status with which it answers a path. */
  readonly answer?: (path: string) => number
  readonly health?: 'HEALTHY' | 'UNHEALTHY'
  /** What it takes whenever it is asked. */
  readonly usage?: () => ContainerUsage
}

interface SimulatedContainer extends SimulatedBehaviour {
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  running: boolean
}

/** Ports are only numbers here: nothing listens on them. */
const FIRST_PORT = 49_152
const KILLED = 137

/** Containers on paper. */
export function simulatedRuntime(
  random: Random,
  behave: (spec: ContainerSpec) => SimulatedBehaviour = () => ({}),
): Runtime {
  const containers = new Map<string, SimulatedContainer>()
  const listeners = new Set<(event: ContainerEvent) => void>()
  let nextPort = FIRST_PORT
  const tell = (event: ContainerEvent) => {
    for (const listener of listeners) listener(event)
  }
  const publish = (ports: readonly ContainerPort[]) => ports.map((port) => ({ ...port, hostPort: nextPort++ }))

  const exit = (id: string, exitCode: number) => {
    const container = containers.get(id)
    if (!container?.running) return
    container.running = false
    tell({ type: 'exited', id, exitCode, outOfMemory: container.outOfMemory ?? false })
  }

  return {
    kind: 'simulated',
    pull: async (image) => {
      const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1]
      return { ...(digest && { digest }) }
    },
    async start(spec) {
      const id = random.hex(64)
      const behaviour = behave(spec)
      containers.set(id, { ...behaviour, image: spec.image, labels: spec.labels, running: true })
      const ports = publish(spec.ports)
      const speak = () => {
        if (spec.healthCheck) tell({ type: 'health', id, status: behaviour.health ?? 'HEALTHY' })
        if (behaviour.exitCode !== undefined) exit(id, behaviour.exitCode)
      }
      // Whoever starts it has to know it before it speaks: a tick asked for by a promise comes after all promises.
      void Promise.resolve().then(() => process.nextTick(speak))
      return { id, ports }
    },
    async openNetwork({ labels, ports }) {
      const id = random.hex(64)
      containers.set(id, { image: '', labels, running: true })
      return { id, ports: publish(ports) }
    },
    stop: async (id) => exit(id, KILLED),
    async remove(id) {
      exit(id, KILLED)
      containers.delete(id)
    },
    removeVolumes: async () => {},
    removeNetworks: async () => {},
    find: async (labels) =>
      [...containers]
        .filter(([, container]) => Object.entries(labels).every(([name, value]) => container.labels[name] === value))
        .map(([id, { running, exitCode = KILLED, outOfMemory = false }]) => ({ id, running, exitCode, outOfMemory })),
    usage: async (ids) =>
      new Map(
        ids.flatMap((id) => {
          const container = containers.get(id)
          return container?.running ? [[id, container.usage?.() ?? { cpuUnits: 0, memoryMiB: 0 }] as const] : []
        }),
      ),
    async follow(id, line, _signal, since) {
      if (!since) for (const text of containers.get(id)?.lines ?? []) line(text, new Date())
    },
    watch(listener, signal) {
      listeners.add(listener)
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true })
    },
    gpus: true,
    responder(id) {
      return (path) => {
        const container = containers.get(id)
        if (!container?.running) return { status: 502, body: '' }
        return {
          status: container.answer?.(path) ?? 200,
          body: `A simulated task of ${container.image}: no Docker engine ran it.\n`,
        }
      }
    },
  }
}
