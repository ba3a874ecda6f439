import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'
import type { SimulatedBehaviour } from '../../src/emulator/runtime/simulated.ts'
import { failureThreshold } from '../../src/emulator/services/ecs/deployments.ts'
import type { ServiceState } from '../../src/emulator/services/ecs/state.ts'
import { startEcs, story, type TestEcs } from '../support/ecs.ts'

const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }
const INCONSISTENT =
  'is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.'
const startsAndFails = ['has started 1 tasks: (task).', 'has started 1 tasks: (task).', 'has started 1 tasks: (task).']

test.each([
  [1, {}, 3],
  [5, {}, 3],
  [7, {}, 4],
  [25, {}, 13],
  [400, {}, 200],
  [800, {}, 200],
  [8, { thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 100 } }, 8],
  [2, { thresholdConfiguration: { type: 'UNBOUNDED_PERCENT', value: 50 } }, 1],
  [800, { thresholdConfiguration: { type: 'UNBOUNDED_PERCENT', value: 50 } }, 400],
  [100, { thresholdConfiguration: { type: 'COUNT', value: 2 } }, 2],
  [100, { enable: false }, undefined],
])('with %i tasks and %j the circuit breaker opens at %s failures', (desiredCount, more, threshold) => {
  const deploymentCircuitBreaker = { enable: true, rollback: false, ...more }
  const input = { deploymentConfiguration: { deploymentCircuitBreaker } }
  expect(failureThreshold({ desiredCount, input } as unknown as ServiceState)).toBe(threshold)
})

test('gives a first deployment up after three failures, with nothing to go back to', async () => {
  const { clock, describe, register, create, rolledOut, tasks } = await startEcs({ broken: { exitCode: 3 } })
  await create(await register('broken'), breaker)
  const service = await rolledOut('FAILED')
  expect(service.deployments).toMatchObject([
    {
      failedTasks: 3,
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
      runningCount: 0,
      pendingCount: 0,
    },
  ])
  expect(story(service)).toEqual([
    ...startsAndFails,
    INCONSISTENT,
    '(deployment ecs-svc) deployment failed: tasks failed to start.',
  ])
  expect(await tasks({ desiredStatus: 'STOPPED' })).toMatchObject(
    [1, 2, 3].map(() => ({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3, lastStatus: 'STOPPED' }],
    })),
  )
  await clock.pass(3600)
  expect((await describe()).events?.length).toBe(service.events?.length)
})

test('goes back to what last worked, which has been running all the while', async () => {
  const { ecs, until, describe, register, create, rolledOut, tasks } = await startEcs({ broken: { exitCode: 1 } })
  const good = await register('good')
  await create(good, { desiredCount: 2, ...breaker })
  const before = await rolledOut('COMPLETED')
  const completed = before.deployments?.[0]?.id
  const running = (await tasks()).map(({ taskArn }) => taskArn)
  await ecs.updateService({ service: 'web', taskDefinition: await register('broken') })
  const back = await until(async () => {
    const service = await describe()
    return service.deployments?.[0]?.rolloutStateReason?.includes('rolling back') && service
  })
  expect(back.taskDefinition).toBe(good)
  expect(back.deployments).toMatchObject([
    {
      status: 'PRIMARY',
      taskDefinition: good,
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${completed}.`,
    },
    { rolloutState: 'FAILED', rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.' },
  ])
  const after = await rolledOut('COMPLETED')
  expect(after.deployments?.[0]?.id).not.toBe(completed)
  expect((await tasks()).map(({ taskArn }) => taskArn)).toEqual(running)
  const told = story(after).filter((text) => !/has (started|stopped)|consistently/.test(text))
  expect(told.slice(2)).toEqual([
    '(deployment ecs-svc) deployment failed: tasks failed to start.',
    'rolling back to deployment ecs-svc.',
    '(deployment ecs-svc) deployment completed.',
    'has reached a steady state.',
  ])
})

test('without a circuit breaker it tries again, after longer and longer waits', async () => {
  const { clock, describe, register, create } = await startEcs({ broken: { exitCode: 1 } })
  await create(await register('broken'))
  await clock.pass(3600)
  const early = await describe()
  await clock.pass(3600)
  const late = await describe()
  const failures = [early, late].map(({ deployments }) => deployments?.[0]?.failedTasks ?? 0)
  expect([early, late].map(({ deployments }) => deployments?.[0]?.rolloutState)).toEqual(['IN_PROGRESS', 'IN_PROGRESS'])
  expect(failures[0]).toBeGreaterThan(5)
  expect((failures[1] ?? 0) - (failures[0] ?? 0)).toBeLessThanOrEqual(4)
  expect(failures[1]).toBeGreaterThan(failures[0] ?? 0)
})

test('counts a container that never becomes healthy', async () => {
  const { register, create, rolledOut, tasks } = await startEcs({ sick: { health: 'UNHEALTHY' } })
  const healthCheck = { command: ['CMD-SHELL', 'exit 1'] }
  await create(await register('sick', { healthCheck }), breaker)
  const service = await rolledOut('FAILED')
  expect(story(service)).toContain('(task) failed container health checks.')
  expect((await tasks({ desiredStatus: 'STOPPED' }))[0]).toMatchObject({
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: 'Task failed container health checks',
    healthStatus: 'UNHEALTHY',
  })
})

async function targets({ aws, VpcId, Subnets, until }: TestEcs): Promise<string> {
  const elb = new Elb.ElasticLoadBalancingV2(aws.client)
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'web', Subnets })
  const { LoadBalancerArn } = LoadBalancers?.[0] ?? {}
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'web',
    VpcId,
    TargetType: 'ip',
    Protocol: 'HTTP',
    Port: 80,
    HealthCheckIntervalSeconds: 10,
  })
  const { TargetGroupArn = '' } = TargetGroups?.[0] ?? {}
  await elb.createListener({
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  })
  await until(async () => {
    const described = await elb.describeLoadBalancers({ Names: ['web'] })
    return described.LoadBalancers?.[0]?.State?.Code === 'active'
  })
  return TargetGroupArn
}

test('counts a task that the load balancer finds unhealthy, once its grace period is over', async () => {
  const ecs = await startEcs({ sick: { answer: () => 500 } })
  const targetGroupArn = await targets(ecs)
  const loadBalancers = [{ targetGroupArn, containerName: 'web', containerPort: 80 }]
  await ecs.create(await ecs.register('sick'), { loadBalancers, healthCheckGracePeriodSeconds: 300, ...breaker })
  const [first] = await ecs.until(async () => {
    const stopped = await ecs.tasks({ desiredStatus: 'STOPPED' })
    return stopped.length > 0 && stopped
  })
  expect(first).toMatchObject({
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: `Task failed ELB health checks in (target-group ${targetGroupArn})`,
  })
  const lived = ((first?.stoppingAt?.getTime() ?? 0) - (first?.startedAt?.getTime() ?? 0)) / 1000
  expect([lived >= 300, lived < 320]).toEqual([true, true])

  const service = await ecs.rolledOut('FAILED')
  expect(service.deployments?.[0]?.failedTasks).toBe(3)
  expect(story(service)).toContain(
    `(port 80) is unhealthy in (target-group ${targetGroupArn}) due to (reason Health checks failed with these codes: [500])`,
  )
})

test('replaces a task whose target falls sick long after its service has settled', async () => {
  let status = 200
  const ecs = await startEcs({ web: { answer: () => status } })
  const targetGroupArn = await targets(ecs)
  await ecs.create(await ecs.register('web'), {
    loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 80 }],
  })
  await ecs.rolledOut('COMPLETED')
  await ecs.clock.pass(3_600)
  const [{ taskArn } = {}] = await ecs.tasks()
  status = 500
  expect(await ecs.stopped(taskArn)).toMatchObject({
    stoppedReason: `Task failed ELB health checks in (target-group ${targetGroupArn})`,
  })
})

test('tries again to bring a settled service back whose program has broken meanwhile', async () => {
  const images: Record<string, SimulatedBehaviour> = { web: {} }
  const { ecs, clock, register, create, rolledOut, tasks, until } = await startEcs(images)
  await create(await register('web'))
  await rolledOut('COMPLETED')
  await clock.pass(3_600)
  const [{ taskArn: task = '' } = {}] = await tasks()
  images.web = { exitCode: 1 }
  await ecs.stopTask({ task })
  await clock.pass(600)
  images.web = {}
  await until(async () => (await tasks()).some(({ lastStatus }) => lastStatus === 'RUNNING'))
})
