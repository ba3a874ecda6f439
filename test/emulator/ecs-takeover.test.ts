import { expect, test } from 'vitest'
import { seededRandom } from '../../src/emulator/random.ts'
import type { Runtime } from '../../src/emulator/runtime/runtime.ts'
import { simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import { startEcs } from '../support/ecs.ts'

test('starts one container for a task that is run while the engine is still asked what it has', async () => {
  const simulated = simulatedRuntime(seededRandom(2))
  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  const runtime: Runtime = {
    ...simulated,
    async find(labels) {
      await asked
      return simulated.find(labels)
    },
  }
  const { clock, tasks, register, run } = await startEcs({}, { runtime })
  await run(await register('web'))
  await clock.pass(60)
  answer()
  await clock.pass(60)
  const [task] = await tasks()
  const container = { id: task?.containers?.[0]?.runtimeId, running: true }
  expect(task?.lastStatus).toBe('RUNNING')
  expect(await simulated.find({})).toMatchObject([container])
})
