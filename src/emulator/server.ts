import { mkdirSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { acceleratedClock, type Clock } from './clock.ts'
import { createEmulator, type Emulator } from './emulator.ts'
import { withFaults } from './faults/admin.ts'
import { listenOnLoopback } from './loopback.ts'
import { seededRandom } from './random.ts'
import { diskRegistry } from './registry/disk.ts'
import { socketBalancer } from './runtime/balancer/sockets.ts'
import { handOverImage } from './runtime/docker/hand-over.ts'
import { dockerRuntime, findEngine } from './runtime/docker/runtime.ts'
import { withForeign } from './runtime/foreign.ts'
import { OWNER_LABEL } from './runtime/labels.ts'
import { simulatedRuntime } from './runtime/simulated.ts'
import { readState, stateSaver } from './store.ts'
import { withTold } from './told.ts'
import { awsRequestListener } from './wire/http.ts'
import type { World } from './world.ts'

export interface ServerOptions {
  /** Everything that it keeps: state, images, private files. */
  readonly directory: string
  readonly port?: number
  /** How much faster than life AWS's own work goes. */
  readonly speed: number
  /** How much faster than life time passes for the user's containers. */
  readonly patience: number
  /** Tells this embedded AWS's containers from those of another. */
  readonly id: string
  readonly seed: number
  readonly docker: boolean
  readonly report: (error: unknown) => void
}

export interface RunningServer {
  readonly port: number
  /** Whether tasks are containers; otherwise they are simulated. */
  readonly docker: boolean
  /** Ends with the tasks' containers removed: the next start replaces them. */
  close(): Promise<void>
}

/** Where a client asks whether it is this server that answers. */
export const HEALTH_PATH = '/_embedded/health'

const ACCOUNT = '000000000000'

/** The embedded AWS on a loopback port, with its state in a directory. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { directory, id } = options
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const stateFile = join(directory, 'state.json')
  const state = readState(stateFile)
  const saver = stateSaver(stateFile, state, options.report)
  const random = seededRandom(options.seed)
  const engine = options.docker ? await findEngine() : undefined
  const registry = diskRegistry(join(directory, 'images'))
  // The engine asks for images of a world that is made a few lines below.
  let world: World | undefined
  const paper = simulatedRuntime(random)
  const runtime = engine
    ? withForeign(
        dockerRuntime({
          ownerLabel: `${OWNER_LABEL}=${id}`,
          directory: join(directory, 'private'),
          limits: engine,
          handOver: async (image) => world && handOverImage(world, image),
        }),
        paper,
      )
    : paper

  const emulator = createEmulator({
    id,
    account: ACCOUNT,
    clock: noticing(acceleratedClock(options.speed), saver.changed),
    patience: noticing(acceleratedClock(options.patience), saver.changed),
    random,
    runtime,
    registry,
    balancer: socketBalancer(),
    state,
    report: options.report,
  })
  world = emulator.world
  const server = createServer(requestListener(emulator, saver.changed, { id, docker: engine !== undefined }))
  // The same as before if it is free, so that what people copied from `local env` stays true.
  const port = await listenOnLoopback(server, options.port)
  return {
    port,
    docker: engine !== undefined,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await emulator.close()
      for (const container of await runtime.find({ [OWNER_LABEL]: id })) await runtime.remove(container.id)
      await runtime.removeNetworks({ [OWNER_LABEL]: id })
      saver.flush()
    },
  }
}

/** Every activity of the embedded AWS wakes up from a wait: after each, the state may be another. */
const noticing = (clock: Clock, changed: () => void): Clock => ({
  now: clock.now,
  sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal).finally(changed),
})

function requestListener(emulator: Emulator, changed: () => void, health: object): RequestListener {
  const { world } = emulator
  const aws = withTold(world, withFaults(world.faults, awsRequestListener(emulator)))
  return (request, response) => {
    if (request.url === HEALTH_PATH) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...health, pid: process.pid }))
      return
    }
    response.on('close', changed)
    aws(request, response)
  }
}
