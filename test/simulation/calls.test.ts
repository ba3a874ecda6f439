import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { status } from '../../src/commands/status.ts'
import { explain } from '../../src/errors.ts'
import { deployer, isThrottled } from './deployer.ts'

/** What is deployed, and from where each call takes ten seconds from now on. */
async function deployedFarAway() {
  const { aws, contextFor, measured, flags } = await deployer(['dev'])
  const context = contextFor('ann@laptop')
  await measured(() => deploy(flags, context))
  aws.emulator.world.faults.add({ kind: 'slow', seconds: 10 })
  return { aws, context, measured, flags }
}

test('a deploy that changes nothing makes at most six calls, in three rounds', async () => {
  const { aws, context, measured, flags } = await deployedFarAway()
  const { result, calls, seconds } = await measured(() => deploy(flags, context))
  expect(result).toMatchObject({ changed: false })
  expect(calls.map(({ service, operation }) => `${service}:${operation}`)).toHaveLength(6)
  // Each takes ten seconds beside the time of a usual call.
  expect(seconds).toBeLessThan(31)
  await aws.emulator.close()
})

test('status asks in two rounds', async () => {
  const { aws, context, measured, flags } = await deployedFarAway()
  const { result, calls, seconds } = await measured(() => status(flags, context))
  const { web } = result.environments.dev?.services ?? {}
  expect(web).toMatchObject({
    running: web?.desired,
    healthy: web?.desired,
    tags: [expect.stringMatching(/^content-/)],
  })
  expect([calls.length, Math.round(seconds / 10)]).toEqual([8, 2])
  await aws.emulator.close()
})

test('fifty processes at once, which know nothing of each other, end well under the documented rates', async () => {
  const environments = Array.from({ length: 50 }, (_, index) => `s${index + 1}`)
  const { aws, contextFor, measured, flags } = await deployer(environments)
  await measured(() => deploy({ ...flags, env: 's1' }, contextFor('ann@laptop')))
  aws.emulator.world.faults.add({ kind: 'rates' })
  const one = (env: string) =>
    deploy({ ...flags, env }, contextFor(`${env}@ci`)).then(
      () => 'done',
      (error: unknown) => explain(error).message,
    )
  const { result, calls, seconds } = await measured(() => Promise.all(environments.map(one)))
  expect(result.filter((outcome) => outcome !== 'done')).toEqual([])
  expect(calls.filter(isThrottled).length / calls.length).toBeLessThan(0.2)
  // One alone takes three minutes; the others make it five.
  expect(seconds).toBeLessThan(8 * 60)
  await aws.emulator.close()
}, 120_000)
