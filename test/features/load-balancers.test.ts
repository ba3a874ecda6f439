import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EC2 } from '@aws-sdk/client-ec2'
import { ECS } from '@aws-sdk/client-ecs'
import { S3 } from '@aws-sdk/client-s3'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { deploy, presentDeploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'
import { ask, balancers, CERTIFICATE, check } from '../support/visitors.ts'

test('hosts, paths, sources and an inside lead to services of their own', async () => {
  const manifest = `
app: demo
services:
  web: { image: { location: web, port: 80 }, http: { ${check}, additional_rules: [{ path: /v2, target_port: 90 }] } }
  blog: { image: { location: blog, port: 80 }, http: { ${check}, alias: [blog.example.com, '*.blog.example.com'] } }
  admin: { image: { location: admin, port: 80 }, http: { ${check}, alias: blog.example.com, path: /admin, allowed_source_ips: [10.0.0.0/8] } }
  api: { image: { location: api, port: 80 }, http: { ${check}, path: /api, internal: true } }
http: { public: { idle_timeout: 2m, attributes: { client_keep_alive.seconds: '120' }, access_logs: true, ingress: { source_ips: [198.51.100.0/24] } } }
`
  const world = await testWorld({ files: { 'img2vid.yaml': manifest } })
  const result = await deploy(flags, world.context)
  const { elb, all } = await balancers(world)
  const [open, inside] = ['internet-facing', 'internal'].map((scheme) => all.find(({ Scheme }) => Scheme === scheme))
  const url = `http://${open?.DNSName}`
  expect(presentDeploy(result)).toContain(`  curl -H 'Host: blog.example.com' ${url} asks for blog.example.com here`)
  const { local: _here, ...elsewhere } = result
  expect(presentDeploy(elsewhere)).toContain(
    `  blog.example.com needs a DNS record, CNAME or alias, that points at ${open?.DNSName}`,
  )
  expect(
    await Promise.all([
      ask(`${url}/`),
      ask(`${url}/v2/x`),
      ask(`${url}/admin`, { host: 'blog.example.com' }),
      ask(`${url}/`, { host: 'a.blog.example.com' }),
      ask(`${url}/api`),
      ask(`http://${inside?.DNSName}/api/x`),
      ask(`http://${inside?.DNSName}/`),
    ]),
  ).toEqual(['web', 'web', 'blog', 'blog', 'web', 'api', '404'])
  expect(result).toMatchObject({
    services: { web: { url }, blog: { url: 'http://blog.example.com' }, api: { url: `http://${inside?.DNSName}/api` } },
  })
  expect(result).toMatchObject({
    stored: expect.arrayContaining([
      expect.objectContaining({ logicalId: 'LoadBalancer', properties: ['LoadBalancerAttributes (logs)'] }),
    ]),
  })
  const { Attributes = [] } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn: open?.LoadBalancerArn })
  const told = Object.fromEntries(Attributes.map(({ Key = '', Value }) => [Key, Value]))
  expect(told).toMatchObject({
    'idle_timeout.timeout_seconds': '120',
    'client_keep_alive.seconds': '120',
    'access_logs.s3.enabled': 'true',
  })
  const s3 = new S3({ ...world.aws.client, forcePathStyle: true })
  expect((await s3.listBuckets({})).Buckets?.map(({ Name }) => Name)).toEqual([told['access_logs.s3.bucket']])
  const bucket = told['access_logs.s3.bucket']
  expect(await destroy({ ...flags, yes: true }, world.context)).toMatchObject({
    left: [`bucket ${bucket}, with all objects, of demo-dev; \`aws s3 rb --force s3://${bucket}\` takes it away`],
  })
  expect((await balancers(world)).all).toEqual([])
})

test('a login stands in front of a service, and its secret is in no template', async () => {
  const manifest = `
app: demo
services:
  web:
    image: { location: web, port: 80 }
    http:
      ${check}
      auth:
        issuer: https://id.example.com
        authorization_endpoint: https://id.example.com/authorize
        token_endpoint: https://id.example.com/token
        user_info_endpoint: https://id.example.com/user
        client_id: demo
        client_secret: demo/login:secret
        session: { timeout: 8h }
environments: { dev: { certificate: ${CERTIFICATE} } }
`
  const world = await testWorld({ files: { 'img2vid.yaml': manifest } })
  await new SecretsManager(world.aws.client).createSecret({ Name: 'demo/login', SecretString: '{"secret":"hush"}' })
  await deploy(flags, world.context)
  const [balancer] = (await balancers(world)).all
  const sent = new URL((await ask(`https://${balancer?.DNSName}/`)).replace('302 ', ''))
  expect([sent.origin + sent.pathname, sent.searchParams.get('client_id')]).toEqual([
    'https://id.example.com/authorize',
    'demo',
  ])
  expect(await ask(`http://${balancer?.DNSName}/`)).toBe(`301 https://${balancer?.DNSName}/`)
  const cloudformation = new CloudFormation(world.aws.client)
  const { TemplateBody } = await cloudformation.getTemplate({ StackName: 'demo-dev-web' })
  expect(TemplateBody).toContain('{{resolve:secretsmanager:demo/login:SecretString:secret}}')
  const { elb: stored } = world.aws.emulator.world.region('us-east-1')
  expect(JSON.stringify(stored.rules)).toContain('hush')
})

test('ports of a network load balancer, names in Service Connect, and tasks without either', async () => {
  const manifest = `
app: demo
services:
  broker: { image: { location: broker, port: 1883 }, http: false, nlb: { port: 8883/tls, stickiness: true, additional_listeners: [{ port: 53/udp, target_port: 53, healthcheck: { port: 1883 } }] } }
  api: { image: { location: api, port: 80 }, http: false, network: { connect: { alias: api.internal } } }
  bare: { image: { location: bare, port: 7860 }, http: false, network: { ingress: { source_ips: [0.0.0.0/0] } } }
environments: { dev: { certificate: ${CERTIFICATE} } }
`
  const world = await testWorld({ files: { 'img2vid.yaml': manifest } })
  const result = await deploy(flags, world.context)
  const { elb, all } = await balancers(world)
  const balancer = all.find(({ Type }) => Type === 'network')
  const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn: balancer?.LoadBalancerArn })
  expect(Listeners.map(({ Protocol, Port }) => `${Protocol} ${Port}`).sort()).toEqual(['TLS 8883', 'UDP 53'])
  expect(result).toMatchObject({
    services: {
      broker: { url: `tls://${balancer?.DNSName}` },
      api: { url: null },
      bare: { url: expect.stringMatching(/^http:\/\/[\d.]+:7860$/) },
    },
  })
  expect(result).toMatchObject({ stored: [{ logicalId: 'Port53NetworkListener', properties: ['Protocol (UDP)'] }] })
  expect(await status(flags, world.context)).toMatchObject({
    environments: { dev: { services: { bare: { url: expect.stringMatching(/:7860$/) } } } },
  })
  const ecs = new ECS(world.aws.client)
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { clusters } = await ecs.describeClusters({ clusters: [cluster ?? ''] })
  expect(clusters?.[0]?.serviceConnectDefaults?.namespace).toContain(':namespace/ns-')
  const { serviceArns = [] } = await ecs.listServices({ cluster })
  const { services = [] } = await ecs.describeServices({ cluster, services: serviceArns })
  expect(services.flatMap(({ deployments }) => deployments?.[0]?.serviceConnectResources ?? [])).toMatchObject([
    { discoveryName: 'api' },
  ])
  await destroy({ ...flags, yes: true }, world.context)
  expect(world.aws.emulator.world.region('us-east-1').ecs.namespaces).toEqual({})
})

test('tasks on instances without a load balancer are reached at public addresses of the instances', async () => {
  const manifest = (network: string) => `
app: demo
services: { web: { image: { location: web, port: 7860 }, http: false, compute: ec2, network: ${network} } }
`
  const world = await testWorld({
    files: {
      'img2vid.yaml': manifest('{ ingress: { source_ips: [203.0.113.0/24, "2001:db8::/32", 203.0.113.0/24] } }'),
    },
  })
  const ec2 = new EC2(world.aws.client)
  const seen = async () => {
    const { Reservations = [] } = await ec2.describeInstances({})
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances)
    const { SecurityGroups = [] } = await ec2.describeSecurityGroups({})
    const group = SecurityGroups.find(({ GroupName = '' }) => GroupName.includes('InstanceSecurityGroup'))
    const rules = group?.IpPermissions?.map(({ FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] }) => [
      FromPort,
      ToPort,
      ...IpRanges.map(({ CidrIp }) => CidrIp),
      ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
    ])
    return { addresses: instances.flatMap(({ PublicIpAddress }) => PublicIpAddress ?? []), rules }
  }
  const deployed = await deploy(flags, world.context)
  const { addresses, rules } = await seen()
  expect(rules).toEqual([[32768, 65535, '203.0.113.0/24', '2001:db8::/32']])
  const [, address, port] = /^http:\/\/([\d.]+):(\d+)$/.exec(deployed.services.web?.url ?? '') ?? []
  expect([addresses, Number(port) >= 32768]).toEqual([[address], true])

  world.write({ 'img2vid.yaml': manifest('{ host_port: 80, ingress: { source_ips: [203.0.113.0/24] } }') })
  await deploy(flags, world.context)
  // The instance that is too many goes meanwhile, and its task with it.
  const now = await world.aws.eventually(async () => {
    const url = (await status(flags, world.context)).environments.dev?.services.web?.url
    const { addresses: all, rules: open } = await seen()
    return all.some((one) => url === `http://${one}:80`) && { open }
  })
  expect(now.open).toEqual([[80, 80, '203.0.113.0/24']])
  await destroy({ ...flags, yes: true }, world.context)
})
