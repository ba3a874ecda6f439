import { ACM } from '@aws-sdk/client-acm'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { EC2 } from '@aws-sdk/client-ec2'
import { EFS } from '@aws-sdk/client-efs'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { asAccount } from '../support/account.ts'
import { flags, type TestWorld } from '../support/context.ts'
import { notes, refused, service, world } from '../support/preflight.ts'
import { sharedTime } from '../support/shared-time.ts'

const EXISTING = "location: 'nginx:1', port: 80"
const account = '000000000000'

/** What is refused, without the hints. */
const said = async (there: TestWorld) => (await refused(there)).map(([code, message]) => `${code} ${message}`)

test('IAM01: secrets of registries, log drivers and logins are looked for like those of variables', async () => {
  const there = await world(
    `${service(
      `logging: { destination: { Name: http }, secretOptions: { Header: { secretsmanager: logs/token } } },
       sidecars: { agent: { image: example.org/agent, credentialsParameter: 'arn:aws:secretsmanager:us-east-1:${account}:secret:agent-AbCdEf' } },
       http: { auth: { issuer: 'https://a', authorization_endpoint: 'https://a/a', token_endpoint: 'https://a/t', user_info_endpoint: 'https://a/u', client_id: demo, client_secret: 'demo/login:secret' } }`,
      "location: 'example.org/web', port: 80, credentials: team/registry",
    )}environments: { dev: { certificate: 'arn:aws:acm:us-east-1:${account}:certificate/one' } }\n`,
  )
  const missing = (what: string, id: string) =>
    `IAM01 web: ${what} comes from the secret ${id}, which does not exist in us-east-1`
  expect(await said(there)).toEqual([
    missing('the login at the registry', 'team/registry'),
    missing('the login at the registry of agent', `arn:aws:secretsmanager:us-east-1:${account}:secret:agent-AbCdEf`),
    missing('the log option Header', 'logs/token'),
    missing('the client secret of the login', 'demo/login'),
  ])
  const secrets = new SecretsManager(there.aws.client)
  for (const Name of ['team/registry', 'logs/token', 'demo/login'])
    await secrets.createSecret({ Name, SecretString: '{"secret":"x"}' })
  expect(await said(there)).toEqual([expect.stringContaining('the login at the registry of agent comes from')])
})

test('IAM03: boundaries and policies that are not there', async () => {
  const boundaries = 'permissions: { boundary: team }\n'
  const policies = `permissions: { policies: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess', 'arn:aws:iam::${account}:policy/own'] }`
  const there = await world(service(policies, EXISTING) + boundaries)
  const mend = (name: string, place: string) =>
    `aws iam create-policy --policy-name ${name} --policy-document file://…, or mend ${place}; eval "$(img2vid local env)" first`
  expect(await refused(there)).toEqual([
    [
      'IAM03',
      `the permissions boundary arn:aws:iam::${account}:policy/team does not exist`,
      mend('team', 'permissions'),
    ],
    [
      'IAM03',
      `web: the policy arn:aws:iam::${account}:policy/own does not exist`,
      mend('own', 'services.web.permissions'),
    ],
  ])
  const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
  const iam = new IAM(there.aws.client)
  for (const PolicyName of ['team', 'own']) await iam.createPolicy({ PolicyName, PolicyDocument })
  expect(await deploy(flags, there.context)).toMatchObject({ changed: true })
})

test('NET06, NET07: security groups and endpoints that are not there, or elsewhere', async () => {
  const groups = (...ids: string[]) => `network: { vpc: { security_groups: [${ids}] } }`
  const endpoints = (list: string) => `network: { vpc: { endpoints: [${list}] } }\n`
  const there = await world(service(groups('sg-0123456789abcdef0'), EXISTING) + endpoints('sqs, ecrapi'))
  const missing = 'NET06 web: the security group sg-0123456789abcdef0 does not exist in us-east-1'
  expect(await said(there)).toEqual([missing, 'NET07 there is no VPC endpoint for ecrapi in us-east-1'])

  const ec2 = new EC2(there.aws.client)
  const { Vpcs: [usual] = [] } = await ec2.describeVpcs({})
  const vpc = usual?.VpcId ?? ''
  const { GroupId: group = '' } = await ec2.createSecurityGroup({ GroupName: 'db', Description: 'db', VpcId: vpc })
  there.write({ 'img2vid.yaml': service(groups(group), EXISTING) + endpoints('sqs') })
  expect(await said(there)).toEqual([
    `NET06 web: the security group ${group} is in ${vpc}, and the tasks are in the VPC that is going to be made`,
  ])
  there.write({ 'img2vid.yaml': `${service(groups(group), EXISTING)}network: { vpc: { id: default } }\n` })
  expect(await deploy(flags, there.context)).toMatchObject({ changed: true })
})

test('STO01: a file system that is not there, or not within reach', async () => {
  const volume = (id: string) => `storage: { volumes: { files: { path: /files, efs: ${id} } } }`
  const there = await world(service(volume('fs-0123456789abcdef0'), EXISTING))
  expect(await said(there)).toEqual(['STO01 web: the file system fs-0123456789abcdef0 does not exist in us-east-1'])

  const [ec2, efs] = [new EC2(there.aws.client), new EFS(there.aws.client)]
  const { FileSystemId = '' } = await efs.createFileSystem({})
  await there.aws.eventually(
    async () => (await efs.describeFileSystems({})).FileSystems?.[0]?.LifeCycleState === 'available',
  )
  const { Vpcs: [usual] = [] } = await ec2.describeVpcs({})
  const vpc = usual?.VpcId ?? ''
  const { Subnets: [subnet] = [] } = await ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] })
  await efs.createMountTarget({ FileSystemId, SubnetId: subnet?.SubnetId ?? '' })
  there.write({ 'img2vid.yaml': service(volume(FileSystemId), EXISTING) })
  expect(await said(there)).toEqual([
    `STO01 web: the file system ${FileSystemId} has no mount target in the VPC that is going to be made, but in ${vpc}`,
  ])
})

test('STO02: buckets and files of variables that are not there; those that containers use are no part of a rehearsal', async () => {
  const uses =
    'env_file: arn:aws:s3:::demo-files/web.env, permissions: { buckets: { read: [demo-models/svd, s3://demo-files] } }'
  const logs = 'http: { public: { access_logs: { bucket_name: demo-logs } } }\n'
  const there = await world(service(uses, EXISTING) + logs)
  expect(await said(there)).toEqual([
    'STO02 there is no bucket demo-logs',
    'STO02 web: there is no object web.env in the bucket demo-files',
  ])
  const s3 = new S3({ ...there.aws.client, forcePathStyle: true })
  for (const Bucket of ['demo-logs', 'demo-files']) await s3.createBucket({ Bucket })
  await s3.putObject({ Bucket: 'demo-files', Key: 'web.env', Body: 'A=b\n' })
  await deploy({ ...flags, local: false }, asAccount(there))
  expect(notes(there).filter((note) => note.startsWith('STO02'))).toEqual([
    'STO02  web: there is no bucket demo-models\n       mend services.web.permissions.buckets.read, or make it: aws s3 mb s3://demo-models',
  ])
})

test('ALM01: alarms that are not there, or that ring before the deployment begins', async () => {
  // No minute passes in which CloudWatch would look at the alarms itself.
  const time = sharedTime({ speed: 1 })
  const there = await world(service('deployment: { rollback_alarms: [quiet, rings, absent] }', EXISTING), { time })
  const cloudwatch = new CloudWatch(there.aws.client)
  const of = { Namespace: 'demo', MetricName: 'errors', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 } as const
  for (const [AlarmName, StateValue] of [
    ['quiet', 'OK'],
    ['rings', 'ALARM'],
  ] as const) {
    await cloudwatch.putMetricAlarm({ ...of, AlarmName, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' })
    await cloudwatch.setAlarmState({ AlarmName, StateValue, StateReason: 'test' })
  }
  await deploy(flags, there.context)
  expect(notes(there).filter((note) => note.startsWith('ALM01'))).toEqual([
    'ALM01  web: the alarm rings rings already: ECS listens to none of the service’s alarms in this deployment\n       wait until it is quiet',
    expect.stringContaining('ALM01  web: the alarm absent does not exist in us-east-1: it takes no deployment back\n'),
  ])
})

test('CERT01: every certificate of the load balancers is looked at', async () => {
  const there = await world('')
  const acm = new ACM(there.aws.client)
  const { CertificateArn = '' } = await acm.requestCertificate({ DomainName: 'example.com' })
  there.write({
    'img2vid.yaml': `${service('', EXISTING)}http: { public: { certificates: ['arn:aws:acm:us-east-1:${account}:certificate/one', '${CertificateArn}'] } }\n`,
  })
  expect(await said(there)).toEqual([`CERT01 the certificate ${CertificateArn} is not issued: PENDING_VALIDATION`])
})
