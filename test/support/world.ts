import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmulator } from '../../src/emulator/emulator.ts'
import { seededRandom } from '../../src/emulator/random.ts'
import { diskRegistry } from '../../src/emulator/registry/disk.ts'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import type { Runtime } from '../../src/emulator/runtime/runtime.ts'
import { simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import { emptyState, type State } from '../../src/emulator/state.ts'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

export const REGION = 'us-east-1'
export const CALL = { region: REGION, requestId: 'test' }

/** An embedded AWS without sockets, in a time that only the test lets pass: every moment of it can be looked at. */
export function startWorld(options: { state?: State; clock?: VirtualClock; runtime?: Runtime; seed?: number } = {}) {
  const clock = options.clock ?? virtualClock()
  const random = seededRandom(options.seed ?? 1)
  const broken: unknown[] = []
  const emulator = createEmulator({
    id: 'test',
    account: '000000000000',
    clock,
    patience: clock,
    random,
    runtime: options.runtime ?? simulatedRuntime(random),
    registry: diskRegistry(join(tmpdir(), `img2vid-test-${randomUUID()}`)),
    balancer: paperBalancer(),
    state: options.state ?? emptyState(),
    report: (error) => broken.push(error),
  })
  const { world } = emulator
  return {
    world,
    clock,
    services: world.services,
    region: () => world.region(REGION),
    /** Lets time pass until the condition holds; what broke in the meantime is thrown. */
    async until(condition: () => boolean) {
      await clock.until(() => broken.length > 0 || condition())
      if (broken.length > 0) throw new AggregateError(broken, 'activities of the emulator broke')
    },
    async close() {
      await emulator.close()
      if (broken.length > 0) throw new AggregateError(broken, 'activities of the emulator broke')
    },
  }
}
export type TestWorld = ReturnType<typeof startWorld>
