import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { EC2 } from '@aws-sdk/client-ec2'
import { ECS, type Task } from '@aws-sdk/client-ecs'
import { IAM } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { type InitFlags, init } from '../../src/commands/init.ts'
import { status } from '../../src/commands/status.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { problemsOf } from '../support/problems.ts'
import { sharedTime } from '../support/shared-time.ts'

const manifest = (web: string, others = '') => `
app: demo
services:
  web:
    image: { location: 'web:1', port: 80 }
    http: { healthcheck: { grace_period: 5s } }
    ${web}
${others}
`

async function seen({ aws }: TestWorld) {
  const [ecs, asg, ec2] = [new ECS(aws.client), new AutoScaling(aws.client), new EC2(aws.client)]
  const [cluster = ''] = (await ecs.listClusters({})).clusterArns ?? []
  const { containerInstanceArns = [] } = await ecs.listContainerInstances({ cluster })
  const { containerInstances = [] } =
    containerInstanceArns.length > 0
      ? await ecs.describeContainerInstances({ cluster, containerInstances: containerInstanceArns })
      : {}
  const { taskArns = [] } = await ecs.listTasks({ cluster })
  const { tasks = [] } = taskArns.length > 0 ? await ecs.describeTasks({ cluster, tasks: taskArns }) : {}
  const { AutoScalingGroups: groups = [] } = await asg.describeAutoScalingGroups({})
  const { Reservations = [] } = await ec2.describeInstances({})
  return {
    tasksOf: (service: string): Task[] => tasks.filter(({ group }) => group === `service:${service}`),
    services: (await ecs.listServices({ cluster })).serviceArns ?? [],
    types: containerInstances.map(
      ({ attributes = [] }) => attributes.find(({ name }) => name === 'ecs.instance-type')?.value,
    ),
    instances: containerInstances,
    groups,
    markets: Reservations.flatMap(({ Instances = [] }) => Instances)
      .filter(({ State }) => State?.Name === 'running')
      .map(({ InstanceLifecycle }) => InstanceLifecycle ?? 'on-demand')
      .sort(),
  }
}

test('a service moves from Fargate to plain instances and back, and answers all the same', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('count: 2') } })
  const first = await deploy(flags, world.context)
  const url = first.services.web?.url ?? ''

  world.write({ 'img2vid.yaml': manifest('compute: ec2\n    count: 2\n    instances: [c7g.large]') })
  await deploy(flags, world.context)
  const there = await seen(world)
  expect(new Set(there.types)).toEqual(new Set(['c7g.large']))
  expect(there.services).toHaveLength(1)
  expect(await (await fetch(url)).text()).toContain('simulated task of web:1')
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })

  world.write({ 'img2vid.yaml': manifest('count: 2') })
  await deploy(flags, world.context)
  const back = await seen(world)
  expect([back.types, back.groups]).toEqual([[], []])
  expect(await (await fetch(url)).text()).toContain('simulated task of web:1')
})

test('init writes a manifest for plain instances, which tells its plan in words', async () => {
  const world = await testWorld()
  const answers = {
    ...flags,
    app: 'demo',
    image: 'web:1',
    port: 80,
    compute: 'ec2',
    instanceType: ['t4g.small'],
    yes: true,
  }
  await init({ ...answers, force: false } as InitFlags, world.context)
  const environment = environmentOf(readFileSync(join(world.folder, 'img2vid.yaml'), 'utf8'))
  expect(environment.services).toMatchObject([
    { compute: { kind: 'ec2', instances: ['t4g.small'], cpu: 256, memory: 512 }, platform: 'linux/arm64' },
  ])
  const daemon = manifest('count: 1', `  agent: { image: { location: 'a:1' }, compute: ec2, scheduling: daemon }`)
  expect(stacksOf(environmentOf(daemon)).map(({ summary }) => summary)).toEqual([
    'network in 2 zones, load balancer, cluster',
    '1 task: 0.25 vCPU, 0.5 GB, port 80',
    'a task on each instance: 0.25 vCPU, 0.5 GB',
  ])
})

test('instances are bought as told: Spot beyond a base, their disk and settings, and a daemon on each', async () => {
  const world = await testWorld({
    time: sharedTime(),
    files: {
      'img2vid.yaml': manifest(
        `compute: ec2
    count: 3
    instances: [m7i.large, c7i.large]
    spot: { base: 1 }
    placement: { constraints: [distinct_instance] }
    host: { disk: 77, image_cache: once }`,
        `  agent: { image: { location: 'agent:1' }, compute: ec2, scheduling: daemon, network: { mode: host } }`,
      ),
    },
  })
  await deploy(flags, world.context)
  const now = await seen(world)
  expect(now.groups).toMatchObject([
    {
      MinSize: 3,
      MaxSize: 6,
      CapacityRebalance: true,
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandBaseCapacity: 1,
          OnDemandPercentageAboveBaseCapacity: 0,
          SpotAllocationStrategy: 'capacity-optimized-prioritized',
        },
        LaunchTemplate: { Overrides: [{ InstanceType: 'm7i.large' }, { InstanceType: 'c7i.large' }] },
      },
    },
  ])
  expect(now.markets).toEqual(['on-demand', 'spot', 'spot'])
  const template = now.groups[0]?.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification
  const { LaunchTemplateVersions } = await new EC2(world.aws.client).describeLaunchTemplateVersions({
    LaunchTemplateId: template?.LaunchTemplateId,
    Versions: [template?.Version ?? ''],
  })
  const data = LaunchTemplateVersions?.[0]?.LaunchTemplateData
  expect(data?.BlockDeviceMappings?.[0]?.Ebs).toMatchObject({ VolumeSize: 77, Encrypted: true })
  const script = Buffer.from(data?.UserData ?? '', 'base64').toString()
  expect(script).toContain('ECS_IMAGE_PULL_BEHAVIOR=once\nCONFIG\n')
  expect(script).not.toContain('GPU')

  const daemons = now.instances.map(({ containerInstanceArn }) => containerInstanceArn).sort()
  const agents =
    now.services
      .find((one) => one.includes('Agent') || one.includes('agent'))
      ?.split('/')
      .at(-1) ?? ''
  expect(
    now
      .tasksOf(agents)
      .map(({ containerInstanceArn }) => containerInstanceArn)
      .sort(),
  ).toEqual(daemons)
  await destroy({ ...flags, yes: true }, world.context)
  expect((await new AutoScaling(world.aws.client).describeAutoScalingGroups({})).AutoScalingGroups).toEqual([])
})

test('instances that ECS looks after appear for a service, and go with it', async () => {
  const world = await testWorld({
    files: {
      'img2vid.yaml': manifest(
        'compute: managed\n    gpus: 1\n    instances: [g6.*]\n    memory: 8192\n    network: { vpc: { placement: private } }',
      ),
    },
  })
  const { services } = await deploy(flags, world.context)
  expect((await seen(world)).types).toEqual(['g6.xlarge'])
  expect(await (await fetch(services.web?.url ?? '')).text()).toContain('simulated task of web:1')
  await destroy({ ...flags, yes: true }, world.context)
  expect(
    (await new ECS(world.aws.client).describeCapacityProviders({})).capacityProviders?.map(({ name }) => name),
  ).toEqual(['FARGATE', 'FARGATE_SPOT'])
})

test('instances that stay as they were launched are told of, and are replaced by what is told', async () => {
  const plain = (more: string) => manifest(`compute: ec2\n    ${more}`)
  const world = await testWorld({ files: { 'img2vid.yaml': plain('instances: [t3.small]') } })
  await deploy(flags, world.context)
  const before = (await seen(world)).groups.flatMap(({ Instances = [] }) => Instances)
  const first = before[0]?.InstanceId ?? ''
  const note = (id: string) =>
    `web goes on on instances as they were launched before (${id}); new ones are as the stack has them now. One is replaced by:
  aws autoscaling terminate-instance-in-auto-scaling-group --no-should-decrement-desired-capacity --region us-east-1 --instance-id ${id}`
  world.write({ 'img2vid.yaml': plain('instances: [t3.small]\n    host: { disk: 99 }') })
  expect(await deploy(flags, world.context)).toMatchObject({ notes: [note(first)] })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false, notes: [] })

  const asg = new AutoScaling(world.aws.client)
  await asg.terminateInstanceInAutoScalingGroup({ InstanceId: first, ShouldDecrementDesiredCapacity: false })
  const second = await world.aws.eventually(async () => {
    const [group] = (await seen(world)).groups
    return group?.Instances?.find(
      ({ InstanceId, LifecycleState }) => InstanceId !== first && LifecycleState === 'InService',
    )?.InstanceId
  })
  world.write({ 'img2vid.yaml': plain('instances: [t3a.small]\n    host: { disk: 99 }') })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: true, notes: [note(second)] })
  expect(world.shown).toContainEqual({ type: 'note', text: note(second) })
})

test('a service whose instances need no GPU any more leaves nothing behind when it goes', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('compute: gpu') } })
  const groups = () => Object.values(world.aws.emulator.world.region('us-east-1').ec2.securityGroups).length
  const before = groups()
  await deploy(flags, world.context)
  const made = groups()
  world.write({ 'img2vid.yaml': manifest('compute: ec2') })
  await deploy(flags, world.context)
  expect(groups()).toBe(made)
  await destroy({ ...flags, yes: true }, world.context)
  expect(groups()).toBe(before)
})

const resource = (name: string) => ({ name, type: 'INTEGER', integerValue: 8192 })

test('a service moves between instances of its own and those that ECS looks after, on demand or Spot', async () => {
  const to = (compute: string) => manifest(`${compute}\n    network: { vpc: { placement: private } }`)
  const world = await testWorld({ files: { 'img2vid.yaml': to('compute: ec2') } })
  const first = await deploy(flags, world.context)
  const url = first.services.web?.url ?? ''
  const ecs = new ECS(world.aws.client)
  const managed = async () =>
    ((await ecs.describeCapacityProviders({})).capacityProviders ?? [])
      .filter(({ managedInstancesProvider }) => managedInstancesProvider)
      .map(
        ({ managedInstancesProvider }) =>
          managedInstancesProvider?.instanceLaunchTemplate?.capacityOptionType ?? 'ON_DEMAND',
      )
  const moved: [string, string[], number][] = []
  for (const compute of ['compute: managed', 'compute: managed\n    spot: true', 'compute: managed', 'compute: ec2']) {
    world.write({ 'img2vid.yaml': to(compute) })
    expect(await deploy(flags, world.context)).toMatchObject({ changed: true, services: { web: { url } } })
    expect(await (await fetch(url)).text()).toContain('simulated task of web:1')
    moved.push([compute.split('\n').join(','), await managed(), (await seen(world)).groups.length])
  }
  expect(moved).toEqual([
    ['compute: managed', ['ON_DEMAND'], 0],
    ['compute: managed,    spot: true', ['SPOT'], 0],
    ['compute: managed', ['ON_DEMAND'], 0],
    ['compute: ec2', [], 1],
  ])
})

test('machines of one’s own that have joined run external tasks', async () => {
  const files = {
    'img2vid.yaml': `
app: demo
services:
  agent: { image: { location: 'agent:1' }, compute: external, scheduling: daemon }
`,
  }
  const world = await testWorld({ files })
  await deploy(flags, world.context)
  const ecs = new ECS(world.aws.client)
  const [cluster = ''] = (await ecs.listClusters({})).clusterArns ?? []
  await ecs.registerContainerInstance({ cluster, totalResources: [resource('CPU'), resource('MEMORY')] })
  await world.aws.eventually(async () => {
    const { services } = await ecs.describeServices({
      cluster,
      services: (await ecs.listServices({ cluster })).serviceArns,
    })
    return services?.[0]?.runningCount === 1 && services[0].launchType === 'EXTERNAL'
  })
})

test('a task for machines of one’s own waits, says how one joins, and lets it go at the end', async () => {
  const yaml = "app: demo\nservices: { agent: { image: { location: 'agent:1' }, compute: external } }\n"
  const world = await testWorld({ files: { 'img2vid.yaml': yaml } })
  const ecs = new ECS(world.aws.client)
  const deployed = deploy(flags, world.context)
  const told = await world.aws.eventually(async () =>
    world.shown.flatMap((one) => (one.type === 'note' && /waits for a machine/.test(one.text) ? [one.text] : [])).at(0),
  )
  const [cluster = ''] = (await ecs.listClusters({})).clusterArns ?? []
  const { Roles = [] } = await new IAM(world.aws.client).listRoles({})
  const role = Roles.find(({ RoleName }) => RoleName?.includes('ExternalInstanceRole'))?.RoleName
  expect(told.split('\n')).toEqual([
    `agent waits for a machine of yours. What this answers is for ECS Anywhere's install script, with --cluster ${cluster.split('/').at(-1)}:`,
    `  aws ssm create-activation --region us-east-1 --iam-role ${role} --registration-limit 1`,
  ])
  const { containerInstance } = await ecs.registerContainerInstance({
    cluster,
    totalResources: [resource('CPU'), resource('MEMORY')],
  })
  expect(await deployed).toMatchObject({ changed: true })
  const seen = await status(flags, world.context)
  const id = containerInstance?.ec2InstanceId ?? ''
  expect(seen.environments.dev?.instances).toMatchObject([{ id, external: true, tasks: 1 }])
  expect(await destroy({ ...flags, yes: true }, world.context)).toMatchObject({
    left: [`${id} in Systems Manager (aws ssm deregister-managed-instance --region us-east-1 --instance-id ${id})`],
  })
  expect((await ecs.listClusters({})).clusterArns).toEqual([])
})

test('a daemon keeps to instances with the processors of its image, and is refused where there are none', async () => {
  const services = (agent: string) =>
    manifest(
      'compute: ec2\n    instances: [c7g.large]',
      `  api: { image: { location: 'api:1' }, compute: ec2, instances: [m7i.large] }
  agent: { image: { location: 'agent:1' }, compute: ec2, scheduling: daemon${agent} }`,
    )
  const world = await testWorld({ files: { 'img2vid.yaml': services('') } })
  await deploy(flags, world.context)
  const now = await seen(world)
  const agents = now.tasksOf(
    now.services
      .find((one) => one.includes('-agent-'))
      ?.split('/')
      .at(-1) ?? '',
  )
  const typeOf = (arn = '') =>
    now.types[now.instances.findIndex(({ containerInstanceArn }) => containerInstanceArn === arn)]
  expect(agents.map(({ containerInstanceArn }) => typeOf(containerInstanceArn))).toEqual(['m7i.large'])
  const arm = services('').replace('m7i.large', 'm7g.large')
  expect(problemsOf(arm)).toEqual([
    '10:3  services.agent  its image is for linux/amd64, and no instance of the environment has such processors; set platform: linux/arm64',
  ])
  expect(problemsOf(arm.replace('scheduling: daemon', 'scheduling: daemon, platform: linux/arm64'))).toEqual([])
})
