import { ACM } from '@aws-sdk/client-acm'
import { EC2 } from '@aws-sdk/client-ec2'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { build } from '../../src/commands/build.ts'
import { deploy } from '../../src/commands/deploy.ts'
import { doctor } from '../../src/commands/doctor.ts'
import { asAccount, withDocker } from '../support/account.ts'
import { flags } from '../support/context.ts'
import { notes, refused, service, world } from '../support/preflight.ts'
import { digestOf, MANIFEST as IMAGE, INDEX, login, pushBlob, putManifest } from '../support/registry.ts'

const GPU = 'compute: gpu, instances: [g6.xlarge, g5.xlarge]'

test('a healthy deploy has no finding, and one that changes nothing asks AWS ten times at most', async () => {
  const healthy = await world(service('secrets: { KEY: /demo/key }'))
  await new SSM(healthy.aws.client).putParameter({ Name: '/demo/key', Value: 'x', Type: 'SecureString' })
  await deploy(flags, healthy.context)
  expect(notes(healthy)).toEqual([])
  const { emulator } = healthy.aws
  const calls: string[] = []
  const { call } = emulator
  emulator.call = (name, operation, ...rest) => {
    calls.push(`${name}:${operation}`)
    return call(name, operation, ...rest)
  }
  expect(await deploy(flags, healthy.context)).toMatchObject({ changed: false })
  expect(calls.length, calls.join(' ')).toBeLessThanOrEqual(10)
  expect(calls).not.toContain('ssm:GetParameters')
})

test('GPU01: a quota of vCPUs is too small for the instances beside those that run', async () => {
  const small = await world(service(GPU))
  const { faults } = small.aws.emulator.world
  faults.add({ kind: 'quota', code: 'L-DB2E81BA', limit: 0 })
  const hint = (value: number) =>
    `here: img2vid local fault clear; in an account: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-DB2E81BA --desired-value ${value} --region us-east-1`
  expect(await refused(small)).toEqual([
    [
      'GPU01',
      '4 more vCPUs of G and VT instances are wanted for web; the quota in us-east-1 is 0, of which 0 are in use',
      hint(4),
    ],
  ])
  faults.clear()
  faults.add({ kind: 'quota', code: 'L-DB2E81BA', limit: 8 })
  await deploy(flags, small.context)
  small.write({ 'img2vid.yaml': service(`${GPU}, count: 3`) })
  expect(await refused(small)).toEqual([
    [
      'GPU01',
      '8 more vCPUs of G and VT instances are wanted for web; the quota in us-east-1 is 8, of which 4 are in use',
      hint(12),
    ],
  ])
})

test('GPU01: plain instances and Spot have quotas of their own', async () => {
  const plain = await world(service('compute: ec2, instances: [c7i.xlarge], count: 2, cpu: 4096'))
  plain.aws.emulator.world.faults.add({ kind: 'quota', code: 'L-1216C47A', limit: 7 })
  expect(await refused(plain)).toEqual([
    [
      'GPU01',
      '8 more vCPUs of standard instances are wanted for web; the quota in us-east-1 is 7, of which 0 are in use',
      expect.stringContaining('--quota-code L-1216C47A --desired-value 8'),
    ],
  ])
  const spot = await world(service('compute: gpu, spot: true'))
  spot.aws.emulator.world.faults.add({ kind: 'quota', code: 'L-3819A6DF', limit: 0 })
  expect(await refused(spot)).toEqual([
    [
      'GPU01',
      '4 more vCPUs of G and VT Spot instances are wanted for web; the quota in us-east-1 is 0, of which 0 are in use',
      expect.stringContaining('--quota-code L-3819A6DF --desired-value 4'),
    ],
  ])
})

test('GPU01: types of another quota may still be had', async () => {
  const mixed = await world(service('compute: gpu, instances: [p3.2xlarge, g6.xlarge]'))
  mixed.aws.emulator.world.faults.add({ kind: 'quota', code: 'L-417A185B', limit: 7 })
  expect(await deploy(flags, mixed.context)).toMatchObject({ changed: true })
  expect(notes(mixed)).toContainEqual(
    expect.stringMatching(/^GPU01 {2}8 more vCPUs of P instances are wanted for web; the quota in us-east-1 is 7/),
  )
})

test('GPU02: instance types are not offered where the instances are to run', async () => {
  const rare = await world(service('compute: gpu, memory: 8192, instances: [p9.large, g6.xlarge]'))
  expect(await deploy(flags, rare.context)).toMatchObject({ changed: true })
  expect(notes(rare)).toContainEqual(
    expect.stringMatching(
      /^GPU02 {2}web: p9.large is not offered in us-east-1a or us-east-1b, and the next type is taken\n/,
    ),
  )
  const none = await world(service('compute: gpu, memory: 8192, instances: [p9.large]'))
  expect(await refused(none)).toEqual([
    [
      'GPU02',
      'web: p9.large is not offered in us-east-1a or us-east-1b',
      expect.stringContaining(
        'name other types under services.web.instances; aws ec2 describe-instance-type-offerings',
      ),
    ],
  ])
})

test('IMG01, IMG02: an image that exists is looked at', async () => {
  const location = (tag: string) => `000000000000.dkr.ecr.us-east-1.amazonaws.com/app:${tag}`
  const images = await world(service('', `location: '${location('none')}', port: 8080`))
  expect(await refused(images)).toEqual([
    ['IMG02', `web: the image ${location('none')} does not exist`, 'push it, or mend services.web.image.location'],
  ])

  const ecr = new ECRClient(images.aws.client)
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }))
  const { call } = await login(ecr)
  const push = async (tag: string, architecture: string, size = 5) => {
    const blobs = [JSON.stringify({ os: 'linux', architecture }), 'layer']
    for (const blob of blobs) await pushBlob(call, blob)
    const [config, layer] = blobs.map((blob) => ({
      mediaType: 'text/plain',
      digest: digestOf(blob),
      size: blob.length,
    }))
    const layers = [{ ...layer, size }]
    const body = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config, layers })
    await putManifest(call, tag, body, IMAGE)
    return { mediaType: IMAGE, digest: digestOf(body), size: body.length, platform: { os: 'linux', architecture } }
  }
  const [arm, amd] = [await push('arm', 'arm64'), await push('amd', 'amd64')]
  await push('large', 'amd64', 9 * 1024 ** 3)
  for (const [tag, manifests] of Object.entries({ both: [arm, amd], armlist: [arm] })) {
    await putManifest(call, tag, JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }), INDEX)
  }
  const found = async (tag: string) => {
    images.write({ 'img2vid.yaml': service('', `location: '${location(tag)}', port: 8080`) })
    return refused(images)
  }
  const foreign = (tag: string) => [
    [
      'IMG01',
      `web: ${location(tag)} is for linux/arm64, and its tasks run on linux/amd64`,
      'build the image for linux/amd64, or set services.web.platform to linux/arm64',
    ],
  ]
  expect([await found('arm'), await found('armlist')]).toEqual([foreign('arm'), foreign('armlist')])
  images.write({ 'img2vid.yaml': service('', `location: '${location('large')}', port: 8080`) })
  await deploy(flags, images.context)
  expect(notes(images)).toContainEqual(
    expect.stringMatching(/^IMG02 {2}web: the image has 9.0 GiB compressed and needs about 23 GiB of disk/),
  )
  images.shown.length = 0
  images.write({ 'img2vid.yaml': service('', `location: '${location('both')}', port: 8080`) })
  await deploy(flags, images.context)
  expect(notes(images)).toEqual([])
})

test('IMG01: an image that came out for another platform is not pushed', async () => {
  const built = await world(service('platform: linux/arm64'))
  const docker = { 'docker version': 'linux/arm64', 'docker build': '', 'docker image inspect': 'linux/amd64' }
  await expect(build(flags, withDocker(built.context, docker))).rejects.toMatchObject({
    outcome: 'failed',
    message: 'web: the image that was built is for linux/amd64, and its tasks run on linux/arm64',
    hint: 'build the image for linux/arm64, or set services.web.platform to linux/amd64',
  })
})

test('NET01, NET02, NET03: subnets of one’s own', async () => {
  const net = await world('')
  const ec2 = new EC2(net.aws.client)
  const vpc = async (CidrBlock: string) => (await ec2.createVpc({ CidrBlock })).Vpc?.VpcId ?? ''
  const [mine, other] = [await vpc('10.0.0.0/16'), await vpc('10.1.0.0/16')]
  const subnet = async (VpcId: string, CidrBlock: string, letter: string) => {
    const { Subnet } = await ec2.createSubnet({ VpcId, CidrBlock, AvailabilityZone: `us-east-1${letter}` })
    return Subnet?.SubnetId ?? ''
  }
  const [a, again, b, foreign] = [
    await subnet(mine, '10.0.0.0/28', 'a'),
    await subnet(mine, '10.0.1.0/24', 'a'),
    await subnet(mine, '10.0.2.0/24', 'b'),
    await subnet(other, '10.1.0.0/24', 'b'),
  ]
  for (let taken = 0; taken < 4; taken++) await ec2.createNetworkInterface({ SubnetId: a })
  const inVpc = (...subnets: string[]) =>
    net.write({
      'img2vid.yaml': `${service('')}network: { vpc: { id: ${mine}, subnets: { public: [${subnets}] } } }\n`,
    })
  const route = 'give its route table a route 0.0.0.0/0 to an internet gateway, or name another subnet'
  const list = expect.stringContaining(`aws ec2 describe-subnets --filters Name=vpc-id,Values=${mine}`)
  const nowhere = (id: string) => [
    'NET01',
    `${id} has no way to the internet: tasks there get neither image nor logs`,
    route,
  ]

  inVpc(a, again, foreign, 'subnet-0123456789abcdef0')
  expect(await refused(net)).toEqual([
    ['NET01', 'subnet-0123456789abcdef0 does not exist in us-east-1', list],
    ['NET01', `${foreign} is in ${other}, not in ${mine}`, list],
    nowhere(a),
    nowhere(again),
    [
      'NET02',
      `free addresses in ${a}: 7; a load balancer asks for 8`,
      'name larger subnets under network.vpc.subnets.public, or free addresses in these',
    ],
    [
      'NET03',
      `${a} and ${again} are both in us-east-1a; a load balancer takes one subnet of each zone, and at least two`,
      'name subnets of different zones under network.vpc.subnets.public',
    ],
  ])

  const { InternetGateway } = await ec2.createInternetGateway({})
  const gateway = InternetGateway?.InternetGatewayId ?? ''
  await ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: mine })
  const { RouteTables = [] } = await ec2.describeRouteTables({ Filters: [{ Name: 'vpc-id', Values: [mine] }] })
  const RouteTableId = RouteTables[0]?.RouteTableId ?? ''
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway })
  const { RouteTable } = await ec2.createRouteTable({ VpcId: mine })
  await ec2.associateRouteTable({ RouteTableId: RouteTable?.RouteTableId ?? '', SubnetId: b })
  inVpc(again, b)
  expect(await refused(net)).toEqual([nowhere(b)])
  await ec2.modifyVpcAttribute({ VpcId: mine, EnableDnsHostnames: { Value: true } })
  for (const name of ['ecr.api', 'ecr.dkr', 'logs', 's3'])
    await ec2.createVpcEndpoint({
      VpcId: mine,
      ServiceName: `com.amazonaws.us-east-1.${name}`,
      VpcEndpointType: name === 's3' ? 'Gateway' : 'Interface',
    })
  await deploy(flags, net.context)
  expect(notes(net)).toEqual([
    `NET01  ${b} has no way to the internet: nobody out there reaches the load balancer\n       ${route}`,
  ])
})

test('QUO01: there is no room for another network or load balancer', async () => {
  const full = await world(service(''))
  full.aws.emulator.world.faults.add({ kind: 'quota', code: 'L-F678F1CE', limit: 1 })
  full.aws.emulator.world.faults.add({ kind: 'quota', code: 'L-53DA6B97', limit: 0 })
  expect(await refused(full)).toEqual([
    [
      'QUO01',
      'a VPC is to be created, but us-east-1 has 1 and the quota is 1',
      expect.stringMatching(
        /^here: .*; in an account: name one that exists under network\.vpc\.id, or aws .* --desired-value 2 /,
      ),
    ],
    [
      'QUO01',
      'a load balancer is to be created, but us-east-1 has 0 and the quota is 0',
      expect.stringContaining('--service-code elasticloadbalancing --quota-code L-53DA6B97 --desired-value 1'),
    ],
  ])
})

test('IAM01: secrets that are not there, all at once', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `P${index}: /demo/p${index}`)
  const secret = await world(
    service(
      `secrets: { ${names.join(', ')}, KEY: { secretsmanager: 'demo/key:json::' }, OLD: { secretsmanager: demo/old } }`,
    ),
  )
  const ssm = new SSM(secret.aws.client)
  const secrets = new SecretsManager(secret.aws.client)
  for (let index = 0; index < 11; index++)
    await ssm.putParameter({ Name: `/demo/p${index}`, Value: 'x', Type: 'SecureString' })
  await secrets.createSecret({ Name: 'demo/old', SecretString: 'x' })
  await secrets.deleteSecret({ SecretId: 'demo/old' })
  const first = '; eval "$(img2vid local env)" first'
  expect(await refused(secret)).toEqual([
    [
      'IAM01',
      'web: P11 comes from the SSM parameter /demo/p11, which does not exist in us-east-1',
      `aws ssm put-parameter --type SecureString --name /demo/p11 --value … --region us-east-1${first}`,
    ],
    [
      'IAM01',
      'web: KEY comes from the secret demo/key, which does not exist in us-east-1',
      `aws secretsmanager create-secret --name demo/key --secret-string … --region us-east-1${first}`,
    ],
    [
      'IAM01',
      'web: OLD comes from the secret demo/old, which is scheduled for deletion',
      `aws secretsmanager restore-secret --secret-id demo/old --region us-east-1${first}`,
    ],
  ])
  await ssm.putParameter({ Name: '/demo/p11', Value: 'x', Type: 'String' })
  await secrets.createSecret({ Name: 'demo/key', SecretString: '{"json":"x"}' })
  await secrets.restoreSecret({ SecretId: 'demo/old' })
  expect(await deploy(flags, secret.context)).toMatchObject({ changed: true })
  expect(notes(secret)).toEqual([])
})

test('CERT01: a certificate that is not issued, or elsewhere; --skip-checks goes on all the same', async () => {
  const secure = await world('')
  const { CertificateArn = '' } = await new ACM(secure.aws.client).requestCertificate({ DomainName: 'example.com' })
  const withCertificate = (arn: string) =>
    secure.write({ 'img2vid.yaml': `${service('')}environments: { dev: { certificate: '${arn}' } }\n` })
  const elsewhere = 'arn:aws:acm:eu-west-1:123456789012:certificate/0f3c'
  withCertificate(elsewhere)
  // That is known without asking.
  const { faults } = secure.aws.emulator.world
  faults.add({ kind: 'denied', service: 'acm' })
  expect(await refused(secure)).toEqual([
    [
      'CERT01',
      `the certificate ${elsewhere} does not exist in us-east-1, where the load balancer is`,
      expect.stringContaining('aws acm list-certificates --region us-east-1'),
    ],
  ])
  faults.clear()
  withCertificate(CertificateArn)
  expect(await refused(secure)).toEqual([
    [
      'CERT01',
      `the certificate ${CertificateArn} is not issued: PENDING_VALIDATION`,
      expect.stringContaining(`aws acm describe-certificate --certificate-arn ${CertificateArn}`),
    ],
  ])
  expect(await deploy({ ...flags, skipChecks: true }, secure.context)).toMatchObject({ changed: true })
})

test('ECS02, NET03: what is allowed and seldom meant is noted, and done', async () => {
  const odd = await world(
    service(
      `compute: gpu, count: 2, http: { healthcheck: { path: /_stcore/health, grace_period: 20s } }`,
      'build: ., port: 8501, healthcheck: { command: ["true"], interval: 10s }',
    ),
  )
  expect(await deploy(flags, odd.context)).toMatchObject({ changed: true })
  const reason = 'and a model may take longer to load: the task would be replaced again and again'
  expect(notes(odd).filter((text) => /^[A-Z]{3}\d\d /.test(text))).toEqual([
    `ECS02  web: the grace period is 20s, ${reason}\n       set services.web.http.healthcheck.grace_period: 300s`,
    `ECS02  web: the container's own health check gives up after 20s, ${reason}\n       set services.web.image.healthcheck.start_period: 300s`,
    'NET03  web: it is a Streamlit app with 2 tasks and no stickiness: a session ends when a request of it reaches another task\n       set services.web.http.stickiness: true',
  ])
})

test('what nobody may look up could not be checked, and the deploy goes on', async () => {
  const blind = await world(service(`${GPU}, secrets: { KEY: /demo/key }`))
  await new SSM(blind.aws.client).putParameter({ Name: '/demo/key', Value: 'x', Type: 'String' })
  const { faults } = blind.aws.emulator.world
  faults.add({ kind: 'denied', service: 'servicequotas' })
  faults.add({ kind: 'denied', service: 'ssm', operation: 'GetParameters' })
  expect(await deploy(flags, blind.context)).toMatchObject({ changed: true })
  const unchecked = notes(blind).flatMap(
    (text) =>
      /^([A-Z]{3}\d\d) {2}(.*) could not be checked: AWS does not allow it/.exec(text)?.slice(1).join(' ') ?? [],
  )
  expect(unchecked).toEqual([
    'QUO01 the quota of VPCs',
    'QUO01 the quota of load balancers',
    'GPU01 the quota of G and VT instances',
    'IAM01 the SSM parameters',
  ])
})

test('DOCK02: what builds need is looked for before anything is made', async () => {
  const build = 'build: { context: ., ssh: true, secrets: { npmrc: { file: .npmrc }, token: { env: TOKEN } } }'
  const local = await world(service('', build))
  const engine = { 'docker version': 'linux/amd64' }
  expect(await refused({ ...local, context: withDocker(local.context, engine) })).toEqual([
    [
      'DOCK02',
      'web: its build needs BuildKit for secrets, keys or cache, and Docker here has no buildx',
      expect.stringContaining('sudo apt-get install docker-buildx'),
    ],
  ])
  const withBuildx = withDocker(local.context, { ...engine, 'docker buildx version': 'v0.30' })
  expect(await refused({ ...local, context: withBuildx })).toEqual([
    [
      'DOCK02',
      'web: image.build.secrets.npmrc is a file that is not there: .npmrc',
      'write .npmrc, or correct its path',
    ],
    ['DOCK02', 'web: image.build.secrets.token is what the variable TOKEN holds, which is not set', 'export TOKEN=…'],
    [
      'DOCK02',
      'web: image.build.ssh lends the keys of an SSH agent, and none runs here',
      'start one and give it the key: eval "$(ssh-agent)" && ssh-add',
    ],
  ])
  expect((await doctor(flags, withBuildx)).checks.filter(({ code }) => code === 'DOCK02')).toMatchObject([
    { status: 'error', service: 'web' },
    { status: 'error', service: 'web' },
    { status: 'error', service: 'web' },
  ])
})

test('DOCK01: without an engine nothing can be built for an account', async () => {
  const engineless = await world(service(''))
  const context = asAccount(engineless)
  expect(await refused({ ...engineless, context }, { local: false })).toEqual([
    ['DOCK01', 'No Docker engine answers: docker: not found', 'install Docker and start it'],
  ])
})
