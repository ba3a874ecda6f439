import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { connectAws } from '../../src/aws/aws.ts'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import type { Context } from '../../src/context.ts'
import { flags, testWorld } from '../support/context.ts'
import { updating, webFiles, webManifest } from '../support/deployed.ts'
import { type SharedTime, sharedTime } from '../support/shared-time.ts'

/** A world whose time passes while a command waits, however slow the machine is. */
async function timelessWorld() {
  const time = sharedTime()
  return { ...(await testWorld({ files: webFiles, time })), time }
}

/** The same command by somebody who is gone after so many waits. */
function killedAfter(waits: number, context: Context, { construct }: SharedTime): Context {
  let left = waits
  const clock = {
    now: context.clock.now,
    sleep: async (milliseconds: number) => {
      if (left-- <= 0) throw new Error('killed')
      await context.clock.sleep(milliseconds)
    },
  }
  return { ...context, clock, connect: (target) => connectAws(target, clock, context.chance, construct) }
}

/** How often each stack was created, updated and deleted. */
async function begun(client: CloudFormation, ...names: string[]): Promise<Record<string, string[]>> {
  const all = await Promise.all(
    names.map(async (StackName) => {
      const { StackEvents = [] } = await client.describeStackEvents({ StackName })
      const own = StackEvents.filter(({ PhysicalResourceId, StackId }) => PhysicalResourceId === StackId)
      const statuses = own.map(({ ResourceStatus = '' }) => ResourceStatus)
      return [StackName, statuses.filter((status) => /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(status)).reverse()]
    }),
  )
  return Object.fromEntries(all)
}
const stacks = ['demo', 'demo-dev', 'demo-dev-web']
const once = {
  demo: ['CREATE_IN_PROGRESS'],
  'demo-dev': ['CREATE_IN_PROGRESS'],
  'demo-dev-web': ['CREATE_IN_PROGRESS'],
}

test.each([2, 5, 9, 14, 20])(
  'a deploy that was killed after %i waits is carried on, and nothing is done twice',
  async (waits) => {
    const { context, aws, time } = await timelessWorld()
    await expect(deploy(flags, killedAfter(waits, context, time))).rejects.toThrow('killed')
    expect(await deploy(flags, context)).toMatchObject({ services: { web: { url: expect.any(String) } } })
    expect(await begun(new CloudFormation(aws.client), ...stacks)).toEqual(once)
  },
)

test.each([1, 3, 5])('a destroy that was killed after %i waits is carried on', async (waits) => {
  const { context, aws, time } = await timelessWorld()
  await deploy(flags, context)
  await expect(destroy({ ...flags, images: true }, killedAfter(waits, context, time))).rejects.toThrow('killed')
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ left: [] })
  expect((await new CloudFormation(aws.client).describeStacks({})).Stacks).toEqual([])
})

test('tasks that were stopped, as by a destroy that was killed, run again after the next deploy', async () => {
  const { context, aws } = await timelessWorld()
  await deploy(flags, context)
  const ecs = new ECS(aws.client)
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns: [service] = [] } = await ecs.listServices({ cluster })
  await ecs.updateService({ cluster, service, desiredCount: 0 })
  expect(await deploy(flags, context)).toMatchObject({ services: { web: { changed: true } } })
  expect((await status(flags, context)).environments.dev?.services.web).toMatchObject({
    desired: 1,
    running: 1,
    healthy: 1,
  })
})

test('instances that a refused destroy has terminated come back with the next deploy', async () => {
  const gpu = `${webManifest()}    compute: gpu\n`
  const { context, aws, write } = await testWorld({ files: { ...webFiles, 'img2vid.yaml': gpu } })
  await deploy(flags, context)
  const autoscaling = new AutoScaling(aws.client)
  const { AutoScalingGroups: [group] = [] } = await autoscaling.describeAutoScalingGroups({})
  const AutoScalingGroupName = group?.AutoScalingGroupName
  await autoscaling.updateAutoScalingGroup({ AutoScalingGroupName, MinSize: 0, MaxSize: 0, DesiredCapacity: 0 })
  write({ Dockerfile: 'FROM scratch\nENV COLOUR=green\n' })
  expect(await deploy(flags, context)).toMatchObject({ services: { web: { changed: true } } })
  const { AutoScalingGroups: [after] = [] } = await autoscaling.describeAutoScalingGroups({
    AutoScalingGroupNames: [AutoScalingGroupName ?? ''],
  })
  expect(after).toMatchObject({ MinSize: 1, MaxSize: 1, DesiredCapacity: 1 })
})

test('of two deploys at once that want the same, both end well and everything is made once', async () => {
  const { context, aws } = await timelessWorld()
  const bob = { ...context, who: () => 'bob@there' }
  const [mine, his] = await Promise.all([deploy(flags, context), deploy(flags, bob)])
  expect(his.services).toEqual(mine.services)
  expect(await begun(new CloudFormation(aws.client), ...stacks)).toEqual(once)
})

test('of two deploys at once that want something else, one says whose operation runs, and can wait for it', async () => {
  const { context, write, red } = await updating()
  write({ 'img2vid.yaml': webManifest('{ COLOUR: blue }') })
  const bob = { ...context, who: () => 'bob@there' }
  await expect(deploy(flags, bob)).rejects.toMatchObject({
    outcome: 'busy',
    message: expect.stringMatching(
      /^demo-dev-web is busy: UPDATE_IN_PROGRESS, which tester-here began at \d{4}-\d\d-\d\d \d\d:\d\d UTC(, at \w+)?/,
    ),
    hint: expect.stringContaining('--wait'),
  })
  // Whether the first still sees its own revision run, or that it was followed, is a matter of moments.
  const first = red.then(
    () => 'done',
    ({ outcome }) => outcome,
  )
  const blue = await deploy({ ...flags, wait: true }, bob)
  expect(['done', 'busy']).toContain(await first)
  expect(blue).toMatchObject({ changed: true, services: { web: { taskDefinition: expect.stringMatching(/:3$/) } } })
})

test('somebody’s deployment can be followed to its end, and nothing is deployed besides', async () => {
  const { context, write, red } = await updating()
  write({ 'img2vid.yaml': webManifest('{ COLOUR: blue }') })
  const followed = await deploy({ ...flags, attach: true }, { ...context, who: () => 'bob@there' })
  expect(followed.services.web?.taskDefinition).toBe((await red).services.web?.taskDefinition)
})

test('somebody’s update can be given up', async () => {
  const { context, write, red } = await updating()
  write({ 'img2vid.yaml': webManifest('{ COLOUR: blue }') })
  const blue = await deploy({ ...flags, cancel: true }, { ...context, who: () => 'bob@there' })
  expect(blue.services.web).toMatchObject({ changed: true })
  await expect(red).rejects.toMatchObject({ outcome: 'rolled-back' })
})

test('what a failed create left is removed, and made anew', async () => {
  const { context, aws, shown } = await testWorld({ files: webFiles })
  aws.emulator.world.faults.add({
    kind: 'fail',
    type: 'AWS::ECS::Cluster',
    action: 'create',
    message: 'no cluster today',
    times: 1,
  })
  await expect(deploy(flags, context)).rejects.toMatchObject({
    outcome: 'failed',
    message: expect.stringContaining('Cluster (AWS::ECS::Cluster): '),
  })
  expect(await deploy(flags, context)).toMatchObject({ changed: true })
  expect(shown).toContainEqual(
    expect.objectContaining({
      lane: 'demo-dev',
      text: expect.stringMatching(
        /^removing what a failed create left \(ROLLBACK_COMPLETE: Cluster: .*no cluster today/,
      ),
    }),
  )
})

test('an update that fails and cannot go back either says both', async () => {
  let crashes = false
  const behave = () => {
    if (crashes) pace(20)
    return crashes ? { exitCode: 3 } : {}
  }
  const { context, write, aws, pace } = await testWorld({ files: webFiles, behave })
  await deploy(flags, context)
  crashes = true
  write({ Dockerfile: 'FROM scratch\nENV COLOUR=red\n' })
  const { faults } = aws.emulator.world
  faults.add({ kind: 'fail', type: 'AWS::ECS::Service', action: 'rollback', message: 'not back', times: 1 })
  await expect(deploy(flags, context)).rejects.toMatchObject({
    outcome: 'failed',
    message: expect.stringMatching(
      /^web did not stay up: [\s\S]*\n {2}AWS could not go back to web@sha256:[0-9a-f]{12} either: TaskService: .*not back/,
    ),
    hint: expect.stringMatching(/; then img2vid deploy --recover --yes/),
  })
  crashes = false
  expect(await deploy({ ...flags, recover: true }, context)).toMatchObject({ changed: true })
})

test('a group of instances that is gone has no launches, and need not be emptied', async () => {
  const { context, aws } = await testWorld()
  const { capacity } = await context.connect({
    region: undefined,
    profile: undefined,
    local: await context.local.start(''),
  })
  expect(await capacity.launches('gone', new Date(0))).toEqual([])
  await capacity.empty('gone')
  expect((await new AutoScaling(aws.client).describeAutoScalingGroups({})).AutoScalingGroups).toEqual([])
})

test('a rollback that failed says what is stuck, and is continued when asked to', async () => {
  const { context, write, aws } = await testWorld({ files: webFiles })
  await deploy(flags, context)
  write({ 'img2vid.yaml': webManifest('{ COLOUR: red }') })
  const { faults } = aws.emulator.world
  faults.add({ kind: 'fail', type: 'AWS::ECS::Service', action: 'update', message: 'not now', times: 1 })
  faults.add({ kind: 'fail', type: 'AWS::ECS::Service', action: 'rollback', message: 'not back', times: 2 })
  await expect(deploy(flags, context)).rejects.toMatchObject({ outcome: 'failed' })
  await expect(deploy(flags, context)).rejects.toMatchObject({
    outcome: 'busy',
    message: expect.stringMatching(
      /^demo-dev-web is stuck: a rollback of it failed\n {4}TaskService \(AWS::ECS::Service\): .*not back/,
    ),
    hint: expect.stringMatching(/--recover, which continues the rollback and at last skips TaskService$/),
  })
  expect(await deploy({ ...flags, recover: true }, context)).toMatchObject({ changed: true })
})

test('a service that somebody has deleted by hand is shown as gone', async () => {
  const { context, aws } = await testWorld({ files: webFiles })
  await deploy(flags, context)
  const ecs = new ECS(aws.client)
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns: [service] = [] } = await ecs.listServices({ cluster })
  await ecs.deleteService({ cluster, service, force: true })
  const gone = async () => (await status(flags, context)).environments.dev?.services.web?.deployment.state === 'NONE'
  await aws.eventually(gone)
})
