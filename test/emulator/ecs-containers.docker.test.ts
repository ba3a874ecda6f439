import type { ContainerDefinition, NetworkMode } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { busyboxImage, docker, startEcsOnDocker } from '../support/ecs-docker.ts'

const shell = (script: string) => ({ entryPoint: ['/bin/sh', '-c'], command: [script] })
const logConfiguration = {
  logDriver: 'awslogs' as const,
  options: { 'awslogs-group': '/test', 'awslogs-stream-prefix': 'ecs', 'awslogs-create-group': 'true' },
}
const serve = (text: string, port: number) => shell(`echo ${text} > /index.html; exec httpd -f -p ${port} -h /`)
const answers = (port: number) => ({ command: ['CMD-SHELL', `wget -qO- http://127.0.0.1:${port}/`], interval: 5 })

/** An ECS on Docker with instances that are not AWS's own, for the network modes that Fargate lacks. */
async function startOnInstances(count = 1) {
  const started = await startEcsOnDocker()
  const { ecs } = started
  for (let index = 0; index < count; index++) {
    await ecs.registerContainerInstance({
      totalResources: [
        { name: 'CPU', integerValue: 4096 },
        { name: 'MEMORY', integerValue: 8192 },
      ],
    })
  }
  return {
    ...started,
    async runThere(networkMode: NetworkMode, containerDefinitions: ContainerDefinition[], tasks = 1) {
      const { taskDefinition } = await ecs.registerTaskDefinition({
        family: 'test',
        networkMode,
        requiresCompatibilities: ['EXTERNAL'],
        containerDefinitions: containerDefinitions.map((one) => ({ memory: 64, stopTimeout: 2, ...one })),
      })
      const run = await ecs.runTask({
        taskDefinition: taskDefinition?.taskDefinitionArn,
        launchType: 'EXTERNAL',
        count: tasks,
      })
      return (run.tasks ?? []).map(({ taskArn = '' }) => taskArn)
    },
  }
}

test('containers of a task keep their network while one that began it ends, and are reached by every port', async () => {
  const image = busyboxImage()
  const { run, reached, lines, ecs, containers, aws } = await startEcsOnDocker()
  const arn = await run(
    {},
    {
      containerDefinitions: [
        {
          name: 'main',
          image,
          ...shell('wget -qO- http://127.0.0.1:8081/; echo main > /index.html; exec httpd -f -p 8080 -h /'),
          portMappings: [{ containerPort: 8080 }],
          dependsOn: [
            { containerName: 'migrate', condition: 'SUCCESS' },
            { containerName: 'side', condition: 'HEALTHY' },
          ],
          logConfiguration,
          stopTimeout: 2,
        },
        { name: 'migrate', image, essential: false, ...shell('exit 0') },
        {
          name: 'side',
          image,
          essential: false,
          ...serve('side', 8081),
          portMappings: [{ containerPort: 8081 }],
          healthCheck: answers(8081),
          dependsOn: [{ containerName: 'migrate', condition: 'COMPLETE' }],
          stopTimeout: 2,
        },
      ],
    },
  )
  const running = await reached(arn, 'RUNNING')
  expect(await lines(arn, 1)).toEqual(['side'])
  const address = running.attachments?.[0]?.details?.find(({ name }) => name === 'privateIPv4Address')?.value ?? ''
  const { world } = aws.emulator
  const bodyAt = async (port: number) => {
    const place = world.balancer.reach(world, 'us-east-1', address, port)
    return (await fetch(`http://127.0.0.1:${place && 'port' in place && place.port}`)).text()
  }
  expect([await bodyAt(8080), await bodyAt(8081)]).toEqual(['main\n', 'side\n'])
  await ecs.stopTask({ task: arn })
  await reached(arn, 'STOPPED')
  expect(containers()).toBe('')
})

test('containers on a bridge reach each other by links, and each host port is that of one instance', async () => {
  const image = busyboxImage()
  const { runThere, reached, task, lines, ecs, aws } = await startOnInstances(2)
  const arns = await runThere(
    'bridge',
    [
      {
        name: 'main',
        image,
        links: ['server:api'],
        ...shell('until wget -qO- http://api:8080/; do sleep 0.1; done; sleep 100'),
        logConfiguration,
      },
      { name: 'server', image, ...serve('linked', 8080), portMappings: [{ containerPort: 8080, hostPort: 80 }] },
    ],
    2,
  )
  for (const arn of arns) {
    await reached(arn, 'RUNNING')
    expect(await lines(arn, 1)).toEqual(['linked'])
  }
  const [first, second] = await Promise.all(arns.map(task))
  expect(first?.containerInstanceArn).not.toBe(second?.containerInstanceArn)
  expect(first?.containers?.find(({ name }) => name === 'server')?.networkBindings).toEqual([
    { bindIP: '0.0.0.0', containerPort: 8080, hostPort: 80, protocol: 'tcp' },
  ])
  const { containerInstances = [] } = await ecs.describeContainerInstances({
    containerInstances: [first, second].map((one) => one?.containerInstanceArn ?? ''),
  })
  const { world } = aws.emulator
  const places = containerInstances.map(({ ec2InstanceId = '' }) =>
    world.balancer.reach(world, 'us-east-1', ec2InstanceId, 80),
  )
  const bodies = places.map(async (place) =>
    (await fetch(`http://127.0.0.1:${place && 'port' in place && place.port}`)).text(),
  )
  expect(await Promise.all(bodies)).toEqual(['linked\n', 'linked\n'])
  expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(2)
  const { failures } = await ecs.runTask({ taskDefinition: 'test', launchType: 'EXTERNAL' })
  expect(failures?.map(({ reason }) => reason)).toEqual(['RESOURCE:PORTS', 'RESOURCE:PORTS'])
  await Promise.all(arns.map((one) => ecs.stopTask({ task: one })))
  await Promise.all(arns.map((one) => reached(one, 'STOPPED')))
})

test('a task with host networking has its ports on its instance, one without network has none', async () => {
  const image = busyboxImage()
  const { runThere, reached, ecs, aws, task } = await startOnInstances()
  const [host = ''] = await runThere('host', [
    { name: 'main', image, ...serve('host', 8080), portMappings: [{ containerPort: 8080 }] },
    { name: 'other', image, ...serve('other', 8081), portMappings: [{ containerPort: 8081 }] },
  ])
  await reached(host, 'RUNNING')
  const { containerInstances } = await ecs.describeContainerInstances({
    containerInstances: [(await task(host)).containerInstanceArn ?? ''],
  })
  const { world } = aws.emulator
  const place = world.balancer.reach(world, 'us-east-1', containerInstances?.[0]?.ec2InstanceId ?? '', 8081)
  await aws.eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${place && 'port' in place && place.port}`).catch(() => undefined)
    return (await answer?.text()) === 'other\n'
  })
  const [none = ''] = await runThere('none', [{ name: 'main', image, ...shell('sleep 100') }])
  const { containers } = await reached(none, 'RUNNING')
  const [{ HostConfig }] = JSON.parse(docker('inspect', containers?.[0]?.runtimeId ?? ''))
  expect(HostConfig.NetworkMode).toBe('none')
  for (const arn of [host, none]) await ecs.stopTask({ task: arn })
  for (const arn of [host, none]) await reached(arn, 'STOPPED')
})

test('gives a container its memory, shares, devices in memory, capabilities and input', async () => {
  const image = busyboxImage()
  const { runThere, reached, ecs } = await startOnInstances()
  const [arn = ''] = await runThere('bridge', [
    {
      name: 'main',
      image,
      ...shell('sleep 100'),
      cpu: 256,
      memory: 128,
      memoryReservation: 64,
      interactive: true,
      pseudoTerminal: true,
      privileged: false,
      hostname: 'named',
      extraHosts: [{ hostname: 'database', ipAddress: '10.1.2.3' }],
      linuxParameters: {
        initProcessEnabled: true,
        sharedMemorySize: 32,
        capabilities: { add: ['SYS_PTRACE'], drop: ['NET_RAW'] },
        tmpfs: [{ containerPath: '/scratch', size: 8, mountOptions: ['noexec'] }],
      },
    },
  ])
  const { containers } = await reached(arn, 'RUNNING')
  const id = containers?.[0]?.runtimeId ?? ''
  const [{ HostConfig, Config }] = JSON.parse(docker('inspect', id))
  expect(HostConfig).toMatchObject({
    CpuShares: 256,
    Memory: 128 * 1024 * 1024,
    MemoryReservation: 64 * 1024 * 1024,
    ShmSize: 32 * 1024 * 1024,
    Init: true,
    CapAdd: [expect.stringContaining('SYS_PTRACE')],
    CapDrop: [expect.stringContaining('NET_RAW')],
    Tmpfs: { '/scratch': 'noexec,size=8m' },
    ExtraHosts: ['database:10.1.2.3'],
  })
  expect(Config).toMatchObject({ OpenStdin: true, Tty: true, Hostname: 'named' })
  await ecs.stopTask({ task: arn })
  await reached(arn, 'STOPPED')
})

test('a container does not start when what it needs is not ready in time', async () => {
  const image = busyboxImage()
  const { run, reached } = await startEcsOnDocker()
  const arn = await run(
    {},
    {
      containerDefinitions: [
        {
          name: 'main',
          image,
          ...shell('sleep 100'),
          dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }],
        },
        {
          name: 'side',
          image,
          ...shell('sleep 100'),
          healthCheck: { command: ['CMD-SHELL', 'false'], interval: 5, retries: 10 },
          startTimeout: 2,
          stopTimeout: 2,
        },
      ],
    },
  )
  expect(await reached(arn, 'STOPPED')).toMatchObject({
    stopCode: 'EssentialContainerExited',
    containers: [
      { name: 'main', exitCode: 143, reason: expect.stringContaining('[side] for target [main] has timed out') },
      {},
    ],
  })
})
