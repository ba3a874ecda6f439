import * as AutoScaling from '@aws-sdk/client-auto-scaling'
import * as Ec2 from '@aws-sdk/client-ec2'
import type { ContainerDefinition, CreateServiceCommandInput, Resource } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { publicAmis } from '../../src/emulator/services/ec2/amis.ts'
import { refusal } from '../support/cloudformation.ts'
import { startEcs, story } from '../support/ecs.ts'

const GROUP = 'nodes'
const EC2 = { launchType: 'EC2', networkConfiguration: undefined } as const
const PROVIDER: Partial<CreateServiceCommandInput> = {
  launchType: undefined,
  networkConfiguration: undefined,
  capacityProviderStrategy: [{ capacityProvider: 'gpu', weight: 1 }],
}

/** A cluster with a group of instances with four GPUs each, and a capacity provider that grows it to three. */
async function startGpus(desired = 0) {
  const ecs = await startEcs()
  const { aws, until, Subnets } = ecs
  const ImageId = publicAmis('us-east-1').find(({ kind }) => kind === 'ecs-gpu')?.imageId
  const UserData = Buffer.from('#!/bin/bash\necho ECS_CLUSTER=default >> /etc/ecs/ecs.config\n').toString('base64')
  const LaunchTemplateName = 'node'
  await new Ec2.EC2(aws.client).createLaunchTemplate({
    LaunchTemplateName,
    LaunchTemplateData: { ImageId, InstanceType: 'g6.12xlarge', UserData },
  })
  const asg = new AutoScaling.AutoScaling(aws.client)
  const AutoScalingGroupName = GROUP
  await asg.createAutoScalingGroup({
    AutoScalingGroupName,
    MinSize: 0,
    MaxSize: 3,
    DesiredCapacity: desired,
    VPCZoneIdentifier: Subnets[0],
    LaunchTemplate: { LaunchTemplateName, Version: '$Latest' },
  })
  const group = async () =>
    (await asg.describeAutoScalingGroups({ AutoScalingGroupNames: [AutoScalingGroupName] })).AutoScalingGroups?.[0]
  await ecs.ecs.createCapacityProvider({
    name: 'gpu',
    autoScalingGroupProvider: {
      autoScalingGroupArn: (await group())?.AutoScalingGroupARN,
      managedScaling: { status: 'ENABLED', targetCapacity: 100 },
      managedDraining: 'ENABLED',
    },
  })
  await ecs.ecs.putClusterCapacityProviders({
    cluster: 'default',
    capacityProviders: ['gpu'],
    defaultCapacityProviderStrategy: [],
  })
  const instances = async () => {
    const { containerInstanceArns = [] } = await ecs.ecs.listContainerInstances({})
    if (containerInstanceArns.length === 0) return []
    return (
      (await ecs.ecs.describeContainerInstances({ containerInstances: containerInstanceArns })).containerInstances ?? []
    )
  }
  return {
    ...ecs,
    group,
    instances,
    /** Waits until so many instances are in the cluster. */
    registered: (count: number) =>
      until(async () => {
        const now = await instances()
        return now.length === count && now
      }),
    registerGpu: (count: string, container: ContainerDefinition = {}) =>
      ecs.register(
        'model',
        { memory: 1024, cpu: 512, resourceRequirements: [{ type: 'GPU', value: count }], ...container },
        { networkMode: 'bridge', requiresCompatibilities: ['EC2'], cpu: undefined, memory: undefined },
      ),
  }
}

const resource = (resources: readonly Resource[] = [], name: string): Resource =>
  resources.find((one) => one.name === name) ?? {}

test('gives no GPU to two tasks, and gives a free one again', async () => {
  const { ecs, until, tasks, registerGpu, registered, run, stopped } = await startGpus(1)
  const [instance] = await registered(1)
  const all = resource(instance?.registeredResources, 'GPU').stringSetValue ?? []
  const [one, three] = [await registerGpu('1'), await registerGpu('3')]
  const [first] = await run(one, EC2)
  const [second] = await run(three, EC2)
  expect([first?.containerInstanceArn, second?.containerInstanceArn]).toEqual([
    instance?.containerInstanceArn,
    instance?.containerInstanceArn,
  ])
  const given = async () => (await tasks()).flatMap(({ containers }) => containers?.[0]?.gpuIds ?? [])
  expect([all.length, (await given()).sort()]).toEqual([4, [...all].sort()])

  expect(await ecs.runTask({ taskDefinition: one, launchType: 'EC2' })).toMatchObject({
    tasks: [],
    failures: [{ arn: instance?.containerInstanceArn, reason: 'RESOURCE:GPU' }],
  })
  await until(async () => (await tasks()).every(({ lastStatus }) => lastStatus === 'RUNNING'))
  const free = (await ecs.describeTasks({ tasks: [first?.taskArn ?? ''] })).tasks?.[0]?.containers?.[0]?.gpuIds
  await ecs.stopTask({ task: first?.taskArn })
  await stopped(first?.taskArn)
  const [third] = await run(one, EC2)
  expect(third?.containers?.[0]?.gpuIds).toEqual(free)
})

test('tells what is left of an instance', async () => {
  const { instances, registerGpu, registered, run } = await startGpus(1)
  const [empty] = await registered(1)
  expect(empty).toMatchObject({ status: 'ACTIVE', agentConnected: true, capacityProviderName: 'gpu' })
  const portMappings = [{ containerPort: 80, hostPort: 8080 }]
  const definition = await registerGpu('1', { portMappings })
  await run(definition, EC2)
  const [instance] = await instances()
  const left = (name: string) => resource(instance?.remainingResources, name)
  const had = (name: string) => resource(instance?.registeredResources, name).integerValue ?? 0
  expect([left('CPU'), left('MEMORY'), left('GPU'), left('PORTS')]).toMatchObject([
    { integerValue: had('CPU') - 512 },
    { integerValue: had('MEMORY') - 1024 },
    { stringSetValue: { length: 3 } },
    { stringSetValue: expect.arrayContaining(['8080']) },
  ])
})

test('refuses a task for which no instance is there, or none has room', async () => {
  const { ecs, until, describe, register, registerGpu, registered, create, run } = await startGpus()
  const definition = await registerGpu('1', { portMappings: [{ containerPort: 80, hostPort: 8080 }] })
  expect(await refusal(run(definition, EC2))).toBe(
    'InvalidParameterException: No Container Instances were found in your cluster.',
  )
  const why = (name: string) =>
    until(async () => story(await describe(name)).find((text) => text.includes('unable to place')))
  const wordOf = (reason: string) =>
    `was unable to place a task because no container instance met all of its requirements. ${reason} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`
  await create(definition, EC2)
  expect(await why('web')).toBe(wordOf('Reason: No Container Instances were found in your cluster.'))
  await create(definition, { ...PROVIDER, serviceName: 'provided' })
  expect(await why('provided')).toBe(wordOf('Reason: No Container Instances were found in your capacity provider.'))

  const [instance] = await registered(1)
  const id = instance?.containerInstanceArn?.split('/').at(-1)
  const [task] = await until(async () => {
    const { taskArns = [] } = await ecs.listTasks({ containerInstance: id })
    return taskArns.length === 1 && taskArns
  })
  expect(task).toBeDefined()
  const big = await register(
    'big',
    { memory: 900_000, portMappings: [] },
    { networkMode: 'bridge', requiresCompatibilities: ['EC2'], cpu: undefined, memory: undefined },
  )
  const cases = [
    [await registerGpu('9'), 'has insufficient GPU resource available'],
    [definition, 'is already using a port required by your task'],
    [big, 'has insufficient memory available'],
    [await registerGpu('1', { cpu: 999_999 }), 'has insufficient CPU units available'],
  ] as const
  for (const [index, [taskDefinition, lack]] of cases.entries()) {
    await create(taskDefinition, { ...EC2, serviceName: `lacking-${index}` })
    expect(await why(`lacking-${index}`)).toBe(wordOf(`The closest matching (container-instance ${id}) ${lack}.`))
  }
})

test('grows the group for waiting tasks, shrinks it when they are gone, and grows it again', async () => {
  const { ecs, clock, until, group, registerGpu, registered, create, rolledOut } = await startGpus()
  await create(await registerGpu('3'), { ...PROVIDER, desiredCount: 2 })
  const up = await rolledOut('COMPLETED')
  expect([up.runningCount, (await group())?.DesiredCapacity]).toEqual([2, 2])

  await ecs.updateService({ service: 'web', desiredCount: 0 })
  const emptied = clock.now().getTime()
  await until(async () => (await group())?.DesiredCapacity === 0)
  // Fifteen datapoints of a minute before an instance goes.
  expect((clock.now().getTime() - emptied) / 60_000).toBeGreaterThan(14)
  await registered(0)

  await ecs.updateService({ service: 'web', desiredCount: 1 })
  await registered(1)
  const again = await until(async () => {
    const { services } = await ecs.describeServices({ services: ['web'] })
    return services?.[0]?.runningCount === 1 && services[0]
  })
  expect([again.desiredCount, (await group())?.DesiredCapacity]).toEqual([1, 1])
})

test('does not grow beyond the largest size of the group', async () => {
  const { clock, describe, group, registerGpu, create } = await startGpus()
  await create(await registerGpu('4'), { ...PROVIDER, desiredCount: 5 })
  await clock.pass(1800)
  expect([(await group())?.DesiredCapacity, (await describe()).runningCount, (await describe()).pendingCount]).toEqual([
    3, 3, 2,
  ])
})

test('moves the tasks of services off an instance that drains, and leaves others there', async () => {
  const { ecs, until, tasks, registerGpu, registered, create, rolledOut, run } = await startGpus(2)
  await registered(2)
  const definition = await registerGpu('1')
  await create(definition, { ...PROVIDER })
  await rolledOut('COMPLETED')
  const [served] = await tasks({ serviceName: 'web' })
  const instance = served?.containerInstanceArn ?? ''
  const [alone] = await run(definition, EC2)
  const [other] = await run(definition, EC2)
  const resident = [alone, other].find(({ containerInstanceArn } = {}) => containerInstanceArn === instance)
  const { containerInstances } = await ecs.updateContainerInstancesState({
    containerInstances: [instance],
    status: 'DRAINING',
  })
  expect(containerInstances).toMatchObject([{ status: 'DRAINING' }])
  const [moved] = await until(async () => {
    const now = await tasks({ serviceName: 'web' })
    return now[0]?.lastStatus === 'RUNNING' && now
  })
  expect(moved?.containerInstanceArn).not.toBe(instance)
  expect(moved?.taskArn).not.toBe(served?.taskArn)
  expect((await ecs.listTasks({ containerInstance: instance })).taskArns).toEqual(resident ? [resident.taskArn] : [])
  expect(await refusal(ecs.updateContainerInstancesState({ containerInstances: [instance], status: 'ACTIVE' }))).toBe(
    'accepted',
  )
})

test('keeps a capacity provider that is in use', async () => {
  const { ecs, until, describe, registerGpu, create } = await startGpus()
  await create(await registerGpu('1'), PROVIDER)
  const detach = () =>
    refusal(
      ecs.putClusterCapacityProviders({
        cluster: 'default',
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
      }),
    )
  expect(await refusal(ecs.deleteCapacityProvider({ capacityProvider: 'gpu' }))).toBe(
    'ClientException: The capacity provider cannot be deleted because it is associated with cluster: default. Remove the capacity provider from the cluster and try again.',
  )
  const inUse = 'ResourceInUseException: The specified capacity provider is in use and cannot be removed.'
  expect(await detach()).toBe(inUse)
  await ecs.deleteService({ service: 'web', force: true })
  expect([(await describe()).status, await detach()]).toEqual(['DRAINING', inUse])
  await until(async () => (await describe()).status === 'INACTIVE')
  expect(await detach()).toBe('accepted')
  expect((await ecs.deleteCapacityProvider({ capacityProvider: 'gpu' })).capacityProvider?.status).toBe('INACTIVE')
  expect((await ecs.describeCapacityProviders({ capacityProviders: ['FARGATE', 'gpu'] })).failures).toEqual([
    { arn: 'arn:aws:ecs:us-east-1:000000000000:capacity-provider/gpu', reason: 'MISSING' },
  ])
})

test('refuses a capacity provider whose name or group is taken', async () => {
  const { ecs, group } = await startGpus()
  const autoScalingGroupProvider = { autoScalingGroupArn: (await group())?.AutoScalingGroupARN }
  const create = (name: string) => refusal(ecs.createCapacityProvider({ name, autoScalingGroupProvider }))
  expect(
    [await create('fargate-gpu'), await create('gpu'), await create('other')].map((one) => one.slice(0, 88)),
  ).toEqual(
    [
      'ClientException: The specified capacity provider name is invalid. Up to 255 characters are',
      'ClientException: A capacity provider with the specified name already exists.',
      'ClientException: The specified Auto Scaling group ARN is already being used by another ca',
    ].map((one) => one.slice(0, 88)),
  )
})

test('ends the tasks of an instance that is terminated; a service starts its own elsewhere', async () => {
  const { aws, until, tasks, registerGpu, registered, create, rolledOut, run, stopped } = await startGpus()
  const definition = await registerGpu('1')
  await create(definition, PROVIDER)
  await rolledOut('COMPLETED')
  const [instance] = await registered(1)
  const [task] = await tasks()
  const [alone] = await run(definition, EC2)
  const id = instance?.ec2InstanceId ?? ''
  await new Ec2.EC2(aws.client).terminateInstances({ InstanceIds: [id] })
  const [other] = await until(async () => {
    const now = await tasks({ serviceName: 'web' })
    return now[0]?.lastStatus === 'RUNNING' && now[0].taskArn !== task?.taskArn && now
  })
  expect(other?.containerInstanceArn).not.toBe(task?.containerInstanceArn)
  expect(await stopped(alone?.taskArn)).toMatchObject({
    stopCode: 'TerminationNotice',
    stoppedReason: `Host EC2 (instance ${id}) terminated.`,
  })
})
