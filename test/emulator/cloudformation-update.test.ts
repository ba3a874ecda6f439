import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECS } from '@aws-sdk/client-ecs'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { logGroup, parameter, refusal, startCloudFormation } from '../support/cloudformation.ts'
import type { TestAws } from '../support/emulator.ts'
import { stuckService } from '../support/templates.ts'

const group = (LogGroupName: string, RetentionInDays: number, more: object = {}) =>
  logGroup({ Properties: { LogGroupName, RetentionInDays }, ...more })

const groups = async (aws: TestAws) => {
  const { logGroups = [] } = await new CloudWatchLogs(aws.client).describeLogGroups({})
  return Object.fromEntries(logGroups.map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays]))
}

test('changes in place, replaces, adds and removes, and cleans up at the end', async () => {
  const { aws, create, update, events, physicalId } = await startCloudFormation()
  await create({
    Resources: {
      Same: group('same', 1),
      Changed: group('changed', 1),
      Replaced: group('old', 1),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
      Dependent: logGroup({ Properties: { LogGroupName: { 'Fn::Sub': '${Replaced}/part' } } }),
      Removed: group('removed', 1, { DependsOn: 'Needed' }),
      Needed: group('needed', 1),
    },
  })
  const before = (await events()).length
  const { status } = await update({
    Resources: {
      Same: group('same', 1),
      Changed: group('changed', 7),
      Replaced: group('new', 1),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
      Dependent: logGroup({ Properties: { LogGroupName: { 'Fn::Sub': '${Replaced}/part' } } }),
      Added: group('added', 1, { DependsOn: 'Dependent' }),
    },
  })
  expect({ status, groups: await groups(aws), Replaced: await physicalId('Replaced') }).toEqual({
    status: 'UPDATE_COMPLETE',
    groups: { same: 1, changed: 7, new: 1, 'new/part': undefined, added: 1 },
    Replaced: 'new',
  })
  const replacing = 'Requested update requires the creation of a new physical resource; hence creating one.'
  expect(await events('mine', before)).toEqual([
    'mine UPDATE_IN_PROGRESS User Initiated',
    'Changed UPDATE_IN_PROGRESS',
    `Replaced UPDATE_IN_PROGRESS ${replacing}`,
    'Replaced UPDATE_IN_PROGRESS Resource creation Initiated',
    'Changed UPDATE_COMPLETE',
    'Replaced UPDATE_COMPLETE',
    `Dependent UPDATE_IN_PROGRESS ${replacing}`,
    'Dependent UPDATE_IN_PROGRESS Resource creation Initiated',
    'Dependent UPDATE_COMPLETE',
    'Added CREATE_IN_PROGRESS',
    'Added CREATE_IN_PROGRESS Resource creation Initiated',
    'Added CREATE_COMPLETE',
    'mine UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'Dependent DELETE_IN_PROGRESS',
    'Removed DELETE_IN_PROGRESS',
    'Dependent DELETE_COMPLETE',
    'Replaced DELETE_IN_PROGRESS',
    'Removed DELETE_COMPLETE',
    'Needed DELETE_IN_PROGRESS',
    'Replaced DELETE_COMPLETE',
    'Needed DELETE_COMPLETE',
    'mine UPDATE_COMPLETE',
  ])
})

test.each([
  ['Retain', { old: 1, new: 1 }],
  ['Delete', { new: 1 }],
])('treats what is replaced by the update replace policy %s', async (UpdateReplacePolicy, left) => {
  const { aws, create, update } = await startCloudFormation()
  const policies = { UpdateReplacePolicy, DeletionPolicy: 'Delete' }
  await create({ Resources: { Group: group('old', 1, policies) } })
  await update({ Resources: { Group: group('new', 1, policies) } })
  expect(await groups(aws)).toEqual(left)
})

test.each([
  ['Retain', { kept: 1, other: 1 }],
  ['RetainExceptOnCreate', { kept: 1, other: 1 }],
  ['Delete', { other: 1 }],
])('treats what is removed by the deletion policy %s', async (DeletionPolicy, left) => {
  const { aws, create, update } = await startCloudFormation()
  const Other = group('other', 1)
  const policies = { DeletionPolicy, UpdateReplacePolicy: DeletionPolicy === 'Delete' ? 'Retain' : 'Delete' }
  await create({ Resources: { Other, Group: group('kept', 1, policies) } })
  await update({ Resources: { Other } })
  expect(await groups(aws)).toEqual(left)
})

test('replaces a resource whose type changed', async () => {
  const { aws, create, update, physicalId } = await startCloudFormation()
  const Other = group('other', 1)
  await create({ Resources: { Thing: group('thing', 1), Other } })
  const { status } = await update({ Resources: { Thing: parameter('a', { Name: 'thing' }), Other } })
  expect({ status, groups: await groups(aws), id: await physicalId('Thing') }).toEqual({
    status: 'UPDATE_COMPLETE',
    groups: { other: 1 },
    id: 'thing',
  })
  expect((await new SSM(aws.client).getParameter({ Name: 'thing' })).Parameter?.Value).toBe('a')
})

test('deletes both of two removed resources that have the same physical id', async () => {
  const { aws, create, update, events } = await startCloudFormation()
  const Other = group('other', 1)
  const Cluster = { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'same' } }
  const Associations = {
    Type: 'AWS::ECS::ClusterCapacityProviderAssociations',
    Properties: { Cluster: { Ref: 'Cluster' }, CapacityProviders: ['FARGATE'], DefaultCapacityProviderStrategy: [] },
  }
  await create({ Resources: { Cluster, Associations, Other } })
  const before = (await events()).length
  await update({ Resources: { Other } })
  expect((await events('mine', before)).filter((line) => line.includes('DELETE_COMPLETE'))).toEqual([
    'Associations DELETE_COMPLETE',
    'Cluster DELETE_COMPLETE',
  ])
  expect((await new ECS(aws.client).listClusters({})).clusterArns).toEqual([])
})

test('completes an update although something of before cannot be deleted, and says what is left', async () => {
  const { aws, create, update, events } = await startCloudFormation()
  const ecs = new ECS(aws.client)
  const Other = group('other', 1)
  await create({ Resources: { Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'busy' } }, Other } })
  await ecs.registerTaskDefinition({ family: 'task', containerDefinitions: [{ name: 'a', image: 'b', memory: 1 }] })
  await ecs.createService({ cluster: 'busy', serviceName: 'web', taskDefinition: 'task', desiredCount: 0 })
  const before = (await events()).length
  expect((await update({ Resources: { Other } })).status).toBe('UPDATE_COMPLETE')
  expect((await events('mine', before)).slice(-3)).toEqual([
    'Cluster DELETE_IN_PROGRESS',
    expect.stringMatching(/^Cluster DELETE_FAILED .*The Cluster cannot be deleted while Services are active\./),
    'mine UPDATE_COMPLETE',
  ])
})

test('takes outputs, tags and policies for changes, but nothing else than what is other', async () => {
  const { create, update, find } = await startCloudFormation()
  const Resources = { Group: group('one', 1) }
  const Parameters = { Colour: { Type: 'String', Default: 'red' } }
  await create({ Resources, Parameters })
  const nothing = 'ValidationError: No updates are to be performed.'
  expect(await refusal(update({ Resources, Parameters }))).toBe(nothing)
  // A parameter that nothing refers to, and a template in other words.
  const other = { Resources, Parameters: { Colour: { Type: 'String', Default: 'blue' } }, Description: 'other' }
  expect(await refusal(update(other))).toBe(nothing)
  expect((await update({ Resources, Parameters, Outputs: { Name: { Value: '1' } } })).outputs).toEqual({ Name: '1' })
  await update({ Resources, Parameters }, { Tags: [{ Key: 'team', Value: 'a' }] })
  expect((await find('mine'))?.Tags).toEqual([{ Key: 'team', Value: 'a' }])
  const kept = { Resources: { Group: group('one', 1, { DeletionPolicy: 'Retain' }) }, Parameters }
  expect((await update(kept)).status).toBe('UPDATE_COMPLETE')
  expect(await refusal(update(kept))).toBe(nothing)
})

test('uses the previous template, and keeps tags that are not given', async () => {
  const { aws, api, create, end, find } = await startCloudFormation()
  const Parameters = { Days: { Type: 'Number', Default: 1 } }
  const Group = logGroup({ Properties: { LogGroupName: 'one', RetentionInDays: { Ref: 'Days' } } })
  await create({ Parameters, Resources: { Group } }, { Tags: [{ Key: 'team', Value: 'a' }] })
  const { StackId } = await api.updateStack({
    StackName: 'mine',
    UsePreviousTemplate: true,
    Parameters: [{ ParameterKey: 'Days', ParameterValue: '7' }],
  })
  await end(StackId)
  expect([await groups(aws), (await find('mine'))?.Tags]).toEqual([{ one: 7 }, [{ Key: 'team', Value: 'a' }]])
})

test('refuses to update what is not there or is not in a state for it', async () => {
  const { api, create, update, begin } = await startCloudFormation()
  const template = { Resources: { Group: group('one', 1) } }
  expect(await refusal(update(template))).toBe('ValidationError: Stack [mine] does not exist')
  await create({ Resources: { Failing: parameter('b') } })
  expect(await refusal(update(template))).toMatch(
    /^ValidationError: Stack:arn:aws:cloudformation:us-east-1:000000000000:stack\/mine\/[0-9a-f-]{36} is in ROLLBACK_COMPLETE state and can not be updated\.$/,
  )
  await begin({ Resources: stuckService() }, { StackName: 'other' })
  expect(await refusal(update(template, { StackName: 'other' }))).toMatch(
    /is in CREATE_IN_PROGRESS state and can not be updated\.$/,
  )
  expect(await refusal(api.cancelUpdateStack({ StackName: 'other' }))).toBe(
    'ValidationError: CancelUpdateStack cannot be called from current stack status',
  )
})
