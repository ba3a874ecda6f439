import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { logGroup, refusal, startCloudFormation } from '../support/cloudformation.ts'

const named = (LogGroupName: unknown, RetentionInDays = 1) =>
  logGroup({ Properties: { LogGroupName, RetentionInDays } })
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}
const role = (more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: trust, ...more },
})

test('answers a request that comes twice with the same token as it did at first', async () => {
  const { api, find, create, end } = await startCloudFormation()
  const template = { Resources: { Group: named('one') } }
  const request = { StackName: 'mine', TemplateBody: JSON.stringify(template), ClientRequestToken: 'first' }
  const first = await api.createStack(request)
  expect(await api.createStack(request)).toMatchObject({ StackId: first.StackId })
  await end('mine')
  const TemplateBody = JSON.stringify({ Resources: { Group: named('one', 7) } })
  const change = { StackName: 'mine', TemplateBody, ClientRequestToken: 'second' }
  await api.updateStack(change)
  await end('mine')
  const updated = await find('mine')
  expect(await api.updateStack(change)).toMatchObject({ StackId: first.StackId })
  expect(await find('mine')).toEqual(updated)
  const { StackEvents = [] } = await api.describeStackEvents({ StackName: 'mine' })
  expect([...new Set(StackEvents.map(({ ClientRequestToken }) => ClientRequestToken))]).toEqual(['second', 'first'])
  expect(await refusal(create(template, { ClientRequestToken: 'third' }))).toBe(
    'AlreadyExistsException: Stack [mine] already exists',
  )
})

test.each([
  ['a role', role(), 'CAPABILITY_IAM'],
  ['a role with a name', role({ RoleName: 'own' }), 'CAPABILITY_NAMED_IAM'],
])('wants %s to be acknowledged', async (_name, Role, capability) => {
  const { api, begin, find, end } = await startCloudFormation()
  const template = { Resources: { Role } }
  const missing = `InsufficientCapabilitiesException: Requires capabilities : [${capability}]`
  expect(await refusal(begin(template))).toBe(missing)
  expect(await refusal(begin(template, { Capabilities: ['CAPABILITY_AUTO_EXPAND'] }))).toBe(missing)
  const TemplateBody = JSON.stringify(template)
  const changeSet = { StackName: 'mine', ChangeSetName: 'next', ChangeSetType: 'CREATE', TemplateBody } as const
  expect(await refusal(api.createChangeSet(changeSet))).toBe(missing)
  expect((await api.describeStacks({})).Stacks).toEqual([])
  await begin(template, { Capabilities: ['CAPABILITY_NAMED_IAM'] })
  expect((await end('mine')).status).toBe('CREATE_COMPLETE')
  expect((await find('mine'))?.Capabilities).toEqual(['CAPABILITY_NAMED_IAM'])
})

test('fails a resource with every problem of its properties', async () => {
  const { create, events } = await startCloudFormation()
  const Wrong = {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Familly: 'typo',
      NetworkMode: ['awsvpc'],
      RequiresCompatibilities: 'FARGATE',
      ContainerDefinitions: [{ Image: 'b', Memory: 'much', Essential: 'maybe', PortMappings: [8080] }],
      RuntimePlatform: { OperatingSystem: 'LINUX' },
    },
  }
  await create({ Resources: { Wrong } })
  expect((await events()).filter((line) => line.startsWith('Wrong CREATE_FAILED'))).toEqual([
    `Wrong CREATE_FAILED Properties validation failed for resource Wrong with message:\n[${[
      '#: extraneous key [Familly] is not permitted',
      '#/NetworkMode: expected type: String, found: JSONArray',
      '#/RequiresCompatibilities: expected type: JSONArray, found: String',
      '#/ContainerDefinitions/0: required key [Name] not found',
      '#/ContainerDefinitions/0/Memory: expected type: Integer, found: String',
      '#/ContainerDefinitions/0/Essential: expected type: Boolean, found: String',
      '#/ContainerDefinitions/0/PortMappings/0: expected type: JSONObject, found: Integer',
      '#/RuntimePlatform: extraneous key [OperatingSystem] is not permitted',
    ].join(', ')}]`,
  ])
})

test('takes numbers and truths that are written as text', async () => {
  const { aws, create } = await startCloudFormation()
  const Definition = {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Family: 2026,
      Cpu: 256,
      ContainerDefinitions: [
        { Name: 'main', Image: 'b', Memory: '64', Essential: 'true', PortMappings: [{ ContainerPort: '8080' }] },
      ],
    },
  }
  expect((await create({ Resources: { Definition } })).status).toBe('CREATE_COMPLETE')
  const [{ input } = { input: undefined }] = Object.values(aws.emulator.world.region('us-east-1').ecs.taskDefinitions)
  expect(input).toEqual({
    family: '2026',
    cpu: '256',
    containerDefinitions: [
      { name: 'main', image: 'b', memory: 64, essential: true, portMappings: [{ containerPort: 8080 }] },
    ],
  })
})

test('gives events and resources in pages, the newest event first', async () => {
  const { api, create } = await startCloudFormation()
  const Resources = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`G${index}`, named(`g${index}`)]))
  await create({ Resources })
  const events = await api.describeStackEvents({ StackName: 'mine' })
  const more = await api.describeStackEvents({ StackName: 'mine', NextToken: events.NextToken })
  const first = await api.listStackResources({ StackName: 'mine' })
  const second = await api.listStackResources({ StackName: 'mine', NextToken: first.NextToken })
  expect([
    events.StackEvents?.length,
    events.StackEvents?.[0]?.ResourceStatus,
    more.StackEvents?.length,
    more.NextToken !== undefined,
    first.StackResourceSummaries?.length,
    second.StackResourceSummaries?.map(({ LogicalResourceId }) => LogicalResourceId),
    second.NextToken,
  ]).toEqual([100, 'CREATE_COMPLETE', 100, true, 100, ['G100'], undefined])
})

test('puts values of SSM and Secrets Manager in the place of dynamic references', async () => {
  const { aws, create, physicalId } = await startCloudFormation()
  const [ssm, secrets] = [new SSM(aws.client), new SecretsManager(aws.client)]
  await ssm.putParameter({ Name: '/name', Type: 'String', Value: 'first' })
  await ssm.putParameter({ Name: '/name', Type: 'String', Value: 'second', Overwrite: true })
  const { ARN, VersionId } = await secrets.createSecret({ Name: 'json', SecretString: '{"user":"me"}' })
  await secrets.putSecretValue({ SecretId: 'json', SecretString: '{"user":"you"}' })
  const references = {
    Newest: '{{resolve:ssm:/name}}',
    Version: '{{resolve:ssm:/name:1}}',
    Part: 'a-{{resolve:ssm:/name}}-{{resolve:secretsmanager:json:SecretString:user}}',
    Whole: '{{resolve:secretsmanager:json}}',
    Arn: `{{resolve:secretsmanager:${ARN}:SecretString:user}}`,
    Stage: '{{resolve:secretsmanager:json:SecretString:user:AWSPREVIOUS}}',
    OfVersion: `{{resolve:secretsmanager:json:SecretString:user::${VersionId}}}`,
  }
  const Resources = Object.fromEntries(
    Object.entries(references).map(([id, Value]) => [
      id,
      { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value } },
    ]),
  )
  expect((await create({ Resources })).status).toBe('CREATE_COMPLETE')
  const values = await Promise.all(
    Object.keys(references).map(async (id) => {
      const { Parameter } = await ssm.getParameter({ Name: await physicalId(id) })
      return [id, Parameter?.Value]
    }),
  )
  expect(Object.fromEntries(values)).toEqual({
    Newest: 'second',
    Version: 'first',
    Part: 'a-second-you',
    Whole: '{"user":"you"}',
    Arn: 'you',
    Stage: 'me',
    OfVersion: 'me',
  })
})

test.each([
  ['{{resolve:ssm:/none}}', 'Could not resolve the dynamic reference {{resolve:ssm:/none}}: '],
  [
    '{{resolve:secretsmanager:none}}',
    "Could not resolve the dynamic reference {{resolve:secretsmanager:none}}: Secrets Manager can't find the specified secret.",
  ],
  ['{{resolve:secretsmanager:text:SecretString:user}}', 'Could not parse SecretString JSON'],
  [
    '{{resolve:secretsmanager:json:SecretString:user}}',
    'Could not find a value associated with JSONKey in SecretString',
  ],
])('fails the resource whose dynamic reference %s leads nowhere', async (reference, reason) => {
  const { aws, create, events } = await startCloudFormation()
  const secrets = new SecretsManager(aws.client)
  await secrets.createSecret({ Name: 'text', SecretString: 'no json' })
  await secrets.createSecret({ Name: 'json', SecretString: '{}' })
  await create({ Resources: { Group: named(reference) } })
  expect((await events()).filter((line) => line.startsWith('Group CREATE_FAILED'))).toEqual([
    `Group CREATE_FAILED ${reason}`.trim(),
  ])
})
