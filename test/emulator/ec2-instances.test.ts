import * as Ec2 from '@aws-sdk/client-ec2'
import * as Ecs from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { publicAmis } from '../../src/emulator/services/ec2/amis.ts'
import { emptyState } from '../../src/emulator/state.ts'
import { startAws, type TestAws } from '../support/emulator.ts'

const imageOf = (kind: string, architecture = 'x86_64') =>
  publicAmis('us-east-1').find((ami) => ami.kind === kind && ami.architecture === architecture)?.imageId ?? ''

const launch = { ImageId: imageOf('ecs'), InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1 } as const

const refusal = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'accepted',
    ({ name, message }: Error) => `${name}: ${message}`,
  )

async function start(aws?: TestAws) {
  const running = aws ?? (await startAws())
  const ec2 = new Ec2.EC2(running.client)
  const instance = async (InstanceId: string) =>
    (await ec2.describeInstances({ InstanceIds: [InstanceId] })).Reservations?.[0]?.Instances?.[0]
  const run = async (input: Partial<Ec2.RunInstancesCommandInput>) =>
    (await ec2.runInstances({ ...launch, ...input })).Instances?.[0]?.InstanceId ?? ''
  return { aws: running, ec2, instance, run }
}

test('runs an instance with a public address until it is terminated', async () => {
  const { aws, ec2, instance, run } = await start()
  const id = await run({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'x' }] }] })
  const running = await aws.eventually(async () => {
    const now = await instance(id)
    return now?.State?.Name === 'running' && now
  })
  expect(running).toMatchObject({
    Tags: [{ Key: 'Name', Value: 'x' }],
    Placement: { AvailabilityZone: 'us-east-1a' },
    PrivateIpAddress: running.NetworkInterfaces?.[0]?.PrivateIpAddress,
    PublicIpAddress: expect.stringMatching(/^198\.1[89]\./),
  })
  await ec2.terminateInstances({ InstanceIds: [id] })
  const gone = await aws.eventually(async () => {
    const now = await instance(id)
    return now?.State?.Name === 'terminated' && now
  })
  expect([gone.PrivateIpAddress, gone.StateReason?.Code]).toEqual([undefined, 'Client.UserInitiatedShutdown'])
  expect((await ec2.describeNetworkInterfaces({})).NetworkInterfaces).toEqual([])
  await aws.eventually(async () => (await refusal(instance(id))).startsWith('InvalidInstanceID.NotFound'))
})

test('launches what a template says, and what the request says instead', async () => {
  const { ec2 } = await start()
  const LaunchTemplateName = 'node'
  await ec2.createLaunchTemplate({
    LaunchTemplateName,
    LaunchTemplateData: {
      ImageId: 'resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id',
      InstanceType: 'g6.xlarge',
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'from', Value: 'template' }] }],
    },
  })
  await ec2.createLaunchTemplateVersion({
    LaunchTemplateName,
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 'g5.xlarge' },
  })
  const run = async (Version: string, input: Partial<Ec2.RunInstancesCommandInput> = {}) => {
    const LaunchTemplate = { LaunchTemplateName, Version }
    const { Instances } = await ec2.runInstances({ MinCount: 1, MaxCount: 1, LaunchTemplate, ...input })
    const { ImageId, InstanceType, Tags } = Instances?.[0] ?? {}
    return [ImageId === imageOf('ecs-gpu'), InstanceType, Tags?.map(({ Key, Value }) => `${Key}=${Value}`).join()]
  }
  const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'by', Value: 'request' }] }]
  expect([
    await run('$Default'),
    await run('$Latest'),
    await run('2', { InstanceType: 'g4dn.xlarge', TagSpecifications }),
    await refusal(run('3')),
  ]).toEqual([
    [true, 'g6.xlarge', 'from=template'],
    [true, 'g5.xlarge', 'from=template'],
    [true, 'g4dn.xlarge', 'from=template,by=request'],
    expect.stringContaining('InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version 3'),
  ])
})

test('refuses what AWS does not launch', async () => {
  const { ec2 } = await start()
  const run = (input: Partial<Ec2.RunInstancesCommandInput>) => refusal(ec2.runInstances({ ...launch, ...input }))
  expect([
    await run({ ImageId: 'ami-1' }),
    await run({ InstanceType: 'm9.huge' as 'm7i.large' }),
    (await run({ InstanceType: 't4g.micro' })).split('. ')[0],
    await run({ InstanceType: 'g6e.xlarge', Placement: { AvailabilityZone: 'us-east-1c' } }),
    await run({ IamInstanceProfile: { Name: 'nobody' } }),
    await run({ DryRun: true }),
  ]).toEqual([
    "InvalidAMIID.NotFound: The image id '[ami-1]' does not exist",
    "InvalidParameterValue: Invalid value 'm9.huge' for InstanceType.",
    "InvalidParameterValue: The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI",
    'Unsupported: Your requested instance type (g6e.xlarge) is not supported in your requested Availability Zone (us-east-1c). Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b.',
    'InvalidParameterValue: Value (nobody) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
    'DryRunOperation: Request would have succeeded, but DryRun flag is set.',
  ])
})

test('launches once for a client token', async () => {
  const { run } = await start()
  expect(await run({ ClientToken: 'same' })).toBe(await run({ ClientToken: 'same' }))
})

test('brings instances with a cluster in their user data to ECS, and carries on after a restart', async () => {
  const state = emptyState()
  const first = await start(await startAws({ state }))
  await new Ecs.ECS(first.aws.client).createCluster({ clusterName: 'web' })
  const UserData = Buffer.from('#!/bin/bash\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config\n').toString('base64')
  const id = await first.run({ UserData })
  await first.aws.emulator.close()

  const { aws, ec2 } = await start(await startAws({ state, seed: 2 }))
  const ecs = new Ecs.ECS(aws.client)
  const registered = async () => (await ecs.listContainerInstances({ cluster: 'web' })).containerInstanceArns ?? []
  await aws.eventually(async () => (await registered()).length === 1)
  await ec2.terminateInstances({ InstanceIds: [id] })
  await aws.eventually(async () => (await registered()).length === 0)
})

test('knows GPUs, and the zones that lack them', async () => {
  const { ec2 } = await start()
  const { InstanceTypes } = await ec2.describeInstanceTypes({ InstanceTypes: ['g5.12xlarge', 'm6g.large'] })
  expect(
    InstanceTypes?.map(({ VCpuInfo, MemoryInfo, ProcessorInfo, GpuInfo, InstanceStorageInfo, NetworkInfo }) => [
      VCpuInfo?.DefaultVCpus,
      MemoryInfo?.SizeInMiB,
      ProcessorInfo?.SupportedArchitectures,
      GpuInfo?.Gpus?.map(({ Name, Count, MemoryInfo }) => [Name, Count, MemoryInfo?.SizeInMiB]),
      InstanceStorageInfo?.TotalSizeInGB,
      [NetworkInfo?.MaximumNetworkInterfaces, NetworkInfo?.Ipv4AddressesPerInterface],
    ]),
  ).toEqual([
    [2, 8192, ['arm64'], undefined, undefined, [3, 10]],
    [48, 196_608, ['x86_64'], [['A10G', 4, 22_888]], 3800, [15, 50]],
  ])
  const { InstanceTypeOfferings } = await ec2.describeInstanceTypeOfferings({
    LocationType: 'availability-zone',
    Filters: [
      { Name: 'instance-type', Values: ['g6.xlarge', 'g6e.*', 'p4d.24xlarge'] },
      { Name: 'location', Values: ['*c'] },
    ],
  })
  expect(InstanceTypeOfferings?.map(({ InstanceType }) => InstanceType)).toEqual(['g6.xlarge'])
})
