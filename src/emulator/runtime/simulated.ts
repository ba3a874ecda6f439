import type { Random } from '../random.ts'
import type { ContainerEvent, Runtime } from './runtime.ts'

interface SimulatedContainer {
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  running: boolean
}

/** Ports are only numbers here: nothing listens on them. */
const FIRST_PORT = 49_152

/** Containers on paper: they start at once, answer every request with 200 and run until they are stopped. */
export function simulatedRuntime(random: Random): Runtime {
  const containers = new Map<string, SimulatedContainer>()
  const listeners = new Set<(event: ContainerEvent) => void>()
  let nextPort = FIRST_PORT

  const exit = (id: string, exitCode: number) => {
    const container = containers.get(id)
    if (!container?.running) return
    container.running = false
    for (const listener of listeners) listener({ type: 'exited', id, exitCode, outOfMemory: false })
  }

  return {
    kind: 'simulated',
    pull: async (image) => {
      const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1]
      return { ...(digest && { digest }) }
    },
    async start(spec) {
      const id = random.hex(64)
      containers.set(id, { image: spec.image, labels: spec.labels, running: true })
      const ports = spec.ports.map(({ containerPort, protocol, hostPort }) => ({
        containerPort,
        protocol,
        hostPort: hostPort ?? nextPort++,
      }))
      if (spec.healthCheck) {
        queueMicrotask(() => {
          for (const listener of listeners) listener({ type: 'health', id, status: 'HEALTHY' })
        })
      }
      return { id, ports }
    },
    stop: async (id) => exit(id, 137),
    async remove(id) {
      exit(id, 137)
      containers.delete(id)
    },
    find: async (labels) =>
      [...containers]
        .filter(([, container]) => Object.entries(labels).every(([name, value]) => container.labels[name] === value))
        .map(([id, { running }]) => ({ id, running })),
    follow: () => {},
    watch(listener, signal) {
      listeners.add(listener)
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true })
    },
    respond: (id) => ({
      status: containers.get(id)?.running ? 200 : 502,
      body: `A simulated task of ${containers.get(id)?.image}: no Docker engine ran it.\n`,
    }),
  }
}
