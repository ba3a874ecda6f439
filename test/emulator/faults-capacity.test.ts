import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { EC2 } from '@aws-sdk/client-ec2'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import { publicAmis } from '../../src/emulator/services/ec2/amis.ts'
import { startAws } from '../support/emulator.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const ImageId = publicAmis('us-east-1').find(({ kind }) => kind === 'ecs-gpu')?.imageId
const script = `#!/bin/bash
echo ECS_CLUSTER=default >> /etc/ecs/ecs.config
echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config
`
const UserData = Buffer.from(script).toString('base64')
const AutoScalingGroupName = 'nodes'

/** A group that wants one instance of the first type that can be had, on demand or Spot, in one zone. */
async function start(order: Parameters<Faults['add']>[0], types: readonly string[], spot = false) {
  const clock = virtualClock()
  const aws = await startAws({ clock, balancer: paperBalancer() })
  const { faults } = aws.emulator.world
  const [asg, ec2, ecs] = [new AutoScaling(aws.client), new EC2(aws.client), new ECS(aws.client)]
  faults.add(order)
  await ecs.createCluster({})
  const { Subnets = [] } = await ec2.describeSubnets({})
  const template = { LaunchTemplateName: 'node', Version: '$Latest' }
  await ec2.createLaunchTemplate({ LaunchTemplateName: 'node', LaunchTemplateData: { ImageId, UserData } })
  await asg.createAutoScalingGroup({
    AutoScalingGroupName,
    MinSize: 0,
    MaxSize: 4,
    DesiredCapacity: 1,
    VPCZoneIdentifier: Subnets.find(({ AvailabilityZone }) => AvailabilityZone === 'us-east-1a')?.SubnetId,
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: template,
        Overrides: types.map((InstanceType) => ({ InstanceType })),
      },
      InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: spot ? 0 : 100 },
    },
  })
  const instances = async () =>
    ((await ec2.describeInstances({})).Reservations ?? []).flatMap(({ Instances = [] }) => Instances)
  const types_ = async () => (await instances()).map(({ InstanceType }) => InstanceType)
  const messages = async () =>
    ((await asg.describeScalingActivities({ AutoScalingGroupName })).Activities ?? []).map(
      ({ StatusCode, StatusMessage }) => [StatusCode, StatusMessage],
    )
  return { clock, faults, ecs, ec2, instances, types: types_, messages }
}
type Faults = Awaited<ReturnType<typeof startAws>>['emulator']['world']['faults']

const SUFFICIENT = (type: string, others: string) =>
  `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (us-east-1a). Our system will be working on provisioning additional capacity.${others}`

test('a zone without capacity says where there is some, and the group tries again until there is', async () => {
  const { clock, faults, types, messages } = await start({ kind: 'no-capacity', zone: 'us-east-1a' }, ['g6.xlarge'])
  await clock.pass(10)
  const others =
    ' You can currently get g6.xlarge capacity by not specifying an Availability Zone in your request or choosing us-east-1b, us-east-1c'
  const text = `Could not launch On-Demand Instances. InsufficientInstanceCapacity - ${SUFFICIENT('g6.xlarge', others)}. Launching EC2 instance failed.`
  expect([await types(), await messages()]).toEqual([[], [['Failed', text]]])
  faults.clear()
  await clock.pass(200)
  expect(await types()).toEqual(['g6.xlarge'])
})

test('a type without capacity is passed over for the next', async () => {
  const { clock, types } = await start({ kind: 'no-capacity', instanceType: 'g6.xlarge' }, ['g6.xlarge', 'g5.xlarge'])
  await clock.pass(10)
  expect(await types()).toEqual(['g5.xlarge'])
})

test('no type that is wanted has Spot capacity', async () => {
  const { clock, types, messages } = await start({ kind: 'no-capacity', spot: true }, ['g6.xlarge', 'g5.xlarge'], true)
  await clock.pass(10)
  const text =
    'Could not launch Spot Instances. InsufficientInstanceCapacity - There is no Spot capacity available that matches your request. Launching EC2 instance failed.'
  expect([await types(), await messages()]).toEqual([[], [['Failed', text]]])
})

test('a quota counts the vCPUs that are in use', async () => {
  const { clock, ec2, types, messages, faults } = await start({ kind: 'quota', instanceType: 'g*', limit: 0 }, [
    'g6.xlarge',
  ])
  await clock.pass(10)
  const exceeded = (limit: number) =>
    `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`
  const text = `Could not launch On-Demand Instances. VcpuLimitExceeded - ${exceeded(0)} Launching EC2 instance failed.`
  expect([await types(), await messages()]).toEqual([[], [['Failed', text]]])

  faults.clear()
  faults.add({ kind: 'quota', instanceType: 'g*', limit: 8 })
  await clock.pass(200)
  expect(await types()).toEqual(['g6.xlarge'])
  const run = (InstanceType: 'g6.xlarge' | 'g6.2xlarge' | 't3.large') =>
    ec2.runInstances({ ImageId, InstanceType, MinCount: 1, MaxCount: 1 })
  await expect(run('g6.2xlarge')).rejects.toMatchObject({ name: 'VcpuLimitExceeded', message: exceeded(8) })
  await run('t3.large')
  await run('g6.xlarge')
  await expect(run('g6.xlarge')).rejects.toMatchObject({ name: 'VcpuLimitExceeded' })
})

test('a Spot instance is drained at the notice, terminated two minutes later, and replaced', async () => {
  const order = { kind: 'interrupt', instanceType: 'g6.*', seconds: 300, times: 1 } as const
  const { clock, ecs, instances } = await start(order, ['g6.xlarge'], true)
  const agents = async () => {
    const { containerInstanceArns = [] } = await ecs.listContainerInstances({})
    if (containerInstanceArns.length === 0) return []
    const { containerInstances = [] } = await ecs.describeContainerInstances({
      containerInstances: containerInstanceArns,
    })
    return containerInstances.map(({ status, ec2InstanceId }) => [status, ec2InstanceId])
  }
  await clock.pass(100)
  const [{ InstanceId } = {}] = await instances()
  expect(await agents()).toEqual([['ACTIVE', InstanceId]])
  await clock.pass(300)
  expect(await agents()).toEqual([['DRAINING', InstanceId]])
  await clock.pass(300)
  const [gone, next] = await instances()
  expect(gone).toMatchObject({
    InstanceId,
    State: { Name: 'terminated' },
    StateReason: {
      Code: 'Server.SpotInstanceTermination',
      Message: 'Server.SpotInstanceTermination: Spot instance termination',
    },
  })
  expect(await agents()).toEqual([['ACTIVE', next?.InstanceId]])
})

test.each([
  [true, ['terminated', 'running']],
  [false, ['running']],
])('an instance that runs already is interrupted if it is a Spot instance: %s', async (spot, states) => {
  const { clock, faults, instances } = await start({ kind: 'throttle', service: 'none' }, ['g6.xlarge'], spot)
  await clock.pass(100)
  faults.add({ kind: 'interrupt', times: 1 })
  await clock.pass(500)
  expect((await instances()).map(({ State }) => State?.Name)).toEqual(states)
})

/** A service of two tasks, one on demand and one on Spot, and what its tasks are now. */
async function fargateService() {
  const clock = virtualClock()
  const aws = await startAws({ clock, balancer: paperBalancer() })
  const ecs = new ECS(aws.client)
  const { Subnets = [] } = await new EC2(aws.client).describeSubnets({})
  await ecs.createCluster({ capacityProviders: ['FARGATE', 'FARGATE_SPOT'] })
  await ecs.registerTaskDefinition({
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: 'demo/web:1' }],
  })
  await ecs.createService({
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 2,
    capacityProviderStrategy: [
      { capacityProvider: 'FARGATE', base: 1, weight: 0 },
      { capacityProvider: 'FARGATE_SPOT', weight: 1 },
    ],
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets[0]?.SubnetId ?? ''] } },
  })
  await clock.pass(300)
  const tasks = async (desiredStatus: 'RUNNING' | 'STOPPED') => {
    const { taskArns = [] } = await ecs.listTasks({ desiredStatus })
    if (taskArns.length === 0) return []
    const { tasks: found = [] } = await ecs.describeTasks({ tasks: taskArns })
    return found.sort((a, b) => (a.capacityProviderName ?? '').localeCompare(b.capacityProviderName ?? ''))
  }
  return { clock, tasks, Subnets, faults: aws.emulator.world.faults }
}

test('a task of Fargate Spot ends at the warning, and its service starts another on Spot', async () => {
  const { clock, tasks, faults, Subnets } = await fargateService()
  const [onDemand, onSpot] = await tasks('RUNNING')
  expect([onDemand?.capacityProviderName, onSpot?.capacityProviderName]).toEqual(['FARGATE', 'FARGATE_SPOT'])
  const zone = Subnets[0]?.AvailabilityZone ?? ''
  faults.add({ kind: 'interrupt', family: 'web', zone, seconds: 60, times: 1 })
  await clock.pass(50)
  expect(await tasks('STOPPED')).toEqual([])
  await clock.pass(150)
  expect(await tasks('STOPPED')).toMatchObject([
    {
      taskArn: onSpot?.taskArn,
      lastStatus: 'STOPPED',
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
    },
  ])
  const [still, next] = await tasks('RUNNING')
  expect([still?.taskArn, next?.capacityProviderName, next?.lastStatus]).toEqual([
    onDemand?.taskArn,
    'FARGATE_SPOT',
    'RUNNING',
  ])
  expect(next?.taskArn).not.toBe(onSpot?.taskArn)
})

test.each([{ instanceType: '*' }, { instance: '*' }, { family: 'other' }, { zone: 'us-east-1z' }])(
  'an interruption of %j leaves the tasks alone, and stands for the next',
  async (fields) => {
    const { clock, tasks, faults } = await fargateService()
    faults.add({ kind: 'interrupt', ...fields, times: 1 })
    await clock.pass(300)
    expect([(await tasks('STOPPED')).length, faults.list().length]).toEqual([0, 1])
  },
)

test('an interruption that was ordered before meets the task when it runs; of a family, no instance', async () => {
  const { clock, tasks, faults } = await fargateService()
  faults.add({ kind: 'interrupt', times: 2 })
  await clock.pass(300)
  expect((await tasks('STOPPED')).map(({ stopCode }) => stopCode)).toEqual(['SpotInterruption', 'SpotInterruption'])

  const nodes = await start({ kind: 'interrupt', family: 'web' }, ['g6.xlarge'], true)
  await nodes.clock.pass(500)
  expect((await nodes.instances()).map(({ State }) => State?.Name)).toEqual(['running'])
})
