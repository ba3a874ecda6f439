import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { acceleratedClock, type Clock } from '../../src/emulator/clock.ts'
import { createEmulator, type Emulator } from '../../src/emulator/emulator.ts'
import { withFaults } from '../../src/emulator/faults/admin.ts'
import { seededRandom } from '../../src/emulator/random.ts'
import { diskRegistry } from '../../src/emulator/registry/disk.ts'
import type { Balancer } from '../../src/emulator/runtime/balancer/balancer.ts'
import { socketBalancer } from '../../src/emulator/runtime/balancer/sockets.ts'
import type { Runtime } from '../../src/emulator/runtime/runtime.ts'
import { simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import { emptyState, type State } from '../../src/emulator/state.ts'
import { withTold } from '../../src/emulator/told.ts'
import { awsRequestListener } from '../../src/emulator/wire/http.ts'

const ACCOUNT = '000000000000'
/** An emulated hour takes less than half a second. */
const SPEED = 10_000

export interface TestAws {
  readonly emulator: Emulator
  readonly endpoint: string
  /** What every SDK client of the test needs. */
  readonly client: {
    readonly region: string
    readonly endpoint: string
    readonly maxAttempts: number
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
  /** Asks until the answer is not undefined or false, as fast as the emulated clock runs. */
  eventually<Answer>(ask: () => Promise<Answer | undefined | false>): Promise<Answer>
}

/** An embedded AWS on a loopback port, closed at the end of the test. Broken activities fail the test. */
export async function startAws(
  options: {
    runtime?: Runtime
    balancer?: Balancer
    clock?: Clock
    patience?: Clock
    speed?: number
    id?: string
    state?: State
    seed?: number
    directory?: string
  } = {},
): Promise<TestAws> {
  const clock = options.clock ?? acceleratedClock(options.speed ?? SPEED)
  const random = seededRandom(options.seed ?? 1)
  const broken: unknown[] = []
  const directory = options.directory ?? join(tmpdir(), `img2vid-test-${randomUUID()}`)
  const emulator = createEmulator({
    id: options.id ?? randomUUID(),
    account: ACCOUNT,
    clock,
    patience: options.patience ?? clock,
    random,
    runtime: options.runtime ?? simulatedRuntime(random),
    registry: diskRegistry(directory),
    balancer: options.balancer ?? socketBalancer(),
    state: options.state ?? emptyState(),
    report: (error) => broken.push(error),
  })
  const { world } = emulator
  const server = createServer(withTold(world, withFaults(world.faults, awsRequestListener(emulator))))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
    if (broken.length > 0) throw new AggregateError(broken, 'activities of the emulator broke')
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    emulator,
    endpoint,
    client: {
      region: 'us-east-1',
      endpoint,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    async eventually(ask) {
      for (let attempt = 0; attempt < 2000; attempt++) {
        const answer = await ask()
        if (answer !== undefined && answer !== false) return answer
        await clock.sleep(10_000)
      }
      throw new Error('It never came true.')
    },
  }
}
