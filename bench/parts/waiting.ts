import { finishStack } from '../../src/plan/stacks/stack.ts'
import { deployer } from '../../test/simulation/deployer.ts'
import { REGION } from '../../test/support/world.ts'
import { median } from '../pairs.ts'
import type { Figure, Measure } from '../part.ts'

const OPERATIONS = 1_000
const [SHORTEST, LONGEST] = [3, 300]
/** Most operations are short: half a minute on average, as where `cdk deploy` was measured to make so many calls for one. */
const SPREAD = 2.6
const CDK_CALLS = 25.4
/** What CloudFormation takes for a resource anyway. */
const LEAST = 2

/** Follows stacks in virtual time, on an AWS that knows when each of them was done. */
export const measure: Measure = async () => [
  ...(await followed('the first time', false, 0.7 * CDK_CALLS)),
  ...(await followed('with a duration to go by', true, 0.5 * CDK_CALLS)),
]

const RESOURCES = ['First', 'Second', 'Third']

const stackCalled = (name: string) => {
  const resource = (_: string, index: number) => ({
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: `${name}-${index}` },
  })
  const Resources = Object.fromEntries(RESOURCES.map((one, index) => [one, resource(one, index)]))
  const template = { Parameters: {}, Conditions: {}, Resources, Outputs: {} }
  return finishStack(template as never, { name, tags: {}, summary: '', parameters: {} })
}

async function followed(when: string, remembered: boolean, atMost: number): Promise<Figure[]> {
  const { aws, contextFor, measured } = await deployer(['dev'])
  const { stacks } = await contextFor('ann@laptop').connect({ region: REGION, profile: undefined })
  const { faults } = aws.emulator.world
  const random = aws.fork()
  const extra: number[] = []
  let calls = 0
  for (let index = 0; index < OPERATIONS; index++) {
    const seconds = SHORTEST * (LONGEST / SHORTEST) ** ((index / (OPERATIONS - 1)) ** SPREAD)
    faults.clear()
    for (const [index, resource] of RESOURCES.entries()) {
      faults.add({ kind: 'delay', resource, seconds: (seconds - LEAST) / (index + 1) })
    }
    // The same stack takes longer or shorter the next time.
    const expected = remembered ? seconds * (0.8 + 0.4 * random.fraction()) : undefined
    const wanted = stackCalled(`stack-${index}`)
    const taken = await measured(async () => {
      const existing = await stacks.find(wanted.name)
      const operation = await stacks.begin(wanted, existing, random.uuid())
      if (typeof operation === 'string') throw new Error(`${wanted.name} is ${operation}`)
      return stacks.follow(operation, () => {}, expected)
    })
    calls += taken.calls.length
    const known = Object.values(aws.emulator.world.region(REGION).cloudformation.stacks)
    const ended =
      known
        .find(({ name }) => name === wanted.name)
        ?.events.at(-1)
        ?.at.getTime() ?? Number.NaN
    extra.push((aws.clock.now().getTime() - ended) / 1_000)
  }
  await aws.emulator.close()
  const sorted = [...extra].sort((one, other) => one - other)
  const beside = `median ${median(sorted).toFixed(2)} s, ${OPERATIONS} operations of ${SHORTEST} to ${LONGEST} s`
  const mean = extra.reduce((sum, one) => sum + one, 0) / OPERATIONS
  return [
    { name: `extra wait ${when}, mean`, value: mean, unit: 's', atMost: 1, beside },
    {
      name: `extra wait ${when}, p95`,
      value: sorted[Math.floor(0.95 * OPERATIONS)] ?? Number.NaN,
      unit: 's',
      atMost: 2,
    },
    {
      name: `a deploy of one stack ${when}`,
      value: calls / OPERATIONS,
      unit: 'calls',
      atMost,
      beside: `cdk ${CDK_CALLS}`,
    },
  ]
}
