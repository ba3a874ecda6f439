import { expect, test } from 'vitest'
import type { Fields } from '../../src/emulator/cloudformation/template.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { type ProvenResource, prove } from '../support/proof.ts'

const { faults, resources } = prove(
  stacksOf(
    environmentOf(`
app: shop
encryption: own
network: { vpc: { placement: private, flow_logs: true } }
services:
  a:
    image: { build: a, port: 80 }
    secrets: { KEY: { secretsmanager: a/key }, TOKEN: /a/token }
    permissions: { buckets: { read: [a-models] }, queues: { receive: [a-jobs] } }
    storage: { volumes: { files: { path: /files, efs: true } } }
    deployment: { strategy: blue_green }
    sidecars: { proxy: { image: { build: proxy } } }
  b:
    image: { build: b, port: 80 }
    http: { path: /b }
    secrets: { KEY: { secretsmanager: b/key }, TOKEN: /b/token }
    permissions: { buckets: { write: [b-results] }, topics: { publish: [b-news] } }
    storage: { volumes: { disk: { path: /disk, ebs: 20 } } }
    exec: true
  model: { image: { build: m, port: 80 }, compute: gpu, http: { path: /m } }
  large: { image: { build: l, port: 80 }, compute: managed, http: { path: /l } }
  edge: { image: { build: e }, compute: external, http: false }
`),
  ),
)
const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role')
const statementsOf = ({ properties }: ProvenResource): Fields[] =>
  ((properties.Policies ?? []) as { PolicyDocument: { Statement: Fields[] } }[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  )
const resourcesOf = (role: ProvenResource): string[] =>
  statementsOf(role)
    .flatMap(({ Resource }) => Resource)
    .map((one) => JSON.stringify(one))

test('no role of a service names what is another service’s', () => {
  expect(faults).toEqual([])
  const foreign = (own: string, other: RegExp) =>
    roles
      .filter(({ stack }) => stack === `shop-dev-${own}`)
      .flatMap((role) => resourcesOf(role).filter((one) => other.test(one)))
  expect(roles.filter(({ stack }) => stack === 'shop-dev-a').map(({ logicalId }) => logicalId)).toEqual(
    expect.arrayContaining(['ExecutionRole', 'TaskRole', 'LoadBalancerRole']),
  )
  expect(foreign('a', /shop\/(b|model|large|edge)\b|[:/]b[-/]|shop-dev-(b|model|large|edge)/)).toEqual([])
  expect(foreign('b', /shop\/(a|model|large|edge)\b|[:/]a[-/]|shop-dev-(a|model|large|edge)/)).toEqual([])
})

test('a task role reads no secret, pulls no image and takes no other role', () => {
  const actions = roles
    .filter(({ logicalId }) => logicalId === 'TaskRole')
    .flatMap((role) => statementsOf(role).flatMap(({ Action }) => Action as string[]))
  expect(actions).toContain('sqs:ReceiveMessage')
  expect(actions.filter((one) => /^(ssm|secretsmanager|ecr|iam|sts|kms|logs):/.test(one))).toEqual([])
})

test('a role is taken by one service of AWS, for this account wherever AWS says for whom', () => {
  const ours = { 'aws:SourceAccount': '123456789012' }
  const from = (service: string, what: string) => ({
    StringEquals: ours,
    ArnLike: { 'aws:SourceArn': `arn:aws:${service}:us-east-1:123456789012:${what}` },
  })
  const CONDITIONS: Readonly<Record<string, unknown>> = {
    'ecs-tasks.amazonaws.com': from('ecs', '*'),
    'ssm.amazonaws.com': from('ssm', '*'),
    'vpc-flow-logs.amazonaws.com': from('ec2', 'vpc-flow-log/*'),
    // ECS has a source in none of its own roles that AWS's guide shows.
    'ecs.amazonaws.com': { StringEqualsIfExists: ours },
    'ec2.amazonaws.com': undefined,
  }
  const trusted = roles.flatMap(({ properties }) => {
    const { Statement } = properties.AssumeRolePolicyDocument as { Statement: Fields[] }
    return Statement.map(({ Principal, Condition }) => ({
      service: (Principal as Fields).Service as string,
      Condition,
    }))
  })
  expect([...new Set(trusted.map(({ service }) => service))].sort()).toEqual(Object.keys(CONDITIONS).sort())
  for (const { service, Condition } of trusted) expect(Condition, service).toEqual(CONDITIONS[service])
})

test('machines that are not AWS’s read no parameter, though AWS’s own policy for them reads all', () => {
  const [role] = roles.filter(({ logicalId }) => logicalId === 'ExternalInstanceRole')
  expect(role?.properties.ManagedPolicyArns).toEqual(['arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore'])
  expect(role && statementsOf(role).filter(({ Effect }) => Effect === 'Deny')).toEqual([
    {
      Effect: 'Deny',
      Action: ['ssm:GetParameter', 'ssm:GetParameters'],
      Resource: 'arn:aws:ssm:*:123456789012:parameter/*',
    },
  ])
})

test('the key is used by this environment’s logs, and handed on by services of AWS alone', () => {
  const [key] = resources.filter(({ type }) => type === 'AWS::KMS::Key').map(({ properties }) => properties.KeyPolicy)
  const { Statement } = key as { Statement: Fields[] }
  expect(Statement.map(({ Sid, Effect, Condition }) => [Sid, Effect, Condition])).toEqual([
    ['Account', 'Allow', undefined],
    [
      'Logs',
      'Allow',
      {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:us-east-1:123456789012:log-group:/img2vid/shop-dev/*',
        },
      },
    ],
    [
      'Grants',
      'Deny',
      { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' } },
    ],
  ])
})
