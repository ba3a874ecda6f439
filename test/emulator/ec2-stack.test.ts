import * as AutoScaling from '@aws-sdk/client-auto-scaling'
import * as CloudFormation from '@aws-sdk/client-cloudformation'
import * as Ec2 from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

const IMAGE = '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id'

const network = {
  Vpc: {
    Type: 'AWS::EC2::VPC',
    Properties: { CidrBlock: '10.0.0.0/16', EnableDnsHostnames: true, Tags: [{ Key: 'Name', Value: 'web' }] },
  },
  Internet: { Type: 'AWS::EC2::InternetGateway' },
  Attachment: {
    Type: 'AWS::EC2::VPCGatewayAttachment',
    Properties: { VpcId: { Ref: 'Vpc' }, InternetGatewayId: { Ref: 'Internet' } },
  },
  Public: {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      VpcId: { Ref: 'Vpc' },
      CidrBlock: '10.0.0.0/24',
      AvailabilityZone: 'us-east-1a',
      MapPublicIpOnLaunch: true,
    },
  },
  Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: { Ref: 'Vpc' } } },
  Association: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { RouteTableId: { Ref: 'Table' }, SubnetId: { Ref: 'Public' } },
  },
  Group: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'web',
      VpcId: { Ref: 'Vpc' },
      SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' }],
      SecurityGroupEgress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }],
    },
  },
}

const nat = {
  Address: { Type: 'AWS::EC2::EIP', DependsOn: 'Attachment', Properties: { Domain: 'vpc' } },
  Nat: {
    Type: 'AWS::EC2::NatGateway',
    Properties: { SubnetId: { Ref: 'Public' }, AllocationId: { 'Fn::GetAtt': ['Address', 'AllocationId'] } },
  },
  Route: {
    Type: 'AWS::EC2::Route',
    Properties: { RouteTableId: { Ref: 'Table' }, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: { Ref: 'Nat' } },
  },
  Logs: {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: { Ref: 'Vpc' },
      VpcEndpointType: 'Interface',
      ServiceName: 'com.amazonaws.us-east-1.logs',
      SubnetIds: [{ Ref: 'Public' }],
      SecurityGroupIds: [{ Ref: 'Group' }],
      PrivateDnsEnabled: true,
    },
  },
}

const nodes = (InstanceType: string, group: object = {}) => ({
  Template: {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: { LaunchTemplateData: { ImageId: `resolve:ssm:${IMAGE}`, InstanceType } },
  },
  Nodes: {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      MinSize: '1',
      MaxSize: '2',
      VPCZoneIdentifier: [{ Ref: 'Public' }],
      LaunchTemplate: {
        LaunchTemplateId: { Ref: 'Template' },
        Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] },
      },
      ...group,
    },
  },
})

async function start() {
  const aws = await startAws()
  const cloudformation = new CloudFormation.CloudFormation(aws.client)
  let StackName = 'web'
  const settled = () =>
    aws.eventually(async () => {
      const { Stacks } = await cloudformation.describeStacks({ StackName })
      return !Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS') && Stacks?.[0]
    })
  const body = (Resources: object, Outputs: object = {}) => JSON.stringify({ Resources, Outputs })
  return {
    aws,
    ec2: new Ec2.EC2(aws.client),
    asg: new AutoScaling.AutoScaling(aws.client),
    async create(Resources: object, Outputs?: object) {
      const { StackId } = await cloudformation.createStack({ StackName, TemplateBody: body(Resources, Outputs) })
      StackName = StackId ?? ''
      return settled()
    },
    async update(Resources: object, Outputs?: object) {
      await cloudformation.updateStack({ StackName, TemplateBody: body(Resources, Outputs) })
      return settled()
    },
    async remove() {
      await cloudformation.deleteStack({ StackName })
      return settled()
    },
    async failures() {
      const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName })
      return StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED')).map(
        ({ LogicalResourceId, ResourceStatusReason }) => [LogicalResourceId, ResourceStatusReason],
      )
    },
  }
}

test('makes a network and leaves nothing of it behind', async () => {
  const { ec2, create, remove } = await start()
  const outputs = {
    Route: { Value: { Ref: 'Route' } },
    Attachment: { Value: { Ref: 'Attachment' } },
    Address: { Value: { Ref: 'Address' } },
    Group: { Value: { 'Fn::GetAtt': ['Vpc', 'DefaultSecurityGroup'] } },
    Zone: { Value: { 'Fn::GetAtt': ['Public', 'AvailabilityZoneId'] } },
  }
  const stack = await create({ ...network, ...nat }, outputs)
  const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: 'tag:Name', Values: ['web'] }] })
  const inVpc = { Filters: [{ Name: 'vpc-id', Values: [Vpcs?.[0]?.VpcId ?? ''] }] }
  const { RouteTables = [] } = await ec2.describeRouteTables(inVpc)
  const { SecurityGroups = [] } = await ec2.describeSecurityGroups(inVpc)
  const { Addresses } = await ec2.describeAddresses({})
  const table = RouteTables.find(({ Routes }) => Routes?.some(({ NatGatewayId }) => NatGatewayId))
  expect(stack.StackStatus).toBe('CREATE_COMPLETE')
  expect(
    Object.fromEntries(stack.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? []),
  ).toEqual({
    Route: `${table?.RouteTableId}|0.0.0.0/0`,
    Attachment: `IGW|${Vpcs?.[0]?.VpcId}`,
    Address: Addresses?.[0]?.PublicIp,
    Group: SecurityGroups.find(({ GroupName }) => GroupName === 'default')?.GroupId,
    Zone: 'use1-az1',
  })
  expect(SecurityGroups.find(({ GroupName }) => GroupName !== 'default')).toMatchObject({
    IpPermissions: [{ FromPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    IpPermissionsEgress: [{ FromPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  })

  expect((await remove()).StackStatus).toBe('DELETE_COMPLETE')
  const left = [
    (await ec2.describeVpcs({})).Vpcs,
    (await ec2.describeInternetGateways({})).InternetGateways,
    (await ec2.describeAddresses({})).Addresses,
    (await ec2.describeNetworkInterfaces({})).NetworkInterfaces,
    (await ec2.describeRouteTables({})).RouteTables,
    (await ec2.describeSecurityGroups({})).SecurityGroups,
  ]
  expect(left.map((items) => items?.length)).toEqual([1, 1, 0, 0, 1, 1])
})

test('says why a NAT gateway failed', async () => {
  const { ec2, create, failures } = await start()
  const { Attachment: _, ...withoutInternet } = network
  const { Nat, Address } = nat
  const stack = await create({ ...withoutInternet, Nat, Address: { ...Address, DependsOn: 'Vpc' } })
  expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE')
  const { NatGateways } = await ec2.describeNatGateways({})
  expect(await failures()).toContainEqual([
    'Nat',
    expect.stringContaining(
      `NatGateway ${NatGateways?.[0]?.NatGatewayId} is in state failed and hence failed to stabilize. Detailed failure message: Network ${NatGateways?.[0]?.VpcId} has no Internet gateway attached`,
    ),
  ])
})

test('updates rules and launch templates in place', async () => {
  const { ec2, asg, create, update } = await start()
  await create({ ...network, ...nodes('m7i.large') })
  const { SecurityGroupEgress: _, ...ingress } = network.Group.Properties
  const Group = {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      ...ingress,
      SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, CidrIp: '10.0.0.0/16' }],
    },
  }
  const stack = await update({ ...network, Group, ...nodes('m7i.xlarge', { MaxSize: '3' }) })
  expect(stack.StackStatus).toBe('UPDATE_COMPLETE')
  const { SecurityGroups } = await ec2.describeSecurityGroups({ Filters: [{ Name: 'description', Values: ['web'] }] })
  expect(SecurityGroups?.[0]).toMatchObject({
    IpPermissions: [{ FromPort: 8080, IpRanges: [{ CidrIp: '10.0.0.0/16' }] }],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  })
  const { AutoScalingGroups } = await asg.describeAutoScalingGroups({})
  expect(AutoScalingGroups?.map(({ MaxSize, LaunchTemplate }) => [MaxSize, LaunchTemplate?.Version])).toEqual([
    [3, '2'],
  ])
  const { LaunchTemplates } = await ec2.describeLaunchTemplates({})
  expect(
    LaunchTemplates?.map(({ LatestVersionNumber, DefaultVersionNumber }) => [
      LatestVersionNumber,
      DefaultVersionNumber,
    ]),
  ).toEqual([[2, 1]])
})

test('takes the instances with the group, whose tags they have', async () => {
  const { ec2, create, remove } = await start()
  const Tags = [{ Key: 'Name', Value: 'node', PropagateAtLaunch: true }]
  await create({ ...network, ...nodes('m7i.large', { Tags }) })
  const states = async () => {
    const { Reservations = [] } = await ec2.describeInstances({ Filters: [{ Name: 'tag:Name', Values: ['node'] }] })
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name))
  }
  expect(await states()).toEqual(['running'])
  expect((await remove()).StackStatus).toBe('DELETE_COMPLETE')
  expect(await states()).toEqual(['terminated'])
})

test('fails with the last activity when a group gets no instance', async () => {
  const { create, failures } = await start()
  const Public = { ...network.Public, Properties: { ...network.Public.Properties, AvailabilityZone: 'us-east-1c' } }
  const stack = await create({ ...network, Public, ...nodes('g6e.xlarge') })
  expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE')
  expect(await failures()).toContainEqual([
    'Nodes',
    expect.stringContaining(
      'Group did not stabilize. Last scaling activity: Your requested instance type (g6e.xlarge) is not supported in your requested Availability Zone (us-east-1c).',
    ),
  ])
})
