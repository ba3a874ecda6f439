import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { explain } from '../../src/errors.ts'
import { simulatedAws } from './aws.ts'
import { FLAGS, type User } from './command.ts'
import { mortal } from './life.ts'
import { contextOf } from './machine.ts'
import { type Project, writeTo } from './project.ts'
import { warmUp } from './simulate.ts'

const web = {
  name: 'web',
  compute: 'fargate',
  http: true,
  count: 1,
  setting: 1,
  program: 'works',
  version: 1,
} as const

/** A folder and whoever deploys from it. */
async function deployer(environments: readonly string[]) {
  await warmUp()
  const aws = simulatedAws(1)
  const project: Project = { environments, services: [web] }
  const run = (who: string, environment: string) => {
    const user: User = { who, folder: {}, images: new Map(), project }
    writeTo(user.folder, project)
    const context = contextOf(aws, { machine: user, life: mortal(), random: aws.fork(), show: () => {} })
    return deploy({ ...FLAGS, env: environment }, context)
  }
  const ended = async <Result>(action: Promise<Result>): Promise<Result> => {
    let over = false
    const end = () => {
      over = true
    }
    action.then(end, end)
    await aws.clock.until(() => over)
    return action
  }
  return { aws, run, ended }
}

test('a deploy that changes nothing makes at most six calls, in three rounds', async () => {
  const { aws, run, ended } = await deployer(['dev'])
  await ended(run('ann@laptop', 'dev'))
  const before = aws.calls.length
  aws.emulator.world.faults.add({ kind: 'slow', seconds: 10 })
  const begun = aws.clock.now().getTime()
  expect(await ended(run('ann@laptop', 'dev'))).toMatchObject({ changed: false })
  expect(aws.calls.slice(before).map(({ service, operation }) => `${service}:${operation}`)).toHaveLength(6)
  // Of which each takes ten seconds and the time of a usual call.
  expect(aws.clock.now().getTime() - begun).toBeLessThan(31_000)
  await aws.emulator.close()
})

test('fifty environments at once come up under the documented rates', async () => {
  const environments = Array.from({ length: 50 }, (_, index) => `s${index + 1}`)
  const { aws, run, ended } = await deployer(environments)
  await ended(run('ann@laptop', 's1'))
  aws.emulator.world.faults.add({ kind: 'rates' })
  const begun = aws.clock.now().getTime()
  const all = environments.map((environment) =>
    run(`${environment}@ci`, environment).then(
      () => 'done',
      (error: unknown) => explain(error).message,
    ),
  )
  const outcomes = await ended(Promise.all(all))
  const minutes = (aws.clock.now().getTime() - begun) / 60_000
  expect(outcomes.filter((outcome) => outcome !== 'done')).toEqual([])
  const answers = aws.calls.filter(({ at }) => at.getTime() >= begun).map(({ answer }) => answer)
  // They know nothing of each other, and all begin in the same moment.
  expect(answers.filter((answer) => /Throttling/.test(answer)).length / answers.length).toBeLessThan(0.15)
  // One alone takes three; the others make it five.
  expect(minutes).toBeLessThan(8)
  await aws.emulator.close()
}, 120_000)
