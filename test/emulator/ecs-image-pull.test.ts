import { expect, test } from 'vitest'
import type { Life } from '../../src/emulator/services/ecs/container-life.ts'
import { arrival } from '../../src/emulator/services/ecs/image-pull.ts'
import type { ContainerInstanceState } from '../../src/emulator/services/ecs/state.ts'
import { simulatedAws } from '../simulation/aws.ts'
import { REGION } from '../support/world.ts'

/** An AWS with an instance, and how long it takes on it or on Fargate until an image is there. */
async function pulls() {
  const aws = simulatedAws(1)
  const { world } = aws.emulator
  const call = { region: REGION, requestId: '1' }
  const { repository } = await world.services.ecr.CreateRepository({ repositoryName: 'app' }, call)
  world.region(REGION).ecs.containerInstances.instance = { arn: 'instance' } as ContainerInstanceState
  const taken = async (launchType: 'EC2' | 'FARGATE', image: string): Promise<number> => {
    const task = { launchType, ...(launchType === 'EC2' && { containerInstanceArn: 'instance' }) }
    const begun = aws.clock.now().getTime()
    let over = false
    const going = arrival({ world, call, task, signal: new AbortController().signal } as Life, image)
    void going.then(() => {
      over = true
    })
    await aws.clock.until(() => over)
    return (aws.clock.now().getTime() - begun) / 1_000
  }
  const push = (bytes: number) =>
    `${repository?.repositoryUri}@${aws.push('app', `v${bytes}`, `FROM v${bytes}`, bytes)}`
  return { push, taken, uri: repository?.repositoryUri }
}

test('an image takes as long to be pulled as its size says, and an instance that has its layers needs no time', async () => {
  const { push, taken, uri } = await pulls()
  const [image, other] = [push(2_800_000_000), push(420_000_000)]
  expect(await taken('EC2', image)).toBe(100)
  expect([await taken('EC2', image), await taken('EC2', other)]).toEqual([0, 15])
  expect([await taken('FARGATE', other), await taken('FARGATE', other)]).toEqual([28, 28])
  expect([await taken('EC2', `${uri}:v420000000`), await taken('FARGATE', 'example.org/app:1')]).toEqual([0, 0])
})
