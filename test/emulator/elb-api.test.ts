import { expect, test } from 'vitest'
import { forward, listener, loadBalancer, startElb, targetGroup } from '../support/elb.ts'

const refusal = async (asking: Promise<unknown>) => {
  const error = await asking.then(
    () => new Error('It was not refused.'),
    (error: Error) => error,
  )
  return `${error.name}: ${error.message}`
}

test('refuses load balancers that AWS refuses, in its words', async () => {
  const { aws, elb, Subnets } = await startElb()
  const { ec2 } = aws.emulator.world.region('us-east-1')
  const create = (more: object) => refusal(elb.createLoadBalancer({ Name: 'web', Subnets, ...more }))
  const [subnet = ''] = Subnets
  const twin = { ...Object.values(ec2.subnets)[0], SubnetId: 'subnet-twin' }
  Object.assign(ec2.subnets, { 'subnet-twin': twin })
  expect([
    await create({ Name: 'a-name-that-is-longer-than-32-letters' }),
    await create({ Subnets: [subnet] }),
    await create({ Subnets: [subnet, 'subnet-0'] }),
    await create({ Subnets: [...Subnets, 'subnet-twin'] }),
    await create({ SecurityGroups: ['sg-0'] }),
  ]).toEqual([
    "ValidationError: The load balancer name 'a-name-that-is-longer-than-32-letters' cannot be longer than '32' characters",
    'ValidationError: At least two subnets in two different Availability Zones must be specified',
    "SubnetNotFoundException: The subnet ID 'subnet-0' does not exist",
    'InvalidConfigurationRequestException: A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    "InvalidSecurityGroupException: The security group 'sg-0' does not exist",
  ])
  const [first, second] = [await elb.createLoadBalancer({ Name: 'web', Subnets }), await create({ Scheme: 'internal' })]
  const again = await elb.createLoadBalancer({ Name: 'web', Subnets })
  expect(again.LoadBalancers?.[0]?.LoadBalancerArn).toBe(first.LoadBalancers?.[0]?.LoadBalancerArn)
  expect(second).toBe(
    "DuplicateLoadBalancerNameException: A load balancer with the same name 'web' exists, but with different settings",
  )
  for (const gateway of Object.values(ec2.internetGateways)) gateway.Attachments.length = 0
  expect(await create({ Name: 'other' })).toBe(`InvalidSubnetException: VPC ${twin.VpcId} has no internet gateway`)
})

test('provisions, pages, changes and protects load balancers', async () => {
  const started = await startElb()
  const { aws, elb, Subnets } = started
  const { LoadBalancers: [created] = [] } = await elb.createLoadBalancer({ Name: 'one', Subnets, Scheme: 'internal' })
  expect(created).toMatchObject({
    DNSName: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    LoadBalancerArn: expect.stringMatching(
      /^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/one\/[0-9a-f]{16}$/,
    ),
    State: { Code: 'provisioning' },
    Scheme: 'internal',
    Type: 'application',
    IpAddressType: 'ipv4',
    AvailabilityZones: [
      { ZoneName: 'us-east-1a', SubnetId: Subnets[0] },
      { ZoneName: 'us-east-1b', SubnetId: Subnets[1] },
    ],
  })
  const LoadBalancerArn = created?.LoadBalancerArn
  await aws.eventually(async () => (await elb.describeLoadBalancers({})).LoadBalancers?.[0]?.State?.Code === 'active')
  for (const Name of ['two', 'three']) await elb.createLoadBalancer({ Name, Subnets })
  const pages = [await elb.describeLoadBalancers({ PageSize: 2 })]
  pages.push(await elb.describeLoadBalancers({ PageSize: 2, Marker: pages[0]?.NextMarker }))
  expect(pages.map(({ LoadBalancers }) => LoadBalancers?.map(({ LoadBalancerName }) => LoadBalancerName))).toEqual([
    ['one', 'two'],
    ['three'],
  ])
  expect(await refusal(elb.describeLoadBalancers({ Names: ['one', 'four'] }))).toBe(
    "LoadBalancerNotFoundException: Load balancers '[four]' not found",
  )

  const protect = (Value: string) =>
    elb.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: [{ Key: 'deletion_protection.enabled', Value }],
    })
  const { Attributes = [] } = await protect('true')
  expect(Object.fromEntries(Attributes.map(({ Key = '', Value }) => [Key, Value]))).toMatchObject({
    'deletion_protection.enabled': 'true',
    'idle_timeout.timeout_seconds': '60',
    'routing.http2.enabled': 'true',
    'ipv6.deny_all_igw_traffic': 'true',
  })
  expect(await refusal(elb.deleteLoadBalancer({ LoadBalancerArn }))).toBe(
    `OperationNotPermittedException: Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
  )
  const odd = elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: 'color', Value: 'red' }] })
  expect(await refusal(odd)).toBe("ValidationError: Load balancer attribute key 'color' is not recognized")
  await protect('false')
  await elb.addTags({ ResourceArns: [LoadBalancerArn ?? ''], Tags: [{ Key: 'team', Value: 'video' }] })
  const { TagDescriptions } = await elb.describeTags({ ResourceArns: [LoadBalancerArn ?? ''] })
  expect(TagDescriptions).toEqual([{ ResourceArn: LoadBalancerArn, Tags: [{ Key: 'team', Value: 'video' }] }])
  await elb.deleteLoadBalancer({ LoadBalancerArn })
  await elb.deleteLoadBalancer({ LoadBalancerArn })
  expect((await elb.describeLoadBalancers({})).LoadBalancers?.length).toBe(2)
})

test('gives target groups the defaults of AWS and refuses settings that do not go together', async () => {
  const started = await startElb()
  const { elb, VpcId } = started
  const create = (more: object) => elb.createTargetGroup({ Name: 'web', Protocol: 'HTTP', Port: 80, VpcId, ...more })
  const { TargetGroups: [web] = [] } = await create({})
  expect(web).toMatchObject({
    TargetType: 'instance',
    ProtocolVersion: 'HTTP1',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: '/',
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    Matcher: { HttpCode: '200' },
    LoadBalancerArns: [],
  })
  const { TargetGroups: [tcp] = [] } = await create({ Name: 'tcp', Protocol: 'TCP' })
  expect(tcp).toMatchObject({ HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10 })
  expect(tcp?.Matcher).toBeUndefined()
  expect([
    await refusal(create({ HealthCheckPath: '/health' })),
    await refusal(create({ Name: 'a', HealthCheckIntervalSeconds: 5 })),
    await refusal(create({ Name: 'a', HealthCheckIntervalSeconds: 600 })),
    await refusal(create({ Name: 'a', VpcId: 'vpc-0' })),
    await refusal(elb.modifyTargetGroup({ TargetGroupArn: web?.TargetGroupArn, HealthCheckTimeoutSeconds: 30 })),
    await refusal(elb.describeTargetGroups({ Names: ['nothing'] })),
    await refusal(elb.registerTargets({ TargetGroupArn: web?.TargetGroupArn, Targets: [{ Id: 'i-0123' }] })),
  ]).toEqual([
    "DuplicateTargetGroupNameException: A target group with the same name 'web' exists, but with different settings",
    'ValidationError: Health check interval must be greater than the timeout.',
    "ValidationError: 1 validation error detected: Value '600' at 'healthCheckIntervalSeconds' failed to satisfy constraint: Member must have value less than or equal to 300",
    "ValidationError: The VPC ID 'vpc-0' is not found",
    'ValidationError: Health check interval must be greater than the timeout.',
    'TargetGroupNotFoundException: One or more target groups not found',
    "InvalidTargetException: The following targets are not in a running state and cannot be registered: 'i-0123'",
  ])
})

test('keeps listeners, rules and target groups consistent', async () => {
  const started = await startElb()
  const { elb, Subnets } = started
  const { LoadBalancerArn } = await loadBalancer(started)
  const [web, tcp] = [await targetGroup(started, 'web'), await targetGroup(started, 'tcp', { Protocol: 'TCP' })]
  const ListenerArn = await listener(started, LoadBalancerArn, forward(web))
  const { Listeners } = await elb.describeListeners({ LoadBalancerArn })
  expect(Listeners?.[0]?.DefaultActions).toEqual([
    {
      Type: 'forward',
      TargetGroupArn: web,
      ForwardConfig: {
        TargetGroups: [{ TargetGroupArn: web, Weight: 1 }],
        TargetGroupStickinessConfig: { Enabled: false },
      },
    },
  ])
  const rule = (Priority: number, Field = 'path-pattern') =>
    elb.createRule({ ListenerArn, Priority, Conditions: [{ Field, Values: ['/x'] }], Actions: [forward(web)] })
  const { Rules: [created] = [] } = await rule(1)
  expect(created?.Conditions).toEqual([
    { Field: 'path-pattern', Values: ['/x'], PathPatternConfig: { Values: ['/x'] } },
  ])
  const { Rules = [] } = await elb.describeRules({ ListenerArn })
  const byDefault = Rules.find(({ IsDefault }) => IsDefault)?.RuleArn
  const other = await elb.createLoadBalancer({ Name: 'other', Subnets })
  const add = (more: object, group = web) => listener(started, LoadBalancerArn, forward(group), more)
  expect([
    await refusal(rule(1)),
    await refusal(rule(2, 'cookie')),
    await refusal(rule(0)),
    await refusal(elb.deleteRule({ RuleArn: byDefault })),
    await refusal(elb.deleteTargetGroup({ TargetGroupArn: web })),
    await refusal(add({ Port: 81, DefaultActions: [forward(web), forward(web)] })),
    await refusal(add({ Port: 80, Tags: [{ Key: 'a', Value: 'b' }] })),
    await refusal(add({ Port: 81, Protocol: 'TCP' })),
    await refusal(add({ Port: 443, Protocol: 'HTTPS' })),
    await refusal(add({ Port: 81 }, tcp)),
    await refusal(listener(started, other.LoadBalancers?.[0]?.LoadBalancerArn ?? '', forward(web))),
    await refusal(elb.describeListeners({ ListenerArns: ['arn:aws:elasticloadbalancing:nothing'] })),
  ]).toEqual([
    "PriorityInUseException: Priority '1' is currently in use",
    "ValidationError: Condition field 'cookie' must be one of '[http-header, http-request-method, host-header, path-pattern, query-string, source-ip]'",
    "ValidationError: 1 validation error detected: Value '0' at 'priority' failed to satisfy constraint: Member must have value greater than or equal to 1",
    `OperationNotPermittedException: Default rule '${byDefault}' cannot be deleted`,
    `ResourceInUseException: Target group '${web}' is currently in use by a listener or a rule`,
    'InvalidLoadBalancerActionException: Exactly one action of type forward, redirect or fixed-response must be specified, and it must be the last one',
    `DuplicateListenerException: A listener already exists on this port for this load balancer '${LoadBalancerArn}'`,
    "ValidationError: Listener protocol 'TCP' must be one of 'HTTPS, HTTP'",
    'ValidationError: A certificate must be specified for HTTPS listeners',
    `IncompatibleProtocolsException: The listener and the following target groups have incompatible protocols: '${tcp}'`,
    `TargetGroupAssociationLimitException: The following target groups cannot be associated with more than one load balancer: ${web}`,
    'ListenerNotFoundException: One or more listeners not found',
  ])
  const groups = await elb.describeTargetGroups({ LoadBalancerArn })
  expect(groups.TargetGroups?.map(({ LoadBalancerArns }) => LoadBalancerArns)).toEqual([[LoadBalancerArn]])
  await elb.deleteLoadBalancer({ LoadBalancerArn })
  await elb.deleteTargetGroup({ TargetGroupArn: web })
  expect(await refusal(elb.describeRules({ ListenerArn }))).toBe(
    `ListenerNotFoundException: Listener '${ListenerArn}' not found`,
  )
})
