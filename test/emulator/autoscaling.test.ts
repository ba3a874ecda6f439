import * as AutoScaling from '@aws-sdk/client-auto-scaling'
import * as Ec2 from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { publicAmis } from '../../src/emulator/services/ec2/amis.ts'
import { startAws } from '../support/emulator.ts'

const ImageId = publicAmis('us-east-1').find(({ kind }) => kind === 'ecs-gpu')?.imageId
const AutoScalingGroupName = 'nodes'
const AT = 'At \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ'

async function start() {
  const aws = await startAws()
  const ec2 = new Ec2.EC2(aws.client)
  const asg = new AutoScaling.AutoScaling(aws.client)
  const { Subnets = [] } = await ec2.describeSubnets({})
  const subnetIn = (zone: string) => Subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone)?.SubnetId
  await ec2.createLaunchTemplate({
    LaunchTemplateName: 'node',
    LaunchTemplateData: { ImageId, InstanceType: 'g6.xlarge' },
  })
  const LaunchTemplate = { LaunchTemplateName: 'node', Version: '$Latest' }
  const create = (input: Partial<AutoScaling.CreateAutoScalingGroupCommandInput>) =>
    asg.createAutoScalingGroup({
      AutoScalingGroupName,
      MinSize: 0,
      MaxSize: 4,
      VPCZoneIdentifier: Subnets.map(({ SubnetId }) => SubnetId).join(),
      ...(!input.MixedInstancesPolicy && { LaunchTemplate }),
      ...input,
    })
  const members = async () =>
    (await asg.describeAutoScalingGroups({ AutoScalingGroupNames: [AutoScalingGroupName] })).AutoScalingGroups?.[0]
      ?.Instances ?? []
  /** The instances, once all of them are in service and as many as wanted. */
  const inService = (count: number) =>
    aws.eventually(async () => {
      const now = await members()
      return now.length === count && now.every(({ LifecycleState }) => LifecycleState === 'InService') && now
    })
  const activities = async () => (await asg.describeScalingActivities({ AutoScalingGroupName })).Activities ?? []
  const setDesired = (DesiredCapacity: number) => asg.setDesiredCapacity({ AutoScalingGroupName, DesiredCapacity })
  return { aws, ec2, asg, create, members, inService, activities, setDesired, subnetIn }
}

test('spreads instances over zones and says why it started and stopped them', async () => {
  const { aws, ec2, create, inService, activities, setDesired } = await start()
  await create({ DesiredCapacity: 4, Tags: [{ Key: 'Name', Value: 'node', PropagateAtLaunch: true }] })
  const instances = await inService(4)
  expect(instances.map(({ AvailabilityZone }) => AvailabilityZone?.slice(-1)).sort()).toEqual(['a', 'a', 'b', 'c'])
  const { Reservations } = await ec2.describeInstances({ Filters: [{ Name: 'tag:Name', Values: ['node'] }] })
  expect(Reservations?.length).toBe(4)

  await setDesired(3)
  const left = await inService(3)
  expect(left.map(({ AvailabilityZone }) => AvailabilityZone?.slice(-1)).sort()).toEqual(['a', 'b', 'c'])
  const gone = instances.find(({ InstanceId }) => !left.some((other) => other.InstanceId === InstanceId))?.InstanceId
  const [last, first] = await aws.eventually(async () => {
    const all = await activities()
    return all[0]?.StatusCode === 'Successful' && [all[0], all.at(-1)]
  })
  expect(last).toMatchObject({
    Description: `Terminating EC2 instance: ${gone}`,
    Cause: expect.stringMatching(
      `^${AT} a user request explicitly set group desired capacity changing the desired capacity from 4 to 3\\.  ${AT} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 4 to 3\\.  ${AT} instance ${gone} was selected for termination\\.$`,
    ),
  })
  expect(first).toMatchObject({
    Description: `Launching a new EC2 instance: ${instances[0]?.InstanceId}`,
    Cause: expect.stringMatching(
      `^${AT} a user request created an AutoScalingGroup changing the desired capacity from 0 to 4\\.  ${AT} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 4\\.$`,
    ),
    Progress: 100,
  })
})

test('lets protected instances live', async () => {
  const { asg, create, inService, setDesired } = await start()
  await create({ DesiredCapacity: 3 })
  const [kept, other] = (await inService(3)).map(({ InstanceId = '' }) => InstanceId)
  await asg.setInstanceProtection({
    AutoScalingGroupName,
    InstanceIds: [kept ?? '', other ?? ''],
    ProtectedFromScaleIn: true,
  })
  await setDesired(1)
  expect((await inService(2)).map(({ InstanceId }) => InstanceId)).toEqual([kept, other])
})

test('holds a terminating instance until its hook is completed, or times out', async () => {
  const { aws, asg, create, members, inService, setDesired } = await start()
  await create({
    DesiredCapacity: 2,
    LifecycleHookSpecificationList: [
      {
        LifecycleHookName: 'drain',
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 7200,
        DefaultResult: 'CONTINUE',
      },
    ],
  })
  await inService(2)
  await setDesired(1)
  const waiting = () =>
    aws.eventually(async () => (await members()).find(({ LifecycleState }) => LifecycleState === 'Terminating:Wait'))
  const hook = { AutoScalingGroupName, LifecycleHookName: 'drain' }
  const { InstanceId } = await waiting()
  await asg.completeLifecycleAction({ ...hook, InstanceId, LifecycleActionResult: 'CONTINUE' })
  await inService(1)
  await expect(asg.recordLifecycleActionHeartbeat({ ...hook, InstanceId })).rejects.toMatchObject({
    name: 'ValidationError',
    message: `No active Lifecycle Action found with instance ID ${InstanceId}`,
  })

  await asg.putLifecycleHook({ ...hook, HeartbeatTimeout: 30 })
  await setDesired(0)
  await inService(0)
})

test('abandons a launch that its hook refuses', async () => {
  const { aws, asg, create, members, activities } = await start()
  const hook = { AutoScalingGroupName, LifecycleHookName: 'boot' }
  await create({
    DesiredCapacity: 1,
    LifecycleHookSpecificationList: [
      { LifecycleHookName: 'boot', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' },
    ],
  })
  const { InstanceId } = await aws.eventually(async () =>
    (await members()).find(({ LifecycleState }) => LifecycleState === 'Pending:Wait'),
  )
  await asg.completeLifecycleAction({ ...hook, InstanceId, LifecycleActionResult: 'ABANDON' })
  expect(await activities()).toContainEqual(
    expect.objectContaining({
      Description: expect.stringMatching(
        `^Launching a new EC2 instance: ${InstanceId}\\.  Status Reason: Instance failed to complete user's Lifecycle Action: Lifecycle Action with token [0-9a-f-]+ was abandoned: Lifecycle Action Completed with ABANDON Result$`,
      ),
      StatusCode: 'Cancelled',
    }),
  )
  await aws.eventually(async () =>
    (await members()).some((member) => member.LifecycleState === 'Pending:Wait' && member.InstanceId !== InstanceId),
  )
})

test('tries again after a launch that failed', async () => {
  const { aws, ec2, asg, create, inService, activities, subnetIn } = await start()
  await ec2.createLaunchTemplateVersion({
    LaunchTemplateName: 'node',
    LaunchTemplateData: { ImageId, InstanceType: 'g6e.xlarge' },
  })
  await create({ DesiredCapacity: 1, VPCZoneIdentifier: subnetIn('us-east-1c') })
  const failed = await aws.eventually(async () => {
    const all = await activities()
    return all.length > 1 && all[0]
  })
  expect(failed).toMatchObject({
    StatusCode: 'Failed',
    StatusMessage:
      'Your requested instance type (g6e.xlarge) is not supported in your requested Availability Zone (us-east-1c). Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b. Launching EC2 instance failed.',
    Details: JSON.stringify({ 'Subnet ID': subnetIn('us-east-1c'), 'Availability Zone': 'us-east-1c' }),
  })
  await asg.updateAutoScalingGroup({ AutoScalingGroupName, VPCZoneIdentifier: subnetIn('us-east-1b') })
  expect((await inService(1))[0]?.AvailabilityZone).toBe('us-east-1b')
})

test('takes the first type of a mixed policy that a zone has', async () => {
  const { create, inService } = await start()
  const LaunchTemplateSpecification = { LaunchTemplateName: 'node', Version: '$Latest' }
  await create({
    DesiredCapacity: 3,
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification,
        Overrides: [{ InstanceType: 'g6e.xlarge' }, { InstanceType: 'g5.xlarge' }],
      },
      InstancesDistribution: { OnDemandAllocationStrategy: 'prioritized' },
    },
  })
  expect(
    (await inService(3)).map(({ AvailabilityZone, InstanceType }) => `${AvailabilityZone} ${InstanceType}`).sort(),
  ).toEqual(['us-east-1a g6e.xlarge', 'us-east-1b g6e.xlarge', 'us-east-1c g5.xlarge'])
})

test('replaces an instance that someone else terminated', async () => {
  const { aws, ec2, create, inService, activities } = await start()
  await create({ DesiredCapacity: 1 })
  const [lost] = await inService(1)
  await ec2.terminateInstances({ InstanceIds: [lost?.InstanceId ?? ''] })
  const replacement = await aws.eventually(async () => {
    const [member] = await inService(1)
    return member?.InstanceId !== lost?.InstanceId && member
  })
  expect(
    (await activities())
      .map(({ Description, Cause }) => [Description, Cause?.replace(new RegExp(AT), 'At T')])
      .slice(0, 2),
  ).toEqual([
    [
      `Launching a new EC2 instance: ${replacement.InstanceId}`,
      'At T an instance was launched in response to an unhealthy instance needing to be replaced.',
    ],
    [
      `Terminating EC2 instance: ${lost?.InstanceId}`,
      'At T an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.',
    ],
  ])
})

test('keeps the desired capacity within its bounds, and goes only with its instances', async () => {
  const { aws, ec2, asg, create, inService, setDesired } = await start()
  const refusal = (action: Promise<unknown>) =>
    action.then(
      () => 'accepted',
      ({ message }: Error) => message,
    )
  await create({ DesiredCapacity: 1 })
  await inService(1)
  expect([
    await refusal(setDesired(5)),
    await refusal(asg.updateAutoScalingGroup({ AutoScalingGroupName, DesiredCapacity: 2, MinSize: 3 })),
    await refusal(create({})),
    await refusal(asg.deleteAutoScalingGroup({ AutoScalingGroupName })),
  ]).toEqual([
    'New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.',
    'Desired capacity:2 must be between the specified min size:3 and max size:4',
    'AutoScalingGroup by this name already exists - A group with the name nodes already exists',
    'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
  ])
  await asg.updateAutoScalingGroup({ AutoScalingGroupName, MinSize: 2 })
  await inService(2)
  await asg.deleteAutoScalingGroup({ AutoScalingGroupName, ForceDelete: true })
  await aws.eventually(async () => (await asg.describeAutoScalingGroups({})).AutoScalingGroups?.length === 0)
  const { Reservations } = await ec2.describeInstances({
    Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down'] }],
  })
  expect(Reservations).toEqual([])
})
