import type * as Sdk from '@aws-sdk/client-ecs'
import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'
import type { SimulatedBehaviour } from '../../src/emulator/runtime/simulated.ts'
import { startEcs } from '../support/ecs.ts'

/** A service of two tasks behind a rule with two target groups, and what can be seen of its deployments. */
async function start(
  deploymentConfiguration: Sdk.DeploymentConfiguration,
  images: Readonly<Record<string, SimulatedBehaviour>> = {},
) {
  const ecs = await startEcs(images)
  const elb = new Elb.ElasticLoadBalancingV2(ecs.aws.client)
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'web', Subnets: ecs.Subnets })
  const groups: string[] = []
  for (const Name of ['one', 'two']) {
    const { TargetGroups } = await elb.createTargetGroup({
      Name,
      VpcId: ecs.VpcId,
      TargetType: 'ip',
      Protocol: 'HTTP',
      Port: 80,
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 4,
    })
    groups.push(TargetGroups?.[0]?.TargetGroupArn ?? '')
  }
  const [targetGroupArn = '', alternateTargetGroupArn = ''] = groups
  const rule = async (Port: number, weights: readonly number[]) => {
    const { Listeners } = await elb.createListener({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn ?? '',
      Protocol: 'HTTP',
      Port,
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    })
    const TargetGroups = groups.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: weights[index] ?? 0 }))
    const { Rules } = await elb.createRule({
      ListenerArn: Listeners?.[0]?.ListenerArn ?? '',
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/*'] }],
      Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
    })
    return Rules?.[0]?.RuleArn ?? ''
  }
  const [productionListenerRule, testListenerRule] = [await rule(80, [1, 0]), await rule(8080, [1, 0])]
  const advancedConfiguration = {
    alternateTargetGroupArn,
    productionListenerRule,
    testListenerRule,
    roleArn: 'arn:aws:iam::000000000000:role/ecs',
  }
  const input = {
    desiredCount: 2,
    deploymentConfiguration,
    loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 80, advancedConfiguration }],
  }
  const weights = async (arn: string) => {
    const { Rules } = await elb.describeRules({ RuleArns: [arn] })
    return Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight)
  }
  const newest = async () => {
    const { serviceDeployments = [] } = await ecs.ecs.listServiceDeployments({ service: 'web' })
    const described = await ecs.ecs.describeServiceDeployments({
      serviceDeploymentArns: [serviceDeployments[0]?.serviceDeploymentArn ?? ''],
    })
    return described.serviceDeployments?.[0] as Sdk.ServiceDeployment
  }
  /** Stage, weights of production and of the test rule, and how many tasks run of each side. */
  const look = async () => {
    const rules = Promise.all([productionListenerRule, testListenerRule].map(weights))
    const { lifecycleStage = '', status, targetServiceRevision: green, sourceServiceRevisions = [] } = await newest()
    return [
      `${status} ${lifecycleStage}`,
      ...(await rules).map((one) => one?.join('/')),
      [sourceServiceRevisions[0]?.runningTaskCount ?? 0, green?.runningTaskCount].join(' and '),
    ]
  }
  /** What there was to be seen until the deployment has ended, without what is the same as before. */
  const watch = async () => {
    const seen: string[] = []
    await ecs.until(async () => {
      const now = (await look()).join(', ')
      if (now !== seen.at(-1)) seen.push(now)
      return /^(SUCCESSFUL|ROLLBACK_SUCCESSFUL|ROLLBACK_FAILED|STOPPED)/.test(now)
    })
    return seen
  }
  const update = async (image: string) => {
    const taskDefinition = await ecs.register(image)
    return ecs.ecs.updateService({ service: 'web', taskDefinition })
  }
  return { ...ecs, elb, groups, input, look, newest, watch, update, weights, productionListenerRule }
}

const bluegreen = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1 } as const
/** The stages that last, of a deployment that goes well. */
const stages = (seen: readonly string[]) => [...new Set(seen.map((one) => one.split(',')[0]))]

test('blue/green brings up green, moves test traffic and then all traffic, waits, and takes blue away', async () => {
  const { create, register, input, watch, update, rolledOut, groups, elb, newest, ecs } = await start(bluegreen)
  await create(await register('first'), input)
  expect((await watch()).at(-1)).toBe('SUCCESSFUL CLEAN_UP, 100/0, 100/0, 0 and 2')
  await rolledOut('COMPLETED')
  await update('second')
  const seen = await watch()
  expect(stages(seen)).toEqual([
    'PENDING ',
    'IN_PROGRESS PRE_SCALE_UP',
    'IN_PROGRESS SCALE_UP',
    'IN_PROGRESS POST_SCALE_UP',
    'IN_PROGRESS TEST_TRAFFIC_SHIFT',
    'IN_PROGRESS POST_TEST_TRAFFIC_SHIFT',
    'IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT',
    'IN_PROGRESS POST_PRODUCTION_TRAFFIC_SHIFT',
    'IN_PROGRESS BAKE_TIME',
    'IN_PROGRESS CLEAN_UP',
    'SUCCESSFUL CLEAN_UP',
  ])
  const at = (stage: string) => seen.filter((one) => one.includes(` ${stage},`))
  expect(at('POST_SCALE_UP')).toEqual(['IN_PROGRESS POST_SCALE_UP, 100/0, 100/0, 2 and 2'])
  expect(at('POST_TEST_TRAFFIC_SHIFT')).toEqual(['IN_PROGRESS POST_TEST_TRAFFIC_SHIFT, 100/0, 0/100, 2 and 2'])
  expect(at('BAKE_TIME')).toEqual(['IN_PROGRESS BAKE_TIME, 0/100, 0/100, 2 and 2'])
  expect(seen.at(-1)).toBe('SUCCESSFUL CLEAN_UP, 0/100, 0/100, 0 and 2')
  const targets = await Promise.all(groups.map((TargetGroupArn) => elb.describeTargetHealth({ TargetGroupArn })))
  expect(targets.map(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions.length)).toEqual([0, 2])
  const { targetServiceRevision } = await newest()
  expect(targetServiceRevision).toMatchObject({
    requestedProductionTrafficWeight: 100,
    requestedTestTrafficWeight: 100,
  })
  const { serviceRevisions } = await ecs.describeServiceRevisions({
    serviceRevisionArns: [targetServiceRevision?.arn ?? ''],
  })
  expect(serviceRevisions?.[0]?.resolvedConfiguration?.loadBalancers).toMatchObject([{ targetGroupArn: groups[1] }])

  await update('third')
  expect((await watch()).at(-1)).toBe('SUCCESSFUL CLEAN_UP, 100/0, 100/0, 0 and 2')
})

test.each([
  ['CANARY', { canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 2 } }, ['95/5', '0/100']],
  ['CANARY', { canaryConfiguration: { canaryPercent: 0.1, canaryBakeTimeInMinutes: 0 } }, ['899/1', '0/100']],
  [
    'LINEAR',
    { linearConfiguration: { stepPercent: 30, stepBakeTimeInMinutes: 1 } },
    ['70/30', '40/60', '10/90', '0/100'],
  ],
] as const)('%s with %j gives green its traffic in steps', async (strategy, configuration, steps) => {
  const { create, register, input, watch, update, clock, rolledOut } = await start({ strategy, ...configuration })
  await create(await register('first'), input)
  await rolledOut('COMPLETED')
  const begun = clock.now().getTime()
  await update('second')
  const seen = (await watch()).flatMap(
    (one) => / PRODUCTION_TRAFFIC_SHIFT, ([\d/]+),| CLEAN_UP, ([\d/]+),/.exec(one) ?? [],
  )
  const weights = seen.filter((one) => /^\d+\/\d+$/.test(one))
  expect([...new Set(weights)]).toEqual(['100/0', ...steps])
  const minutes = (clock.now().getTime() - begun) / 60_000
  const waits = 'linearConfiguration' in configuration ? 3 : configuration.canaryConfiguration.canaryBakeTimeInMinutes
  expect(minutes).toBeGreaterThan(waits)
  expect(minutes).toBeLessThan(waits + 2)
})

test('a green that never becomes healthy has had no traffic when the circuit breaker brings blue back', async () => {
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } }
  const sick = { sick: { exitCode: 1 } }
  const { create, register, input, watch, update, rolledOut, tasks, newest } = await start(
    { ...bluegreen, ...breaker },
    sick,
  )
  const good = await register('good')
  await create(good, input)
  await rolledOut('COMPLETED')
  const running = (await tasks()).map(({ taskArn }) => taskArn)
  await update('sick')
  const seen = await watch()
  expect(seen.every((one) => one.includes(', 100/0, 100/0, 2 and '))).toBe(true)
  expect(await newest()).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    statusReason: 'tasks failed to start.',
    deploymentCircuitBreaker: { status: 'TRIGGERED' },
  })
  const service = await rolledOut('COMPLETED')
  expect(service.taskDefinition).toBe(good)
  expect((await tasks()).map(({ taskArn }) => taskArn)).toEqual(running)
})

test.each(['alarm', 'order'] as const)('during the bake time an %s brings blue back', async (cause) => {
  const alarms = { enable: true, rollback: true, alarmNames: ['errors'] }
  const { create, register, input, update, rolledOut, until, look, aws, ecs, newest, tasks, watch } = await start({
    ...bluegreen,
    alarms,
  })
  await create(await register('first'), input)
  await rolledOut('COMPLETED')
  const running = (await tasks()).map(({ taskArn }) => taskArn)
  await update('second')
  await until(async () => (await look())[0] === 'IN_PROGRESS BAKE_TIME')
  expect(await look()).toEqual(['IN_PROGRESS BAKE_TIME', '0/100', '0/100', '2 and 2'])
  if (cause === 'alarm') aws.emulator.world.faults.add({ kind: 'alarm', alarm: 'errors' })
  else await ecs.stopServiceDeployment({ serviceDeploymentArn: (await newest()).serviceDeploymentArn })
  const seen = await watch()
  expect(seen.at(-1)).toBe('ROLLBACK_SUCCESSFUL CLEAN_UP, 100/0, 100/0, 2 and 0')
  expect((await newest()).statusReason).toBe(cause === 'alarm' ? 'alarm detected.' : 'rollback requested.')
  await rolledOut('COMPLETED')
  expect((await tasks()).map(({ taskArn }) => taskArn)).toEqual(running)
})

test('another update ends a deployment that still moves traffic, and begins from what last worked', async () => {
  const { create, register, input, update, rolledOut, until, look, watch, ecs } = await start(bluegreen)
  await create(await register('first'), input)
  await rolledOut('COMPLETED')
  await update('second')
  await until(async () => (await look())[0] === 'IN_PROGRESS BAKE_TIME')
  await update('third')
  const seen = await watch()
  expect(seen).toContain('IN_PROGRESS SCALE_UP, 100/0, 0/100, 2 and 0')
  expect(seen.at(-1)).toBe('SUCCESSFUL CLEAN_UP, 0/100, 0/100, 0 and 2')
  const { serviceDeployments = [] } = await ecs.listServiceDeployments({ service: 'web' })
  expect(serviceDeployments.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL'])
})

test.each([
  [{ deploymentConfiguration: { strategy: 'CANARY', linearConfiguration: {} } }, 'only valid with the LINEAR strategy'],
  [{ deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1441 } }, 'between 0 and 1440'],
  [{ deploymentConfiguration: bluegreen, alternate: undefined }, 'needs an advancedConfiguration'],
  [{ deploymentConfiguration: bluegreen, rule: 'nowhere' }, 'nowhere was not found'],
] as const)('refuses %j', async (wrong, message) => {
  const { create, register, input } = await start(bluegreen)
  const [entry] = input.loadBalancers
  const advancedConfiguration = {
    ...entry?.advancedConfiguration,
    ...('alternate' in wrong && { alternateTargetGroupArn: undefined }),
    ...('rule' in wrong && { productionListenerRule: wrong.rule }),
  }
  const { deploymentConfiguration } = wrong
  const refused = { ...input, deploymentConfiguration, loadBalancers: [{ ...entry, advancedConfiguration }] }
  const definition = await register('first')
  await expect(create(definition, refused)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(message),
  })
})
