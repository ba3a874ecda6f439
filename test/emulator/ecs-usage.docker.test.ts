import { expect, test } from 'vitest'
import { busyboxImage, startEcsOnDocker } from '../support/ecs-docker.ts'

test('what containers take is what the engine measures of those that still run', async () => {
  const image = busyboxImage()
  const { run, reached, task, aws } = await startEcsOnDocker()
  const start = async (script: string) => {
    const arn = await run({ image, entryPoint: ['/bin/sh', '-c'], command: [script], memory: 64, cpu: 128 })
    await reached(arn, 'RUNNING')
    const { containers: [container] = [] } = (await task(arn)) ?? {}
    return container?.runtimeId ?? ''
  }
  const busy = await start('while :; do :; done')
  const idle = await start('exec sleep 1000')
  const usage = await aws.emulator.world.runtime.usage([busy, idle, 'f'.repeat(64)])
  const [most, least] = [usage.get(busy)?.cpuUnits ?? 0, usage.get(idle)?.cpuUnits ?? 1]
  expect([usage.size, most > 50, least < 10]).toEqual([2, true, true])
  for (const { memoryMiB } of usage.values()) expect(memoryMiB > 0 && memoryMiB < 64).toBe(true)
})
