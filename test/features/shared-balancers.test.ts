import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { deploy, presentDeploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { stackResources } from '../support/deployed.ts'
import { network } from '../support/elb.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { ask, balancers, CERTIFICATE, check } from '../support/visitors.ts'

test('a load balancer of somebody else leads to a service, and stays when the environment goes', async () => {
  const world = await testWorld()
  const { elb } = await balancers(world)
  const { VpcId, Subnets } = network(world.aws)
  const { LoadBalancers: [shared] = [] } = await elb.createLoadBalancer({ Name: 'shared', Subnets })
  await world.aws.eventually(async () => (await balancers(world)).all[0]?.State?.Code === 'active')
  const { Listeners: [listener] = [] } = await elb.createListener({
    LoadBalancerArn: shared?.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  })
  world.write({
    'img2vid.yaml': `
app: demo
services: { web: { image: { location: web, port: 80 }, http: { path: /demo, ${check} } } }
network: { vpc: { id: ${VpcId}, subnets: { public: [${Subnets.join(', ')}] } } }
http: { public: { load_balancer: { http_listener: '${listener?.ListenerArn}', security_group: ${shared?.SecurityGroups?.[0]}, dns_name: shared.example.com } } }
`,
  })
  expect(await deploy(flags, world.context)).toMatchObject({
    services: { web: { url: 'http://shared.example.com/demo' } },
  })
  expect(await ask(`http://${shared?.DNSName}/demo`)).toBe('web')
  await destroy({ ...flags, yes: true }, world.context)
  expect([(await balancers(world)).all.length, await ask(`http://${shared?.DNSName}/demo`)]).toEqual([1, '404'])
})

/** A load balancer of somebody else, in a network with subnets that lead to the internet. */
async function sharedBalancer(world: TestWorld, Name = 'shared', ports: readonly number[] = [80]) {
  const { elb } = await balancers(world)
  const { VpcId = '', Subnets } = network(world.aws)
  const { LoadBalancers: [shared] = [] } = await elb.createLoadBalancer({ Name, Subnets })
  const { LoadBalancerArn } = shared ?? {}
  await world.aws.eventually(async () => (await balancers(world)).all.every(({ State }) => State?.Code === 'active'))
  for (const Port of ports) {
    await elb.createListener({
      LoadBalancerArn,
      Protocol: Port === 443 ? 'HTTPS' : 'HTTP',
      Port,
      ...(Port === 443 && { Certificates: [{ CertificateArn: CERTIFICATE }] }),
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    })
  }
  const vpc = `network: { vpc: { id: ${VpcId}, subnets: { public: [${Subnets.join(', ')}] } } }`
  return { elb, arn: LoadBalancerArn ?? '', host: shared?.DNSName ?? '', vpc }
}

test('a load balancer is named by its name or its ARN alone, and apps with services of the same name share it', async () => {
  const world = await testWorld()
  const { arn, host, vpc } = await sharedBalancer(world, 'shared', [8080, 80, 443])
  const manifest = (app: string, named: string) => `
app: ${app}
services: { web: { image: { location: ${app}, port: 80 }, http: { path: /${app}, ${check}, redirect_to_https: false } } }
${vpc}
http: { public: { load_balancer: '${named}' } }
`
  const image = ['one', 'two']
  for (const [app, named] of [
    ['one', 'shared'],
    ['two', arn],
  ] as const) {
    world.write({ 'img2vid.yaml': manifest(app, named) })
    expect(await deploy(flags, world.context)).toMatchObject({
      changed: true,
      services: { web: { url: `https://${host}/${app}` } },
    })
    expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  }
  const asked = image.flatMap((app) => [ask(`https://${host}/${app}`), ask(`http://${host}/${app}`)])
  expect(await Promise.all(asked)).toEqual(['one', 'one', 'two', 'two'])
  await destroy({ ...flags, yes: true }, world.context)
  expect([await ask(`https://${host}/one`), await ask(`https://${host}/two`)]).toEqual(['one', '404'])
})

test('NET08: a load balancer that is not there, is none for rules, is elsewhere or lacks a listener', async () => {
  const world = await testWorld()
  const { elb, vpc } = await sharedBalancer(world)
  const { Subnets } = network(world.aws)
  await elb.createLoadBalancer({ Name: 'plain', Type: 'network', Subnets })
  await elb.createLoadBalancer({ Name: 'empty', Subnets })
  const said = async (named: string, http: string, around = vpc) => {
    world.write({
      'img2vid.yaml': `
app: demo
services: { web: { image: { location: web, port: 80 }, http: { ${check}, ${http} } } }
${around}
http: { public: { load_balancer: ${named} } }
`,
    })
    const failure = await deploy(flags, world.context).then(
      () => undefined,
      (error: UserError) => error,
    )
    expect(failure).toMatchObject({ outcome: 'preflight' })
    return (failure?.problems ?? []).map(({ path, message }) => `${path} ${message}`)
  }
  const grpc = 'version: grpc'
  expect(await said('none', grpc)).toEqual(['NET08 the load balancer none does not exist in us-east-1'])
  expect(await said('plain', grpc)).toEqual([
    'NET08 the load balancer plain is a network load balancer; rules are for application load balancers',
  ])
  expect(await said('empty', grpc)).toEqual(['NET08 the load balancer empty has no listener for HTTP or HTTPS'])
  expect(await said('shared', grpc)).toEqual([
    'NET08 web: http.version needs HTTPS, for which the load balancer shared has no listener',
  ])
  const mine = `network: { vpc: { id: vpc-0123456789abcdef0, subnets: { public: [${Subnets.join(', ')}] } } }`
  expect(await said('shared', 'path: /a', mine)).toEqual([
    expect.stringMatching(/^NET08 the load balancer shared is in vpc-\w+, and the tasks are in vpc-\w+$/),
  ])
})

test('NET08: a rule of somebody else has the place of the service’s', async () => {
  const world = await testWorld()
  const { elb, arn, vpc } = await sharedBalancer(world)
  world.write({
    'img2vid.yaml': `
app: demo
services: { web: { image: { location: web, port: 80 }, http: { path: /demo, ${check} } } }
${vpc}
http: { public: { load_balancer: shared } }
`,
  })
  const [stack] = stacksOf(environmentOf(readFileSync(join(world.folder, 'img2vid.yaml'), 'utf8'))).slice(-1)
  const Priority = Number(stack?.parameters.RulePriority)
  const { Listeners: [listener] = [] } = await elb.describeListeners({ LoadBalancerArn: arn })
  await elb.createRule({
    ListenerArn: listener?.ListenerArn,
    Priority,
    Conditions: [{ Field: 'path-pattern', Values: ['/theirs'] }],
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } }],
  })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    problems: [
      {
        path: 'NET08',
        message: `web: the load balancer has a rule of somebody else at the priority ${Priority}, which this service's rule would have`,
      },
    ],
  })
})

test('an environment has a load balancer while a service is behind it, its own or that of somebody else', async () => {
  const world = await testWorld()
  const { host, vpc } = await sharedBalancer(world)
  const manifest = (http: string, more = '') =>
    world.write({
      'img2vid.yaml': `
app: demo
services: { web: { image: { location: web, port: 80 }, http: ${http} } }
${vpc}
${more}
`,
    })
  const ours = async () => (await balancers(world)).all.filter(({ LoadBalancerName }) => LoadBalancerName !== 'shared')
  manifest('false')
  await deploy(flags, world.context)
  expect(await ours()).toEqual([])
  manifest(`{ ${check} }`)
  const { services } = await deploy(flags, world.context)
  const [own] = await ours()
  expect([services.web?.url, await ask(`http://${own?.DNSName}/`)]).toEqual([`http://${own?.DNSName}`, 'web'])
  manifest(`{ ${check} }`, 'http: { public: { load_balancer: shared } }')
  await deploy(flags, world.context)
  expect([await ours(), await ask(`http://${host}/`)]).toEqual([[], 'web'])
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  manifest('false')
  await deploy(flags, world.context)
  expect([await ours(), await ask(`http://${host}/`)]).toEqual([[], '404'])
})

test('hosts with a hosted zone have records that lead to the load balancer, also to that of somebody else', async () => {
  const world = await testWorld()
  const { host, vpc } = await sharedBalancer(world)
  const manifest = (more = '') =>
    world.write({
      'img2vid.yaml': `
app: demo
services: { web: { image: { location: web, port: 80 }, http: { ${check}, alias: www.example.com, hosted_zone: example.com } } }
${vpc}
${more}
`,
    })
  const targets = async () => {
    const { TemplateBody = '' } = await new CloudFormation(world.aws.client).getTemplate({ StackName: 'demo-dev' })
    const [record] = stackResources(world, 'AWS::Route53::RecordSet')
    return [TemplateBody.includes('WwwExampleComRecord9abf22fe'), record?.AliasTarget]
  }
  manifest()
  const deployed = await deploy(flags, world.context)
  const own = (await balancers(world)).all.find(({ LoadBalancerName }) => LoadBalancerName !== 'shared')
  const to = (one: { DNSName?: string | undefined; CanonicalHostedZoneId?: string | undefined } | undefined) => ({
    DNSName: one?.DNSName,
    HostedZoneId: one?.CanonicalHostedZoneId,
    EvaluateTargetHealth: false,
  })
  expect(await targets()).toEqual([true, to(own)])
  expect(deployed).toMatchObject({
    services: { web: { url: 'http://www.example.com' } },
    stored: expect.arrayContaining([
      {
        stack: 'demo-dev',
        logicalId: 'WwwExampleComRecord9abf22fe',
        type: 'AWS::Route53::RecordSet',
        properties: ['AliasTarget'],
      },
    ]),
  })
  expect(presentDeploy(deployed)).toContain("curl -H 'Host: www.example.com'")
  const { local: _here, ...elsewhere } = deployed
  expect(presentDeploy(elsewhere)).not.toContain('needs a DNS record')

  manifest('http: { public: { load_balancer: shared } }')
  await deploy(flags, world.context)
  const shared = (await balancers(world)).all.find(({ DNSName }) => DNSName === host)
  expect(await targets()).toEqual([true, to(shared)])
})
