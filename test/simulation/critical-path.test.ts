import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { deployer } from './deployer.ts'

/** What 10 GB take: two minutes to build, and 20 MB a second to compress and push. */
const BIG = { build: 120, push: 500, bytes: 10e9 }
const SMALL = { build: 20, push: 10, bytes: 100e6 }

/**
 * The chain that AWS and Docker impose: the network and its load balancer beside the image, then the service with the
 * pull of the image. Seconds that each stack took by its own events.
 */
async function firstDeploy(compute: 'gpu' | 'fargate', docker: typeof BIG) {
  const { aws, contextFor, measured, flags } = await deployer(['dev'], compute)
  const { result, seconds } = await measured(() => deploy(flags, contextFor('ann@laptop', docker)))
  expect(result.changed).toBe(true)
  const { cloudformation, ecs } = aws.emulator.world.region('us-east-1')
  const { stacks } = cloudformation
  const took = (name: string) => {
    const { id, events } = Object.values(stacks).find((stack) => stack.name === name) ?? { id: '', events: [] }
    const times = events.filter(({ physicalId }) => physicalId === id).map(({ at }) => at.getTime())
    return (Math.max(...times) - Math.min(...times)) / 1_000
  }
  const [app, environment, service] = ['demo', 'demo-dev', 'demo-dev-web'].map(took) as [number, number, number]
  const image = docker.build + docker.push
  const [task] = Object.values(ecs.tasks)
  const pull = (Number(task?.pullStoppedAt) - Number(task?.pullStartedAt)) / 1_000
  await aws.emulator.close()
  return {
    seconds,
    chain: Math.max(environment, image) + service,
    oneByOne: image + app + environment + service,
    pull,
    took: result.took,
  }
}

test.each([
  ['gpu', BIG, 357, 'image web pushing'],
  ['gpu', SMALL, 4, 'demo-dev LoadBalancer'],
  ['fargate', SMALL, 7, 'demo-dev LoadBalancer'],
] as const)(
  'a first deploy on %s takes little more than AWS and Docker impose',
  async (compute, docker, pulled, longest) => {
    const { seconds, chain, oneByOne, pull, took } = await firstDeploy(compute, docker)
    expect(Math.round(pull)).toBe(pulled)
    expect(seconds).toBeLessThan(1.1 * chain)
    expect(seconds).toBeLessThan(oneByOne)
    expect(took[0]?.what).toBe(longest)
  },
)
