import * as Ec2 from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

async function start(region = 'us-east-1') {
  const aws = await startAws()
  return { aws, ec2: new Ec2.EC2({ ...aws.client, region }) }
}

async function network() {
  const { aws, ec2 } = await start()
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })
  const VpcId = Vpc?.VpcId ?? ''
  const subnet = async (CidrBlock: string, AvailabilityZone = 'us-east-1a') =>
    (await ec2.createSubnet({ VpcId, CidrBlock, AvailabilityZone })).Subnet?.SubnetId ?? ''
  return { aws, ec2, VpcId, subnet }
}

const refusal = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => 'accepted',
    ({ name, message }: Error) => `${name}: ${message}`,
  )

test('gives every region the same default network again', async () => {
  const describe = async () => {
    const { ec2 } = await start('eu-west-1')
    const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: 'is-default', Values: ['true'] }] })
    const { Subnets } = await ec2.describeSubnets({})
    const { RouteTables } = await ec2.describeRouteTables({})
    return {
      vpcs: Vpcs?.map(({ CidrBlock, OwnerId }) => [CidrBlock, OwnerId]),
      subnets: Subnets?.map(({ AvailabilityZone, AvailabilityZoneId, CidrBlock, MapPublicIpOnLaunch }) =>
        [AvailabilityZone, AvailabilityZoneId, CidrBlock, MapPublicIpOnLaunch].join(' '),
      ),
      routes: RouteTables?.[0]?.Routes?.map(({ DestinationCidrBlock, GatewayId }) =>
        [DestinationCidrBlock, GatewayId?.slice(0, 5)].join(' '),
      ),
      ids: [...(Vpcs ?? []), ...(Subnets ?? [])].map(({ VpcId, ...item }) =>
        'SubnetId' in item ? item.SubnetId : VpcId,
      ),
    }
  }
  const first = await describe()
  expect(first).toMatchObject({
    vpcs: [['172.31.0.0/16', '000000000000']],
    subnets: [
      'eu-west-1a euw1-az1 172.31.0.0/20 true',
      'eu-west-1b euw1-az2 172.31.16.0/20 true',
      'eu-west-1c euw1-az3 172.31.32.0/20 true',
    ],
    routes: ['172.31.0.0/16 local', '0.0.0.0/0 igw-0'],
  })
  expect(new Set(first.ids).size).toBe(4)
  expect(await describe()).toEqual(first)
})

test('refuses networks that do not fit', async () => {
  const { ec2, VpcId, subnet } = await network()
  await subnet('10.0.1.0/24')
  expect([
    await refusal(ec2.createVpc({ CidrBlock: '10.0.0.0/8' })),
    await refusal(ec2.createVpc({ CidrBlock: '10.0.0.256/16' })),
    await refusal(subnet('10.1.0.0/24')),
    await refusal(subnet('10.0.1.128/25')),
    await refusal(subnet('10.0.2.0/24', 'us-east-1z')),
    await refusal(ec2.deleteVpc({ VpcId })),
    await refusal(ec2.deleteVpc({ VpcId: 'vpc-1' })),
  ]).toEqual([
    "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.",
    'InvalidParameterValue: Value (10.0.0.256/16) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.",
    "InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet",
    'InvalidParameterValue: Value (us-east-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c.',
    `DependencyViolation: The vpc '${VpcId}' has dependencies and cannot be deleted.`,
    "InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist",
  ])
})

test('hands out every address of a subnet once', async () => {
  const { ec2, subnet } = await network()
  const SubnetId = await subnet('10.0.0.0/28')
  const addresses: (string | undefined)[] = []
  for (let count = 0; count < 11; count++) {
    const { NetworkInterface } = await ec2.createNetworkInterface({ SubnetId })
    addresses.push(NetworkInterface?.PrivateIpAddress)
  }
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [SubnetId] })
  expect({ addresses: new Set(addresses), left: Subnets?.[0]?.AvailableIpAddressCount }).toEqual({
    addresses: new Set(Array.from({ length: 11 }, (_, index) => `10.0.0.${index + 4}`)),
    left: 0,
  })
  expect(await refusal(ec2.createNetworkInterface({ SubnetId }))).toBe(
    'InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.',
  )
  expect(await refusal(ec2.deleteSubnet({ SubnetId }))).toBe(
    `DependencyViolation: The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
  )
})

test('filters by members, tags and patterns, and pages', async () => {
  const { ec2, VpcId, subnet } = await network()
  const ids = [await subnet('10.0.1.0/24'), await subnet('10.0.2.0/24', 'us-east-1b'), await subnet('10.0.3.0/24')]
  await ec2.createTags({ Resources: ids.slice(0, 2), Tags: [{ Key: 'Name', Value: 'web-1' }] })
  const find = async (...Filters: Ec2.Filter[]) =>
    (await ec2.describeSubnets({ Filters })).Subnets?.map(({ SubnetId }) => SubnetId)
  expect([
    await find({ Name: 'vpc-id', Values: [VpcId] }),
    await find({ Name: 'tag:Name', Values: ['web-?', 'x'] }, { Name: 'availability-zone', Values: ['us-east-1b'] }),
    await find({ Name: 'tag-key', Values: ['Na*'] }),
    await find({ Name: 'cidr-block', Values: ['10.0.?.0/2\\*'] }),
    await refusal(find({ Name: 'colour', Values: ['red'] })),
  ]).toEqual([ids, [ids[1]], ids.slice(0, 2), [], "InvalidParameterValue: The filter 'colour' is invalid"])
  const first = await ec2.describeSubnets({ MaxResults: 5, Filters: [{ Name: 'state', Values: ['available'] }] })
  const second = await ec2.describeSubnets({ MaxResults: 5, NextToken: first.NextToken })
  expect([first, second].map(({ Subnets, NextToken }) => [Subnets?.length, NextToken])).toEqual([
    [5, '5'],
    [1, undefined],
  ])
})

test('keeps the rules of security groups', async () => {
  const { ec2, VpcId } = await network()
  const { GroupId = '' } = await ec2.createSecurityGroup({ GroupName: 'web', Description: 'web', VpcId })
  const { GroupId: app = '' } = await ec2.createSecurityGroup({ GroupName: 'app', Description: 'app', VpcId })
  const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }
  await ec2.authorizeSecurityGroupIngress({ GroupId, ...https, CidrIp: '0.0.0.0/0' })
  const { SecurityGroupRules } = await ec2.authorizeSecurityGroupIngress({
    GroupId: app,
    IpPermissions: [{ ...https, IpRanges: [{ CidrIp: '10.0.0.7/16' }], UserIdGroupPairs: [{ GroupId }] }],
  })
  const ids = SecurityGroupRules?.map(({ SecurityGroupRuleId = '' }) => SecurityGroupRuleId) ?? []
  const described = await ec2.describeSecurityGroups({ GroupIds: [app] })
  expect(described.SecurityGroups?.[0]).toMatchObject({
    IpPermissions: [
      { ...https, IpRanges: [{ CidrIp: '10.0.0.0/16' }], UserIdGroupPairs: [{ GroupId, UserId: '000000000000' }] },
    ],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  })
  expect([
    await refusal(ec2.authorizeSecurityGroupIngress({ GroupId, ...https, CidrIp: '0.0.0.0/0' })),
    await refusal(ec2.revokeSecurityGroupIngress({ GroupId, ...https, CidrIp: '1.2.3.4/32' })),
    await refusal(ec2.deleteSecurityGroup({ GroupId })),
    await refusal(ec2.createSecurityGroup({ GroupName: 'web', Description: 'web', VpcId })),
  ]).toEqual([
    'InvalidPermission.Duplicate: the specified rule "peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW" already exists',
    'InvalidPermission.NotFound: The specified rule does not exist in this security group.',
    `DependencyViolation: resource ${GroupId} has a dependent object`,
    `InvalidGroup.Duplicate: The security group 'web' already exists for VPC '${VpcId}'`,
  ])
  await ec2.revokeSecurityGroupIngress({ GroupId: app, SecurityGroupRuleIds: ids })
  expect(await refusal(ec2.deleteSecurityGroup({ GroupId }))).toBe('accepted')
})

test('lets a public NAT gateway fail in a VPC without an internet gateway', async () => {
  const { aws, ec2, VpcId, subnet } = await network()
  const SubnetId = await subnet('10.0.1.0/24')
  const { AllocationId } = await ec2.allocateAddress({})
  const { NatGateway: failing } = await ec2.createNatGateway({ SubnetId, AllocationId })
  const state = (id = '', wanted = '') =>
    aws.eventually(async () => {
      const { NatGateways } = await ec2.describeNatGateways({ NatGatewayIds: [id] })
      return NatGateways?.[0]?.State === wanted && NatGateways[0]
    })
  expect((await state(failing?.NatGatewayId, 'failed')).FailureMessage).toBe(
    `Network ${VpcId} has no Internet gateway attached`,
  )

  const { InternetGateway } = await ec2.createInternetGateway({})
  const attachment = { VpcId, InternetGatewayId: InternetGateway?.InternetGatewayId }
  await ec2.attachInternetGateway(attachment)
  const { NatGateway } = await ec2.createNatGateway({ SubnetId, AllocationId })
  await state(NatGateway?.NatGatewayId, 'available')
  expect(await refusal(ec2.detachInternetGateway(attachment))).toBe(
    `DependencyViolation: Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
  )
  await ec2.deleteNatGateway({ NatGatewayId: NatGateway?.NatGatewayId })
  await state(NatGateway?.NatGatewayId, 'deleted')
  expect(await refusal(ec2.detachInternetGateway(attachment))).toBe('accepted')
  expect(await refusal(ec2.releaseAddress({ AllocationId }))).toBe('accepted')
})

test('brings an address for every zone to a regional NAT gateway', async () => {
  const { aws, ec2, VpcId, subnet } = await network()
  await subnet('10.0.1.0/24')
  await subnet('10.0.2.0/24', 'us-east-1b')
  const { InternetGateway } = await ec2.createInternetGateway({})
  await ec2.attachInternetGateway({ VpcId, InternetGatewayId: InternetGateway?.InternetGatewayId })
  const { NatGateway } = await ec2.createNatGateway({ AvailabilityMode: 'regional', VpcId })
  const { Addresses } = await ec2.describeAddresses({})
  expect(
    NatGateway?.NatGatewayAddresses?.map(({ AvailabilityZone, AllocationId }) => [AvailabilityZone, AllocationId]),
  ).toEqual(Addresses?.map(({ AllocationId }, index) => [['us-east-1a', 'us-east-1b'][index], AllocationId]))
  await ec2.deleteNatGateway({ NatGatewayId: NatGateway?.NatGatewayId })
  await aws.eventually(async () => (await ec2.describeAddresses({})).Addresses?.length === 0)
})

test('routes gateway endpoints and gives interface endpoints an interface a zone', async () => {
  const { aws, ec2, VpcId, subnet } = await network()
  const SubnetIds = [await subnet('10.0.1.0/24'), await subnet('10.0.2.0/24', 'us-east-1b')]
  const { RouteTables } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] })
  const RouteTableIds = [RouteTables?.[0]?.RouteTableId ?? '']
  const s3 = { VpcId, ServiceName: 'com.amazonaws.us-east-1.s3', RouteTableIds }
  const gateway = await ec2.createVpcEndpoint(s3)
  const routed = async () => {
    const { RouteTables } = await ec2.describeRouteTables({ RouteTableIds })
    return RouteTables?.[0]?.Routes?.some(({ GatewayId }) => GatewayId === gateway.VpcEndpoint?.VpcEndpointId)
  }
  expect(await routed()).toBe(true)
  expect(await refusal(ec2.createVpcEndpoint(s3))).toContain('RouteAlreadyExists')
  await ec2.deleteVpcEndpoints({ VpcEndpointIds: [gateway.VpcEndpoint?.VpcEndpointId ?? ''] })
  expect(await routed()).toBe(false)

  const logs = { VpcId, VpcEndpointType: 'Interface' as const, ServiceName: 'com.amazonaws.us-east-1.logs', SubnetIds }
  expect([
    await refusal(ec2.createVpcEndpoint(logs)),
    await refusal(ec2.createVpcEndpoint({ ...logs, ServiceName: 'com.amazonaws.us-east-1.log' })),
  ]).toEqual([
    `InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${VpcId}`,
    "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.log' does not exist",
  ])
  await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: true } })
  const { VpcEndpoint } = await ec2.createVpcEndpoint(logs)
  const { NetworkInterfaces } = await ec2.describeNetworkInterfaces({
    NetworkInterfaceIds: VpcEndpoint?.NetworkInterfaceIds,
  })
  expect(NetworkInterfaces?.map(({ SubnetId }) => SubnetId)).toEqual(SubnetIds)
  const VpcEndpointIds = [VpcEndpoint?.VpcEndpointId ?? '']
  await aws.eventually(async () => {
    const { VpcEndpoints } = await ec2.describeVpcEndpoints({ VpcEndpointIds })
    return String(VpcEndpoints?.[0]?.State) === 'available'
  })
})
