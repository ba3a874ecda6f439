import { expect, test } from 'vitest'
import { emptyState } from '../../src/emulator/state.ts'
import { localReached } from '../../src/host/local-told.ts'
import { busyboxImage, docker, startEcsOnDocker } from '../support/ecs-docker.ts'

const shell = (script: string) => ({ entryPoint: ['/bin/sh', '-c'], command: [script] })

test('runs a container as its definition says, and carries its lines to CloudWatch Logs', async () => {
  const image = busyboxImage()
  const { run, reached, lines, containers } = await startEcsOnDocker()
  const script =
    'echo "$0 $1"; echo "$GREETING"; echo "$AWS_EXECUTION_ENV" >&2; pwd; id -u; touch /x || echo sealed; exit 5'
  const arn = await run({
    image,
    entryPoint: ['/bin/sh', '-c', script],
    command: ['zero', 'one two'],
    environment: [{ name: 'GREETING', value: "it's\nhere, $HOME" }],
    workingDirectory: '/bin',
    user: '1000',
    readonlyRootFilesystem: true,
  })
  const ended = await reached(arn, 'STOPPED')
  expect(ended).toMatchObject({
    stopCode: 'EssentialContainerExited',
    containers: [{ exitCode: 5, lastStatus: 'STOPPED', runtimeId: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  })
  const written = await lines(arn, 8)
  expect(written.filter((line) => !line.startsWith('touch:')).sort()).toEqual(
    ['zero one two', "it's", 'here, $HOME', 'AWS_ECS_FARGATE', '/bin', '1000', 'sealed'].sort(),
  )
  expect(containers()).toBe('')
})

test('limits a container, and serves its port on loopback', async () => {
  const image = busyboxImage()
  const { run, reached, task, aws, ecs, containers } = await startEcsOnDocker()
  const arn = await run({
    image,
    ...shell('echo served > /index.html; exec httpd -f -p 8080 -h /'),
    memory: 128,
    portMappings: [{ containerPort: 8080 }],
    ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 2048 }],
    dockerLabels: { app: 'demo' },
    stopTimeout: 2,
  })
  const running = await reached(arn, 'RUNNING')
  const [{ HostConfig, Config }] = JSON.parse(docker('inspect', running.containers?.[0]?.runtimeId ?? ''))
  expect(HostConfig).toMatchObject({
    Memory: 128 * 1024 * 1024,
    NanoCpus: 250_000_000,
    Privileged: false,
    Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 2048 }],
    PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1' }] },
  })
  expect(Config.Labels).toMatchObject({ app: 'demo', 'com.amazonaws.ecs.task-arn': arn })
  const address = running.attachments?.[0]?.details?.find(({ name }) => name === 'privateIPv4Address')?.value ?? ''
  const { world } = aws.emulator
  const place = world.balancer.reach(world, 'us-east-1', address, 8080)
  expect(await (await fetch(`http://127.0.0.1:${place && 'port' in place && place.port}`)).text()).toBe('served\n')
  const told = await localReached({ endpoint: aws.endpoint }, 'us-east-1')
  expect(await (await fetch(`http://${told[arn]?.[8080]}`)).text()).toBe('served\n')
  await ecs.stopTask({ task: arn })
  await reached(arn, 'STOPPED')
  expect([(await task(arn)).stopCode, containers()]).toEqual(['UserInitiated', ''])
  expect(await localReached({ endpoint: aws.endpoint }, 'us-east-1')).toEqual({})
})

test.each([
  ['ends on SIGTERM', 'trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.1; done', 7, ['ready', 'bye']],
  ['is killed when it does not', 'trap "" TERM; echo ready; while :; do sleep 0.1; done', 137, ['ready']],
])('a task that is stopped %s', async (_how, script, exitCode, written) => {
  const { run, reached, lines, ecs } = await startEcsOnDocker()
  const arn = await run({ image: busyboxImage(), ...shell(script), stopTimeout: 2 })
  await lines(arn, 1)
  const before = Date.now()
  await ecs.stopTask({ task: arn })
  const stopped = await reached(arn, 'STOPPED')
  expect(stopped.containers?.[0]?.exitCode).toBe(exitCode)
  expect(Date.now() - before >= 2000).toBe(exitCode === 137)
  expect(await lines(arn, written.length)).toEqual(written)
})

test('says that a container was killed because it used up its memory', async () => {
  const { run, reached } = await startEcsOnDocker()
  const arn = await run({ image: busyboxImage(), ...shell('exec tail /dev/zero'), memory: 16 })
  expect(await reached(arn, 'STOPPED')).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
  })
})

test('follows the health of a container', async () => {
  const { run, task, aws } = await startEcsOnDocker()
  const healthCheck = { command: ['CMD-SHELL', 'test -e /ok'], interval: 5, timeout: 2, retries: 1 }
  const arn = await run({ image: busyboxImage(), ...shell('touch /ok; exec sleep 100'), healthCheck, stopTimeout: 2 })
  const healthy = await aws.eventually(async () => {
    const now = await task(arn)
    return now.healthStatus === 'HEALTHY' && now
  })
  expect(healthy.containers).toMatchObject([{ healthStatus: 'HEALTHY' }])
  docker('exec', healthy.containers?.[0]?.runtimeId ?? '', 'rm', '/ok')
  await aws.eventually(async () => (await task(arn)).healthStatus === 'UNHEALTHY')
})

test.each([
  ['an image that is nowhere', { image: '127.0.0.1:1/missing:1' }, 'CannotPullContainerError: '],
  ['a command that is not there', { command: ['/nothing'] }, 'CannotStartContainerError: '],
])('does not start %s', async (_what, container, reason) => {
  const { run, reached, containers } = await startEcsOnDocker()
  const arn = await run({ image: busyboxImage(), ...container })
  expect(await reached(arn, 'STOPPED')).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringContaining(reason),
    containers: [{ reason: expect.stringContaining(reason) }],
  })
  expect(containers()).toBe('')
})

test('shares one network among the containers of a task', async () => {
  const image = busyboxImage()
  const { run, reached, lines } = await startEcsOnDocker()
  const logConfiguration = {
    logDriver: 'awslogs' as const,
    options: { 'awslogs-group': '/test', 'awslogs-stream-prefix': 'ecs', 'awslogs-create-group': 'true' },
  }
  const arn = await run(
    {},
    {
      containerDefinitions: [
        {
          name: 'server',
          image,
          essential: false,
          ...shell('echo shared > /index.html; exec httpd -f -p 8080 -h /'),
          healthCheck: { command: ['CMD-SHELL', 'wget -qO- http://127.0.0.1:8080/'], interval: 5 },
          stopTimeout: 2,
        },
        {
          name: 'main',
          image,
          ...shell('wget -qO- http://127.0.0.1:8080/'),
          dependsOn: [{ containerName: 'server', condition: 'HEALTHY' }],
          logConfiguration,
        },
      ],
    },
  )
  await reached(arn, 'STOPPED')
  expect(await lines(arn, 1)).toEqual(['shared'])
})

test('takes up containers again after a restart: those that run, those that ended, and strays', async () => {
  const image = busyboxImage()
  const state = emptyState()
  const first = await startEcsOnDocker({ state })
  const talker = 'i=0; while :; do echo $i; i=$((i+1)); until test -e /go; do sleep 0.1; done; rm /go; done'
  const running = await first.run({ image, ...shell(talker), stopTimeout: 2 })
  const ending = await first.run({ image, ...shell('until test -e /go; do sleep 0.1; done; exit 3'), stopTimeout: 2 })
  const [before, ended] = [await first.reached(running, 'RUNNING'), await first.reached(ending, 'RUNNING')]
  await first.lines(running, 1)
  await first.aws.emulator.close()

  const containerOf = ({ containers }: typeof before) => containers?.[0]?.runtimeId ?? ''
  const go = (container: string) => docker('exec', container, 'touch', '/go')
  go(containerOf(before))
  go(containerOf(ended))
  docker('wait', containerOf(ended))
  const stray = docker('run', '--detach', '--label', `embedded-aws=${first.id}`, image, 'sleep', '100')

  const second = await startEcsOnDocker({ id: first.id, state })
  expect(await second.reached(ending, 'STOPPED')).toMatchObject({
    stopCode: 'EssentialContainerExited',
    containers: [{ exitCode: 3 }],
  })
  await second.aws.eventually(async () => !second.containers().includes(stray))
  expect(await second.task(running)).toMatchObject({
    lastStatus: 'RUNNING',
    containers: [{ runtimeId: containerOf(before), lastStatus: 'RUNNING' }],
  })
  go(containerOf(before))
  expect(await second.lines(running, 3)).toEqual(['0', '1', '2'])
  await second.ecs.stopTask({ task: running })
  await second.reached(running, 'STOPPED')
  expect(second.containers()).toBe('')
})
