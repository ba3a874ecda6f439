import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { faultKinds, type Order } from '../../src/emulator/faults/model.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { sharedTime } from '../support/shared-time.ts'
import { type Told, tell } from '../support/told.ts'
import { inService, stackStatuses, truth } from '../support/truth.ts'

const manifest = (more = '') => `
app: demo
services:
  web:
    image: { build: ., port: 8080, healthcheck: { command: [ok], interval: 5s, retries: 1 } }
    http: { healthcheck: { path: /health, grace_period: 5s } }
    ${more}
`
const first = { 'img2vid.yaml': manifest(), Dockerfile: 'FROM scratch\n' }
const second = { Dockerfile: 'FROM scratch\nENV COLOUR=green\n' }
const gpu = { 'img2vid.yaml': manifest('compute: gpu\n    instances: [g6.xlarge]') }

/** The exit code, the first line of the message, and what the embedded AWS says is true afterwards. */
type Row = readonly [what: string, orders: readonly Order[], exitCode: number, says: RegExp, then: RegExp, gpu?: true]

const NOTHING = /^(demo CREATE_COMPLETE)?$/
const SHARED = 'demo CREATE_COMPLETE, demo-dev CREATE_COMPLETE'
/** AWS may have been faster in giving up than img2vid. */
const NO_SERVICE = new RegExp(`^${SHARED}(, demo-dev-web ROLLBACK_COMPLETE)?$`)
const deployed = (web: string, which = 1) =>
  new RegExp(`^${SHARED}, demo-dev-web ${web}, demo-dev-web:${which} in service$`)
const OLD = deployed('CREATE_COMPLETE')
const BACK = deployed('UPDATE_ROLLBACK_COMPLETE')

const service = { kind: 'fail', type: 'AWS::ECS::Service' } as const
const cloudformation = { service: 'cloudformation' } as const
const notAllowed = (action: string) =>
  new RegExp(`^AWS does not allow it: User: \\S+ is not authorized to perform: ${action} `)
const EXPIRED = /^The AWS credentials have expired: The security token included in the request is expired$/
const WENT_BACK = /^demo-dev-web could not be updated, and AWS went back to what was there$/
const BUSY = /^demo-dev-web is busy: UPDATE_IN_PROGRESS, which another tool began at /
const NO_PULL = /^web could not be started: CannotPullContainerError: .* not found$/
const EXITED = /^web did not stay up: its container exited with code 3, /
const KILLED = /^web did not stay up: its container ran out of memory, /
const NO_ANSWER = /^web did not become healthy: GET \/health on port 8080 answered 503/
const SICK = /^web did not become healthy: the container's own health check failed$/

const firstDeploy: Row[] = [
  ['credentials that have expired', [{ kind: 'expired' }], 5, EXPIRED, NOTHING],
  [
    'no permission',
    [{ kind: 'denied', operation: 'CreateStack' }],
    3,
    notAllowed('cloudformation:CreateStack'),
    NOTHING,
  ],
  [
    'throttling without end',
    [{ kind: 'throttle', ...cloudformation }],
    5,
    /^AWS does not answer .*: Throttling: Rate exceeded$/,
    NOTHING,
  ],
  [
    'errors without end',
    [{ kind: 'error', ...cloudformation }],
    5,
    /^AWS does not answer .*: InternalFailure: /,
    NOTHING,
  ],
  [
    'no connection',
    [{ kind: 'disconnect', ...cloudformation }],
    5,
    /^AWS cannot be reached: the connection ended before the answer$/,
    NOTHING,
  ],
  [
    'a quota of 0',
    [{ kind: 'quota', limit: 0 }],
    3,
    /^demo \/ dev cannot be deployed like this; nothing was changed$/,
    NOTHING,
    true,
  ],
  [
    'no instance',
    [{ kind: 'no-capacity' }],
    7,
    /^web has no instance to run on: 6 launches of g6\.xlarge in \S+, \S+ failed: /,
    NOTHING,
    true,
  ],
  ['an image that cannot be pulled', [{ kind: 'pull' }], 1, NO_PULL, NO_SERVICE],
  ['a container that exits', [{ kind: 'exit', code: 3 }], 1, EXITED, NO_SERVICE],
  ['a container without memory', [{ kind: 'out-of-memory' }], 1, KILLED, NO_SERVICE],
  ['a target that fails its checks', [{ kind: 'unhealthy-target' }], 1, NO_ANSWER, NO_SERVICE],
  ['a container that fails its own', [{ kind: 'unhealthy-container' }], 1, SICK, NO_SERVICE],
  [
    'a cluster that cannot be made',
    [{ kind: 'fail', type: 'AWS::ECS::Cluster', action: 'create' }],
    1,
    /^demo-dev failed: ROLLBACK_COMPLETE$/,
    /^demo CREATE_COMPLETE, demo-dev ROLLBACK_COMPLETE$/,
  ],
  [
    'a service that never settles',
    [{ ...service, action: 'create', when: 'after' }],
    1,
    /^demo-dev-web failed: ROLLBACK_COMPLETE$/,
    NO_SERVICE,
  ],
  [
    'and cannot go',
    [
      { ...service, action: 'create', when: 'after' },
      { ...service, action: 'rollback' },
    ],
    1,
    /^demo-dev-web failed: ROLLBACK_FAILED$/,
    /, demo-dev-web ROLLBACK_FAILED, demo-dev-web:1 /,
  ],
  ['a resource that takes its time', [{ kind: 'delay', type: 'AWS::ECS::Cluster', seconds: 600 }], 0, /^$/, OLD],
]

const update: Row[] = [
  ['credentials that have expired', [{ kind: 'expired' }], 5, EXPIRED, OLD],
  ['no permission', [{ kind: 'denied', operation: 'UpdateStack' }], 3, notAllowed('cloudformation:UpdateStack'), OLD],
  ['an image that cannot be pulled', [{ kind: 'pull' }], 4, NO_PULL, BACK],
  ['a container that exits', [{ kind: 'exit', code: 3 }], 4, EXITED, BACK],
  ['a container without memory', [{ kind: 'out-of-memory' }], 4, KILLED, BACK],
  [
    'targets that fail all their checks',
    [{ kind: 'unhealthy-target' }],
    1,
    NO_ANSWER,
    /, demo-dev-web UPDATE_ROLLBACK_FAILED, demo-dev-web:1 /,
  ],
  ['a container that fails its own', [{ kind: 'unhealthy-container' }], 4, SICK, BACK],
  ['a service that cannot be changed', [{ ...service, action: 'update' }], 4, WENT_BACK, BACK],
  ['a service that never settles', [{ ...service, action: 'update', when: 'after' }], 4, WENT_BACK, BACK],
  [
    'a definition that cannot be made',
    [{ kind: 'fail', type: 'AWS::ECS::TaskDefinition', action: 'create' }],
    4,
    WENT_BACK,
    BACK,
  ],
  [
    'a rollback that fails',
    [
      { ...service, action: 'update' },
      { ...service, action: 'rollback' },
    ],
    1,
    /^demo-dev-web failed: UPDATE_ROLLBACK_FAILED$/,
    deployed('UPDATE_ROLLBACK_FAILED'),
  ],
  [
    "somebody else's operation",
    [{ kind: 'stuck', stack: 'demo-dev-web', seconds: 6_000 }],
    6,
    BUSY,
    deployed('UPDATE_IN_PROGRESS'),
  ],
  ['no instance', [{ kind: 'no-capacity' }], 0, /^$/, deployed('UPDATE_COMPLETE', 2), true],
]

const destruction: Row[] = [
  ['credentials that have expired', [{ kind: 'expired' }], 5, EXPIRED, OLD],
  [
    'no permission',
    [{ kind: 'denied', operation: 'DeleteStack' }],
    3,
    notAllowed('cloudformation:DeleteStack'),
    /demo-dev-web CREATE_COMPLETE/,
  ],
  [
    'a cluster that cannot go',
    [{ kind: 'fail', type: 'AWS::ECS::Cluster', action: 'delete' }],
    1,
    /^demo-dev failed: DELETE_FAILED$/,
    /^demo CREATE_COMPLETE, demo-dev DELETE_FAILED$/,
  ],
  [
    'a service that is gone and fails',
    [{ ...service, action: 'delete', when: 'after' }],
    1,
    /^demo-dev-web failed: DELETE_FAILED$/,
    /, demo-dev-web DELETE_FAILED$/,
  ],
  [
    "somebody else's operation",
    [{ kind: 'stuck', stack: 'demo-dev-web', seconds: 6_000 }],
    6,
    BUSY,
    deployed('UPDATE_IN_PROGRESS'),
  ],
  ['a resource that takes its time', [{ kind: 'delay', action: 'delete', seconds: 60 }], 0, /^$/, /^$/],
]

const all = { firstDeploy, update, destruction }

/** Orders what goes wrong, performs the command before all three renderers, and holds what they say against the truth. */
async function provoke(world: TestWorld, [, orders, exitCode, says, then]: Row, action: Parameters<typeof tell>[1]) {
  const { faults } = world.aws.emulator.world
  for (const order of orders) faults.add(order)
  const told = await tell(world.context, action)
  faults.clear()
  const is = await truth(world)
  expect([told.exitCode, told.says, is.join(', ')]).toEqual([
    exitCode,
    expect.stringMatching(says),
    expect.stringMatching(then),
  ])
  expect(told.contradictions).toEqual([])
  return { told, is }
}

/** What a deployment's lanes claim of stacks that is not so. */
const lies = ({ lanes, says }: Told, is: readonly string[]): string[] => {
  const statuses = stackStatuses(is)
  // What is not even begun fails, and leaves the stack as good as it was.
  const refused = /^AWS (does not|cannot)|^The AWS credentials/.test(says)
  return Object.entries(lanes).flatMap(([lane, state]) => {
    const good = /^(CREATE|UPDATE)_COMPLETE$/.test(statuses[lane] ?? '')
    const wrong =
      !lane.startsWith('image ') && ((state === 'done' && !good) || (state === 'failed' && good && !refused))
    return wrong ? [`${lane} is ${state}, and in truth ${statuses[lane]}`] : []
  })
}

/** `status` must see what there is, and what went wrong can be mended. */
async function mended(world: TestWorld) {
  const { context } = world
  const { web } = (await status(flags, context)).environments.dev?.services ?? {}
  expect(web?.running === web?.desired && web?.healthy === 1).toBe(inService(await truth(world)))
  expect((await tell(context, (context) => deploy({ ...flags, recover: true, cancel: true }, context))).says).toBe('')
  expect(inService(await truth(world))).toBe(true)
}

const named = (rows: readonly Row[]) => rows.map((row) => [row[0], row] as const)
const started = async (onGpu: true | undefined) =>
  testWorld({ files: { ...first, ...(onGpu && gpu) }, time: sharedTime() })

test.each(named(firstDeploy))('a first deploy meets %s', async (_what, row) => {
  const world = await started(row[5])
  const { told, is } = await provoke(world, row, (context) => deploy(flags, context))
  expect(lies(told, is)).toEqual([])
  await mended(world)
})

test.each(named(update))('a change meets %s', async (_what, row) => {
  const world = await started(row[5])
  await deploy(flags, world.context)
  world.write(second)
  const { told, is } = await provoke(world, row, (context) => deploy(flags, context))
  expect(lies(told, is)).toEqual([])
  await mended(world)
})

test.each(named(destruction))('a destroy meets %s', async (_what, row) => {
  const world = await started(row[5])
  await deploy(flags, world.context)
  await provoke(world, row, (context) => destroy({ ...flags, images: true }, context))
  const again = await tell(world.context, (context) => destroy({ ...flags, images: true, cancel: true }, context))
  expect([again.says, await truth(world)]).toEqual(['', []])
})

/** Faults that pass by themselves: `weather.test.ts`. Faults of what no manifest asks for: none of Spot, none of alarms. */
const ELSEWHERE = ['rates', 'slow', 'stale', 'disorder', 'interrupt', 'alarm']

test('every kind of fault has a row', () => {
  const here = Object.values(all).flatMap((rows) => rows.flatMap(([, orders]) => orders.map(({ kind }) => kind)))
  expect(new Set([...here, ...ELSEWHERE])).toEqual(new Set(Object.keys(faultKinds)))
})
