import { expect, test } from 'vitest'
import { deploy, deployEach } from '../../src/commands/deploy.ts'
import { destroyEach } from '../../src/commands/destroy.ts'
import { deployer, isThrottled } from './deployer.ts'

const [deployAll, , outcomeOf] = deployEach
const [destroyAll] = destroyEach
const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index + 1}`)

/** The rates that AWS documents, or that deployers observe, are on. */
async function rated(environments: readonly string[]) {
  const world = await deployer(environments)
  world.aws.emulator.world.faults.add({ kind: 'rates' })
  return world
}

test('fifty environments at once take little longer than one, and none of their calls is refused', async () => {
  const alone = await rated(['dev'])
  const one = await alone.measured(() => deploy(alone.flags, alone.contextFor('ann@laptop')))

  const { aws, contextFor, measured, flags } = await rated(names(50))
  const context = contextFor('ann@laptop')
  const all = await measured(() => deployAll({ ...flags, env: 'all' }, context))
  expect(outcomeOf(all.result)).toBe('done')
  expect(all.seconds).toBeLessThan(1.5 * one.seconds)
  expect(all.calls.length).toBeLessThan(60 * one.calls.length)
  expect(all.calls.filter(isThrottled)).toEqual([])
  const pushed = all.calls.filter(({ operation }) => operation === 'GetAuthorizationToken')
  expect(pushed).toHaveLength(1)

  const gone = await measured(() => destroyAll({ ...flags, env: 'all', images: true }, context))
  expect(outcomeOf(gone.result as typeof all.result)).toBe('done')
  expect(
    Object.values(aws.emulator.world.region('us-east-1').cloudformation.stacks).filter(
      ({ status }) => status !== 'DELETE_COMPLETE',
    ),
  ).toEqual([])
  await aws.emulator.close()
}, 120_000)
