import { CloudControl } from '@aws-sdk/client-cloudcontrol'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { KMS } from '@aws-sdk/client-kms'
import { ServiceDiscovery } from '@aws-sdk/client-servicediscovery'
import { WAFV2 } from '@aws-sdk/client-wafv2'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { testStack } from '../support/stack.ts'

const VISIBILITY = { CloudWatchMetricsEnabled: true, MetricName: 'all', SampledRequestsEnabled: false }
const POLICY = { Version: '2012-10-17', Statement: [] }
const BALANCER = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/one/1'

const resources = (days: number, Description: string) => ({
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: { Description, KeyPolicy: POLICY, EnableKeyRotation: true, RotationPeriodInDays: days },
  },
  Firewall: {
    Type: 'AWS::WAFv2::WebACL',
    Properties: { Description, Scope: 'REGIONAL', DefaultAction: { Allow: {} }, VisibilityConfig: VISIBILITY },
  },
  Association: {
    Type: 'AWS::WAFv2::WebACLAssociation',
    Properties: { ResourceArn: BALANCER, WebACLArn: { 'Fn::GetAtt': ['Firewall', 'Arn'] } },
  },
  Lines: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
  Namespace: { Type: 'AWS::ServiceDiscovery::HttpNamespace', Properties: { Name: 'shop' } },
})

test('keys, firewalls and namespaces of a stack are seen by their own APIs, changed and taken away', async () => {
  const aws = await startAws()
  const [kms, waf, cloudMap] = [new KMS(aws.client), new WAFV2(aws.client), new ServiceDiscovery(aws.client)]
  const logs = new CloudWatchLogs(aws.client)
  const stack = testStack(aws)
  const { outputs } = await stack.create(resources(90, 'first'), {
    Key: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    Firewall: { Value: { 'Fn::GetAtt': ['Firewall', 'Arn'] } },
  })
  const { Key: KeyId = '', Firewall = '' } = outputs
  expect(KeyId).toMatch(/^arn:aws:kms:us-east-1:000000000000:key\/[\da-f-]{36}$/)
  const seen = async () => ({
    key: (await kms.describeKey({ KeyId })).KeyMetadata,
    lines: (await logs.describeLogGroups({})).logGroups?.map(({ kmsKeyId }) => kmsKeyId),
    rotation: (await kms.getKeyRotationStatus({ KeyId })).RotationPeriodInDays,
    policy: JSON.parse((await kms.getKeyPolicy({ KeyId })).Policy ?? ''),
    firewall: (await waf.getWebACLForResource({ ResourceArn: BALANCER })).WebACL,
    namespaces: (await cloudMap.listNamespaces({})).Namespaces?.map(({ Name }) => Name),
  })
  const state = (Description: string, rotation: number) => ({
    key: expect.objectContaining({ Arn: KeyId, Description, KeyState: 'Enabled', KeyManager: 'CUSTOMER' }),
    lines: [KeyId],
    ...{ rotation, policy: POLICY, namespaces: ['shop'] },
    firewall: expect.objectContaining({ ARN: Firewall, Description, VisibilityConfig: VISIBILITY }),
  })
  expect(await seen()).toEqual(state('first', 90))
  expect((await waf.listResourcesForWebACL({ WebACLArn: Firewall })).ResourceArns).toEqual([BALANCER])

  await stack.update(resources(180, 'second'))
  expect(await seen()).toEqual(state('second', 180))

  expect((await stack.remove()).status).toBe('DELETE_COMPLETE')
  expect((await kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion', Enabled: false })
  expect((await waf.listWebACLs({ Scope: 'REGIONAL' })).WebACLs).toEqual([])
  expect((await cloudMap.listNamespaces({})).Namespaces).toEqual([])
  await expect(kms.describeKey({ KeyId: 'nobody' })).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('Cloud Control shows what a stack made of any type, also of one that has no API of its own here', async () => {
  const aws = await startAws()
  const control = new CloudControl(aws.client)
  const TypeName = 'AWS::SNS::Topic'
  await testStack(aws).create({ Topic: { Type: TypeName, Properties: { DisplayName: 'alerts' } } })
  const { ResourceDescriptions: [listed] = [] } = await control.listResources({ TypeName })
  const { ResourceDescription: found } = await control.getResource({ TypeName, Identifier: listed?.Identifier })
  expect(found).toEqual(listed)
  expect(JSON.parse(found?.Properties ?? '')).toEqual({ DisplayName: 'alerts' })
  const nobody = control.getResource({ TypeName, Identifier: 'nobody' })
  await expect(nobody).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})
