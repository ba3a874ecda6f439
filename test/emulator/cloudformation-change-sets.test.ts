import type { Change, CreateChangeSetInput } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { logGroup, parameter, refusal, startCloudFormation, type Template } from '../support/cloudformation.ts'

const group = (LogGroupName: unknown, RetentionInDays = 1, more: object = {}) =>
  logGroup({ Properties: { LogGroupName, RetentionInDays }, ...more })

async function start() {
  const stack = await startCloudFormation()
  const { api, aws } = stack
  const make = (template: Template, more: Partial<CreateChangeSetInput> = {}) =>
    api.createChangeSet({
      StackName: 'mine',
      ChangeSetName: 'next',
      TemplateBody: JSON.stringify(template),
      ...more,
    })
  return {
    ...stack,
    make,
    /** Waits until it is made and gives what it says. */
    async made(template: Template, more: Partial<CreateChangeSetInput> = {}) {
      await make(template, more)
      return aws.eventually(async () => {
        const found = await api.describeChangeSet({ StackName: 'mine', ChangeSetName: more.ChangeSetName ?? 'next' })
        return found.Status !== 'CREATE_IN_PROGRESS' && found
      })
    },
  }
}

const changes = ({ Changes = [] }: { readonly Changes?: Change[] | undefined }) =>
  Changes.map(({ ResourceChange }) => ResourceChange)

test('creates a stack that waits for review, and then what was reviewed', async () => {
  const { api, made, find, events, end } = await start()
  const template = {
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
      // What is known later can go through every function.
      Subnet: {
        Type: 'AWS::EC2::Subnet',
        Properties: {
          VpcId: { Ref: 'Vpc' },
          CidrBlock: { 'Fn::Select': [1, { 'Fn::Cidr': [{ 'Fn::GetAtt': ['Vpc', 'CidrBlock'] }, 2, 8] }] },
        },
      },
      Group: group({ 'Fn::Select': [0, { 'Fn::Split': ['-', { Ref: 'Vpc' }] }] }),
    },
  }
  const changeSet = await made(template, { ChangeSetType: 'CREATE', Description: 'the first' })
  expect(changeSet).toMatchObject({
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    StackName: 'mine',
    Description: 'the first',
  })
  expect(changes(changeSet)).toEqual([
    { Action: 'Add', LogicalResourceId: 'Vpc', ResourceType: 'AWS::EC2::VPC', Scope: [], Details: [] },
    { Action: 'Add', LogicalResourceId: 'Subnet', ResourceType: 'AWS::EC2::Subnet', Scope: [], Details: [] },
    { Action: 'Add', LogicalResourceId: 'Group', ResourceType: 'AWS::Logs::LogGroup', Scope: [], Details: [] },
  ])
  expect([(await find('mine'))?.StackStatus, await events()]).toEqual([
    'REVIEW_IN_PROGRESS',
    ['mine REVIEW_IN_PROGRESS User Initiated'],
  ])
  await api.executeChangeSet({ StackName: 'mine', ChangeSetName: 'next' })
  expect((await end('mine')).status).toBe('CREATE_COMPLETE')
  expect((await api.listChangeSets({ StackName: 'mine' })).Summaries).toEqual([])
})

test('says of each resource what an update would do, and whether it is replaced', async () => {
  const { create, made, api, end } = await start()
  const uses = (id: string) => group({ 'Fn::Join': ['', ['/of/', { Ref: id }]] })
  await create({
    Resources: {
      Same: group('same'),
      Changed: group('changed'),
      Replaced: group('old'),
      OfChanged: uses('Changed'),
      OfReplaced: uses('Replaced'),
      Policy: group('policy'),
      Type: group('type'),
      Removed: group('removed'),
    },
  })
  const changeSet = await made({
    Resources: {
      Same: group('same'),
      Changed: group('changed', 7),
      Replaced: group('new'),
      OfChanged: uses('Changed'),
      OfReplaced: uses('Replaced'),
      Policy: group('policy', 1, { DeletionPolicy: 'Retain' }),
      Type: parameter('a', { Name: 'type' }),
      Added: group('added'),
    },
  })
  const modify = (LogicalResourceId: string, PhysicalResourceId: string, Replacement: string, Details: object[]) => ({
    Action: 'Modify',
    LogicalResourceId,
    PhysicalResourceId,
    ResourceType: 'AWS::Logs::LogGroup',
    Replacement,
    Scope: ['Properties'],
    Details,
  })
  const detail = (Name: string, RequiresRecreation: string, Evaluation = 'Static') => ({
    Target: { Attribute: 'Properties', Name, RequiresRecreation },
    Evaluation,
    ChangeSource: 'DirectModification',
  })
  expect(changes(changeSet)).toEqual([
    modify('Changed', 'changed', 'False', [detail('RetentionInDays', 'Never')]),
    modify('Replaced', 'old', 'True', [detail('LogGroupName', 'Always')]),
    modify('OfReplaced', '/of/old', 'Conditional', [detail('LogGroupName', 'Always', 'Dynamic')]),
    {
      ...modify('Policy', 'policy', 'False', []),
      Scope: ['DeletionPolicy'],
      Details: [
        {
          Target: { Attribute: 'DeletionPolicy', RequiresRecreation: 'Never' },
          Evaluation: 'Static',
          ChangeSource: 'DirectModification',
        },
      ],
    },
    {
      ...modify('Type', 'type', 'True', expect.any(Array)),
      ResourceType: 'AWS::SSM::Parameter',
    },
    { Action: 'Add', LogicalResourceId: 'Added', ResourceType: 'AWS::Logs::LogGroup', Scope: [], Details: [] },
    {
      Action: 'Remove',
      LogicalResourceId: 'Removed',
      PhysicalResourceId: 'removed',
      ResourceType: 'AWS::Logs::LogGroup',
      Scope: [],
      Details: [],
    },
  ])
  await api.executeChangeSet({ StackName: 'mine', ChangeSetName: 'next' })
  expect((await end('mine')).status).toBe('UPDATE_COMPLETE')
})

test('fails when there is nothing to change, and cannot be executed then', async () => {
  const { api, create, made } = await start()
  const template = { Resources: { Group: group('one') } }
  await create(template)
  const changeSet = await made(template)
  expect(changeSet).toMatchObject({
    Status: 'FAILED',
    ExecutionStatus: 'UNAVAILABLE',
    StatusReason:
      "The submitted information didn't contain changes. Submit different information to create a change set.",
    Changes: [],
  })
  const which = { StackName: 'mine', ChangeSetName: 'next' }
  expect(await refusal(api.executeChangeSet(which))).toBe(
    `InvalidChangeSetStatusException: ChangeSet [${changeSet.ChangeSetId}] cannot be executed in its current status of [FAILED]`,
  )
  await api.deleteChangeSet(which)
  expect(await refusal(api.describeChangeSet(which))).toBe(
    'ChangeSetNotFoundException: ChangeSet [next] does not exist',
  )
})

test('takes changed outputs and tags for changes', async () => {
  const { create, made } = await start()
  const Resources = { Group: group('one') }
  await create({ Resources })
  const outputs = await made({ Resources, Outputs: { Name: { Value: '1' } } }, { ChangeSetName: 'outputs' })
  const tags = await made({ Resources }, { ChangeSetName: 'tags', Tags: [{ Key: 'a', Value: 'b' }] })
  expect([outputs.Status, outputs.Changes, tags.Status]).toEqual(['CREATE_COMPLETE', [], 'CREATE_COMPLETE'])
})

test('is obsolete once the stack was updated otherwise', async () => {
  const { api, create, made, update } = await start()
  await create({ Resources: { Group: group('one') } })
  await made({ Resources: { Group: group('one', 7) } })
  await update({ Resources: { Group: group('one', 30) } })
  const which = { StackName: 'mine', ChangeSetName: 'next' }
  expect((await api.describeChangeSet(which)).ExecutionStatus).toBe('OBSOLETE')
  expect(await refusal(api.executeChangeSet(which))).toMatch(/^InvalidChangeSetStatusException: /)
})

test('leaves no stack behind when the template is refused', async () => {
  const { api, make } = await start()
  const wrong = { Resources: { Group: group({ 'Fn::Select': [2, ['a']] }) } }
  expect(await refusal(make(wrong, { ChangeSetType: 'CREATE' }))).toBe(
    'ValidationError: Template error: Fn::Select  cannot select nonexistent value at index 2',
  )
  expect((await api.describeStacks({})).Stacks).toEqual([])
})

test('refuses what does not fit the state of the stack', async () => {
  const { api, create, make, made, remove, find } = await start()
  const template = { Resources: { Group: group('one') } }
  expect(await refusal(make(template))).toBe('ValidationError: Stack [mine] does not exist')
  await create(template)
  expect(await refusal(make(template, { ChangeSetType: 'CREATE' }))).toBe(
    'ValidationError: Stack [mine] already exists and cannot be created again with the changeSet [next].',
  )
  await made({ Resources: { Group: group('one', 7) } })
  expect(await refusal(make(template))).toMatch(/^AlreadyExistsException: /)
  await remove()
  await made(template, { ChangeSetType: 'CREATE' })
  // A second set for the same stack under review; deleting the stack takes both along.
  await made(template, { ChangeSetType: 'CREATE', ChangeSetName: 'other' })
  expect(
    (await api.listChangeSets({ StackName: 'mine' })).Summaries?.map(({ ChangeSetName }) => ChangeSetName),
  ).toEqual(['next', 'other'])
  await remove()
  expect(await refusal(find('mine'))).toMatch(/does not exist/)
})
