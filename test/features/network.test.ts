import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EC2 } from '@aws-sdk/client-ec2'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'

const manifest = (vpc: string, service = '{}') => `
app: demo
services:
  web: { image: { location: 'nginx:1', port: 80 }, http: { healthcheck: { grace_period: 5s } }, network: ${service} }
network: { vpc: ${vpc} }
`

/** Where the service's tasks are, by the subnets' names, and what the VPC has besides. */
async function seen({ aws }: TestWorld) {
  const [ec2, ecs] = [new EC2(aws.client), new ECS(aws.client)]
  const { services: [web] = [] } = await ecs.describeServices({
    cluster: await cluster(ecs),
    services: [await serviceArn(ecs)],
  })
  const { subnets = [], assignPublicIp, securityGroups = [] } = web?.networkConfiguration?.awsvpcConfiguration ?? {}
  const { Subnets = [] } = await ec2.describeSubnets({ SubnetIds: subnets })
  const { NatGateways = [] } = await ec2.describeNatGateways({ Filter: [{ Name: 'state', Values: ['available'] }] })
  const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({})
  const { FlowLogs = [] } = await ec2.describeFlowLogs({})
  return {
    blocks: Subnets.map(({ CidrBlock }) => CidrBlock).sort(),
    subnets,
    zones: new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone)).size,
    vpc: Subnets[0]?.VpcId,
    groups: securityGroups.length,
    assignPublicIp,
    gateways: NatGateways.map(({ AvailabilityMode }) => AvailabilityMode),
    endpoints: VpcEndpoints.map(({ ServiceName }) => ServiceName?.replace('com.amazonaws.us-east-1.', '')).sort(),
    flowLogs: FlowLogs.map(({ LogGroupName }) => LogGroupName),
  }
}

const cluster = async (ecs: ECS) => (await ecs.listClusters({})).clusterArns?.[0] ?? ''
const serviceArn = async (ecs: ECS) => (await ecs.listServices({ cluster: await cluster(ecs) })).serviceArns?.[0] ?? ''

test('an environment grows: a third zone, private tasks, a record of the traffic; and goes without a trace', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('{}') } })
  await deploy(flags, world.context)
  expect(await seen(world)).toMatchObject({
    blocks: ['10.0.0.0/18', '10.0.64.0/18'],
    assignPublicIp: 'ENABLED',
    gateways: [],
    endpoints: ['s3'],
    flowLogs: [],
  })

  world.write({ 'img2vid.yaml': manifest('{ zones: 3, placement: private, nat: zone, flow_logs: true }') })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: true })
  expect(await seen(world)).toMatchObject({
    blocks: ['10.0.192.0/20', '10.0.208.0/20', '10.0.224.0/20'],
    zones: 3,
    assignPublicIp: 'DISABLED',
    gateways: ['zonal', 'zonal', 'zonal'],
    flowLogs: ['/img2vid/demo-dev/flow-logs'],
  })

  world.write({ 'img2vid.yaml': manifest('{ placement: private, endpoints: true }') })
  await deploy(flags, world.context)
  expect(await seen(world)).toMatchObject({
    blocks: ['10.0.192.0/20', '10.0.208.0/20'],
    gateways: [],
    endpoints: ['ecr.api', 'ecr.dkr', 'logs', 's3', 'secretsmanager', 'ssm', 'ssmmessages'],
    flowLogs: [],
  })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })

  await destroy(flags, world.context)
  const { Vpcs = [] } = await new EC2(world.aws.client).describeVpcs({})
  expect(Vpcs.map(({ IsDefault }) => IsDefault)).toEqual([true])
})

test('ways to S3 and DynamoDB are routes of every subnet, others have addresses', async () => {
  const vpc = '{ placement: private, nat: single, endpoints: [s3, dynamodb, sqs] }'
  const world = await testWorld({ files: { 'img2vid.yaml': manifest(vpc) } })
  await deploy(flags, world.context)
  const { VpcEndpoints = [] } = await new EC2(world.aws.client).describeVpcEndpoints({})
  expect(
    VpcEndpoints.map(({ ServiceName = '', VpcEndpointType, RouteTableIds = [], SubnetIds = [] }) => {
      return [ServiceName.split('.').at(-1), VpcEndpointType, RouteTableIds.length, SubnetIds.length]
    }).sort(),
  ).toEqual([
    ['dynamodb', 'Gateway', 3, 0],
    ['s3', 'Gateway', 3, 0],
    ['sqs', 'Interface', 0, 2],
  ])
  world.write({ 'img2vid.yaml': manifest('{ endpoints: [com.amazonaws.us-east-1.sqs] }') })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    problems: [{ path: 'network.vpc.endpoints[0]', message: 'expected a service such as ecr.api' }],
  })
})

test('a regional gateway; the default VPC; security groups of the service', async () => {
  const world = await testWorld({
    files: { 'img2vid.yaml': manifest('{ nat: regional }', '{ vpc: { placement: private } }') },
  })
  await deploy(flags, world.context)
  expect(await seen(world)).toMatchObject({ assignPublicIp: 'DISABLED', gateways: ['regional'] })
  await destroy(flags, world.context)

  const ec2 = new EC2(world.aws.client)
  const { Vpcs: [usual] = [] } = await ec2.describeVpcs({})
  const { GroupId = '' } = await ec2.createSecurityGroup({ GroupName: 'db', Description: 'db', VpcId: usual?.VpcId })
  world.write({ 'img2vid.yaml': manifest('{ id: default }', `{ vpc: { security_groups: [${GroupId}] } }`) })
  await deploy(flags, world.context)
  expect(await seen(world)).toMatchObject({ vpc: usual?.VpcId, assignPublicIp: 'ENABLED', groups: 2 })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
})

test('other subnets of a VPC that exists, but no other VPC', async () => {
  const world = await testWorld()
  const { Subnets: found = [] } = await new EC2(world.aws.client).describeSubnets({})
  const VpcId = found[0]?.VpcId ?? ''
  const Subnets = found.map(({ SubnetId = '' }) => SubnetId)
  const placed = async (vpc: string) => {
    world.write({ 'img2vid.yaml': manifest(vpc) })
    const result = await deploy(flags, world.context).catch((error: UserError) => error)
    return result instanceof Error ? result : (await seen(world)).subnets
  }
  const of = (ids: readonly string[]) => `{ id: ${VpcId}, subnets: { public: [${ids.join(', ')}] } }`
  const [first = '', second = '', third = ''] = Subnets
  expect([
    await placed(of([first, second])),
    await placed(of([third, first])),
    await placed('{ id: default }'),
  ]).toEqual([[first, second], [third, first], [...Subnets].sort()])
  const before = await new CloudFormation(world.aws.client).describeStacks({})
  const refused = (is: string, wanted: string) => ({
    outcome: 'preflight',
    problems: [
      {
        path: 'NET09',
        message: `demo-dev is in ${is}, and the manifest wants it in ${wanted}: an environment stays in its VPC`,
      },
    ],
  })
  expect(await placed('{ zones: 3 }')).toMatchObject(refused(VpcId, 'a VPC of its own with 10.0.0.0/16'))
  expect(await new CloudFormation(world.aws.client).describeStacks({})).toMatchObject({ Stacks: before.Stacks })
  await destroy(flags, world.context)
  await placed('{ zones: 3 }')
  expect(await placed('{ cidr: 10.1.0.0/16 }')).toMatchObject(
    refused('a VPC of its own with 10.0.0.0/16', 'a VPC of its own with 10.1.0.0/16'),
  )
})
