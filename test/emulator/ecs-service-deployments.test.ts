import { EC2 } from '@aws-sdk/client-ec2'
import * as Sdk from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import { startAws } from '../support/emulator.ts'
import { virtualClock } from '../support/virtual-clock.ts'

/** A service of two tasks that runs, and its next revision, in a time that only the test lets pass. */
async function start(configuration: Sdk.DeploymentConfiguration = {}) {
  const clock = virtualClock()
  const aws = await startAws({ clock, balancer: paperBalancer() })
  const ecs = new Sdk.ECS(aws.client)
  const { Subnets = [] } = await new EC2(aws.client).describeSubnets({})
  await ecs.createCluster({})
  const register = async () => {
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'web',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image: 'demo/web:1' }],
    })
    return taskDefinition?.taskDefinitionArn ?? ''
  }
  const [first, second] = [await register(), await register()]
  await ecs.createService({
    serviceName: 'web',
    taskDefinition: first,
    desiredCount: 2,
    launchType: 'FARGATE',
    deploymentConfiguration: configuration,
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnets[0]?.SubnetId ?? ''] } },
  })
  const list = async () => (await ecs.listServiceDeployments({ service: 'web' })).serviceDeployments ?? []
  const newest = async () => {
    const [{ serviceDeploymentArn = '' } = {}] = await list()
    const { serviceDeployments } = await ecs.describeServiceDeployments({
      serviceDeploymentArns: [serviceDeploymentArn],
    })
    return serviceDeployments?.[0]
  }
  const runs = async () => {
    const { services } = await ecs.describeServices({ services: ['web'] })
    const [deployment] = services?.[0]?.deployments ?? []
    return [services?.[0]?.deployments?.length, deployment?.taskDefinition, deployment?.rolloutState]
  }
  const update = (taskDefinition = second) => ecs.updateService({ service: 'web', taskDefinition })
  return { clock, ecs, faults: aws.emulator.world.faults, first, second, list, newest, runs, update }
}

const part = (kind: string) =>
  expect.stringMatching(`^arn:aws:ecs:us-east-1:000000000000:${kind}/default/web/\\w{19,21}$`)

test('a service deployment goes from PENDING to SUCCESSFUL, from one revision to the next', async () => {
  const { clock, ecs, first, second, list, newest, update } = await start()
  expect((await newest())?.status).toBe('PENDING')
  await clock.pass(300)
  const [created] = await list()
  expect(created).toEqual({
    serviceDeploymentArn: part('service-deployment'),
    serviceArn: 'arn:aws:ecs:us-east-1:000000000000:service/default/web',
    clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default',
    targetServiceRevisionArn: part('service-revision'),
    status: 'SUCCESSFUL',
    createdAt: expect.any(Date),
    startedAt: expect.any(Date),
    finishedAt: expect.any(Date),
  })
  await update()
  await clock.pass(10)
  const revision = created?.targetServiceRevisionArn
  expect(await newest()).toMatchObject({
    status: 'IN_PROGRESS',
    sourceServiceRevisions: [{ arn: revision, runningTaskCount: 2 }],
    targetServiceRevision: { arn: part('service-revision'), requestedTaskCount: 2, runningTaskCount: 0 },
  })
  await clock.pass(300)
  expect((await list()).map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL'])
  const target = (await newest())?.targetServiceRevision?.arn ?? ''
  const { serviceRevisions, failures } = await ecs.describeServiceRevisions({
    serviceRevisionArns: [revision ?? '', target, 'nowhere'],
  })
  expect(serviceRevisions?.map(({ taskDefinition }) => taskDefinition)).toEqual([first, second])
  expect(failures).toEqual([{ arn: 'nowhere', reason: 'MISSING' }])
})

test('a rollback on request goes back to the last revision, without a circuit breaker too', async () => {
  const { clock, ecs, faults, first, list, newest, runs, update } = await start()
  await clock.pass(300)
  const before = (await newest())?.targetServiceRevision?.arn
  faults.add({ kind: 'exit', seconds: 1 })
  await update()
  await clock.pass(20)
  const serviceDeploymentArn = (await newest())?.serviceDeploymentArn ?? ''
  expect(await ecs.stopServiceDeployment({ serviceDeploymentArn, stopType: 'ROLLBACK' })).toMatchObject({
    serviceDeploymentArn,
  })
  expect((await newest())?.status).toBe('ROLLBACK_REQUESTED')
  await clock.pass(2)
  expect(await newest()).toMatchObject({
    status: 'ROLLBACK_IN_PROGRESS',
    rollback: { serviceRevisionArn: before, startedAt: expect.any(Date) },
  })
  await ecs.stopServiceDeployment({ serviceDeploymentArn })
  await clock.pass(300)
  expect((await list()).map(({ status }) => status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL'])
  expect(await runs()).toEqual([1, first, 'COMPLETED'])
  await expect(ecs.stopServiceDeployment({ serviceDeploymentArn })).rejects.toMatchObject({ name: 'ConflictException' })
  await expect(ecs.stopServiceDeployment({ serviceDeploymentArn: 'none' })).rejects.toMatchObject({
    name: 'ServiceDeploymentNotFoundException',
  })
})

test.each([
  [true, 'ROLLBACK_SUCCESSFUL'],
  [false, 'STOPPED'],
])('a circuit breaker with rollback %s ends it as %s', async (rollback, status) => {
  const { clock, faults, first, second, newest, runs, update } = await start({
    deploymentCircuitBreaker: { enable: true, rollback },
  })
  await clock.pass(300)
  faults.add({ kind: 'pull', times: 3 })
  await update()
  await clock.pass(900)
  expect(await newest()).toMatchObject({
    status,
    statusReason: 'tasks failed to start.',
    deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
  })
  expect((await runs()).slice(1)).toEqual(rollback ? [first, 'COMPLETED'] : [second, 'FAILED'])
})

test('an alarm that goes off during a deployment rolls it back', async () => {
  const alarms = { enable: true, rollback: true, alarmNames: ['errors', 'latency'] }
  const { clock, ecs, faults, first, newest, runs, update } = await start({ alarms })
  await clock.pass(300)
  faults.add({ kind: 'alarm', alarm: 'lat*' })
  await clock.pass(300)
  expect(await runs()).toEqual([1, first, 'COMPLETED'])
  await update()
  await clock.pass(300)
  expect(await newest()).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    alarms: { status: 'TRIGGERED', alarmNames: ['errors', 'latency'], triggeredAlarmNames: ['latency'] },
  })
  expect(await runs()).toEqual([1, first, 'COMPLETED'])
  const { services } = await ecs.describeServices({ services: ['web'] })
  const messages = services?.[0]?.events?.map(({ message = '' }) => message.replace(/ecs-svc\/\d+/g, 'ID'))
  expect(messages).toContain('(service web) (deployment ID) deployment failed: alarm detected.')
  expect(messages).toContain('(service web) rolling back to deployment ID.')
})

test('another update stops the one that goes on', async () => {
  const { clock, faults, first, list, update, runs } = await start()
  await clock.pass(300)
  faults.add({ kind: 'pull' })
  await update()
  await clock.pass(60)
  await update(first)
  expect((await list()).map(({ status }) => status)).toEqual(['PENDING', 'STOP_REQUESTED', 'SUCCESSFUL'])
  await clock.pass(300)
  expect((await list()).map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL'])
  expect((await runs()).slice(1)).toEqual([first, 'COMPLETED'])
})
