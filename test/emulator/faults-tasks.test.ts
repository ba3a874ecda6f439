import { EC2 } from '@aws-sdk/client-ec2'
import * as Sdk from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import { startAws } from '../support/emulator.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const image = 'demo/web:1'

/** A cluster in the default network, in a time that only the test lets pass. */
async function start() {
  const clock = virtualClock()
  const aws = await startAws({ clock, balancer: paperBalancer() })
  const ecs = new Sdk.ECS(aws.client)
  const { Subnets = [] } = await new EC2(aws.client).describeSubnets({})
  await ecs.createCluster({})
  const networkConfiguration = {
    awsvpcConfiguration: { subnets: Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId) },
  }
  const register = (container: Partial<Sdk.ContainerDefinition> = {}) =>
    ecs.registerTaskDefinition({
      family: 'web',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image, portMappings: [{ containerPort: 80 }], ...container }],
    })
  const launch = { taskDefinition: 'web', launchType: 'FARGATE', networkConfiguration } as const
  return {
    aws,
    clock,
    ecs,
    Subnets,
    launch,
    register,
    faults: aws.emulator.world.faults,
    /** How a task of its own has fared after a while. */
    async run(seconds = 300) {
      const { tasks = [] } = await ecs.runTask(launch)
      await clock.pass(seconds)
      const [task] = (await ecs.describeTasks({ tasks: [tasks[0]?.taskArn ?? ''] })).tasks ?? []
      const [container] = task?.containers ?? []
      return {
        status: task?.lastStatus,
        stopCode: task?.stopCode,
        stopped: task?.stoppedReason,
        exitCode: container?.exitCode,
        reason: container?.reason,
        health: container?.healthStatus,
      }
    },
  }
}

test('an image cannot be pulled, with the usual words or those that were ordered', async () => {
  const { faults, register, run } = await start()
  await register()
  faults.add({ kind: 'pull', image: '*/web:*', times: 1 })
  faults.add({ kind: 'pull', message: 'ref pull has been retried 5 time(s): dial tcp: i/o timeout', times: 1 })
  const usual = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`
  expect(await run()).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart', stopped: usual, reason: usual })
  expect((await run()).stopped).toBe(
    'CannotPullContainerError: ref pull has been retried 5 time(s): dial tcp: i/o timeout',
  )
  expect((await run()).status).toBe('RUNNING')
})

test('a container is killed for its memory, or exits, after the time that was ordered', async () => {
  const { faults, register, run } = await start()
  await register()
  faults.add({ kind: 'out-of-memory', family: 'web', container: 'app', seconds: 60, times: 1 })
  faults.add({ kind: 'exit', image: '*web*', code: 3, seconds: 100, times: 1 })
  const ended = {
    status: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stopped: 'Essential container in task exited',
  }
  expect(await run()).toMatchObject({
    ...ended,
    exitCode: 137,
    reason: 'OutOfMemoryError: Container killed due to memory usage',
  })
  expect((await run(100)).status).toBe('RUNNING')
  expect(faults.list()).toEqual([])
  expect((await run()).status).toBe('RUNNING')
})

test('a container that exits later has its exit code', async () => {
  const { faults, register, run } = await start()
  await register()
  faults.add({ kind: 'exit', code: 3, seconds: 100 })
  expect(await run()).toMatchObject({ status: 'STOPPED', exitCode: 3, reason: undefined })
})

test('what was ordered for later does not change how a container has ended', async () => {
  const { faults, register, run, ecs, clock } = await start()
  await register()
  faults.add({ kind: 'exit', code: 3, seconds: 200 })
  expect((await run(100)).status).toBe('RUNNING')
  const { taskArns = [] } = await ecs.listTasks({})
  await ecs.stopTask({ task: taskArns[0] })
  await clock.pass(300)
  const { tasks } = await ecs.describeTasks({ tasks: taskArns })
  expect(tasks?.[0]).toMatchObject({ stopCode: 'UserInitiated', containers: [{ exitCode: 137 }] })
})

test('a container fails its own health check', async () => {
  const { faults, register, run } = await start()
  await register({ healthCheck: { command: ['CMD', 'true'] } })
  faults.add({ kind: 'unhealthy-container', container: 'app', times: 1 })
  expect((await run()).health).toBe('UNHEALTHY')
  expect((await run()).health).toBe('HEALTHY')
})

test.each([
  [{}, { Reason: 'Target.ResponseCodeMismatch', Description: 'Health checks failed with these codes: [503]' }],
  [{ reason: 'Target.Timeout' }, { Reason: 'Target.Timeout', Description: 'Request timed out' }],
  [
    { reason: 'Target.FailedHealthChecks' },
    { Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' },
  ],
] as const)('a target is unhealthy: %j', async (fields, health) => {
  const { aws, clock, faults, register, ecs, launch, Subnets } = await start()
  const elb = new ElasticLoadBalancingV2(aws.client)
  await register()
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'web',
    Protocol: 'HTTP',
    Port: 80,
    TargetType: 'ip',
    VpcId: Subnets[0]?.VpcId,
  })
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'front',
    Subnets: Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId),
  })
  await elb.createListener({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  })
  faults.add({ kind: 'unhealthy-target', targetGroup: 'web', ...fields })
  await ecs.createService({
    ...launch,
    serviceName: 'web',
    healthCheckGracePeriodSeconds: 3600,
    loadBalancers: [{ targetGroupArn: TargetGroupArn ?? '', containerName: 'app', containerPort: 80 }],
  })
  await clock.pass(600)
  const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn })
  expect(TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth)).toEqual([{ State: 'unhealthy', ...health }])
  faults.clear()
  await clock.pass(600)
  const after = await elb.describeTargetHealth({ TargetGroupArn })
  expect(after.TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth)).toEqual([{ State: 'healthy' }])
})
