import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECS } from '@aws-sdk/client-ecs'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { acceleratedClock } from '../../src/emulator/clock.ts'
import { logGroup, parameter, refusal, startCloudFormation } from '../support/cloudformation.ts'
import { stuckService } from '../support/templates.ts'
import { virtualClock } from '../support/virtual-clock.ts'

const REJECTED =
  /^Resource handler returned message: "Parameter value, cannot be validated against allowedPattern: \^a\.\*" \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: InvalidRequest\)$/

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

test('creates what others need first, all that can at once, and tells it in events', async () => {
  const { create, events, api } = await startCloudFormation()
  const Resources = {
    Last: logGroup({ DependsOn: ['Left', 'Right'] }),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
    Left: logGroup({ Properties: { LogGroupName: { 'Fn::Sub': '/left/of/${First}' } } }),
    Right: logGroup({ Properties: { LogGroupName: { 'Fn::Join': ['', ['/right/of/', { Ref: 'First' }]] } } }),
    First: logGroup({ Properties: { LogGroupName: 'first' } }),
    Absent: logGroup({ Condition: 'Never' }),
  }
  const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } }
  expect((await create({ Conditions, Resources })).status).toBe('CREATE_COMPLETE')
  const lines = (await events()).filter((line) => !line.endsWith('Resource creation Initiated'))
  expect(lines).toEqual([
    'mine CREATE_IN_PROGRESS User Initiated',
    'First CREATE_IN_PROGRESS',
    'First CREATE_COMPLETE',
    'Left CREATE_IN_PROGRESS',
    'Right CREATE_IN_PROGRESS',
    'Left CREATE_COMPLETE',
    'Right CREATE_COMPLETE',
    'Last CREATE_IN_PROGRESS',
    'Last CREATE_COMPLETE',
    'mine CREATE_COMPLETE',
  ])
  const { StackResources = [] } = await api.describeStackResources({ StackName: 'mine' })
  expect(
    StackResources.map(({ LogicalResourceId, PhysicalResourceId, ResourceStatus }) => [
      LogicalResourceId,
      PhysicalResourceId,
      ResourceStatus,
    ]),
  ).toEqual([
    ['First', 'first', 'CREATE_COMPLETE'],
    ['Left', '/left/of/first', 'CREATE_COMPLETE'],
    ['Right', '/right/of/first', 'CREATE_COMPLETE'],
    ['Last', expect.stringMatching(/^mine-Last-\w{12}$/), 'CREATE_COMPLETE'],
  ])
})

test('rolls back with the reasons when a resource fails: siblings are cancelled, nothing stays', async () => {
  const { aws, create, events, statuses } = await startCloudFormation()
  const Resources = {
    Done: logGroup(),
    Failing: parameter('b', { Description: { Ref: 'Done' } }),
    Slow: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: TRUST }, DependsOn: 'Done' },
    Later: logGroup({ DependsOn: ['Failing'] }),
  }
  const { status, reason } = await create({ Resources }, { Capabilities: ['CAPABILITY_IAM'] })
  expect({ status, reason }).toEqual({ status: 'ROLLBACK_COMPLETE', reason: undefined })
  const lines = (await events()).filter((line) => !line.endsWith('Resource creation Initiated'))
  expect(lines).toEqual([
    'mine CREATE_IN_PROGRESS User Initiated',
    'Done CREATE_IN_PROGRESS',
    'Done CREATE_COMPLETE',
    'Failing CREATE_IN_PROGRESS',
    'Slow CREATE_IN_PROGRESS',
    expect.stringMatching(/^Failing CREATE_FAILED/),
    'Slow CREATE_FAILED Resource creation cancelled',
    'mine ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Failing, Slow]. Rollback requested by user.',
    'Failing DELETE_COMPLETE',
    'Slow DELETE_IN_PROGRESS',
    'Slow DELETE_COMPLETE',
    'Done DELETE_IN_PROGRESS',
    'Done DELETE_COMPLETE',
    'mine ROLLBACK_COMPLETE',
  ])
  expect(lines[5]?.replace('Failing CREATE_FAILED ', '')).toMatch(REJECTED)
  expect(await statuses()).toEqual({ Done: 'DELETE_COMPLETE', Failing: 'DELETE_COMPLETE', Slow: 'DELETE_COMPLETE' })
  expect((await new CloudWatchLogs(aws.client).describeLogGroups({})).logGroups).toEqual([])
})

test('keeps a resource with the deletion policy Retain when the create rolls back, except on create', async () => {
  const { aws, create, statuses } = await startCloudFormation()
  const Resources = {
    Kept: logGroup({ DeletionPolicy: 'Retain', Properties: { LogGroupName: 'kept' } }),
    Gone: logGroup({ DeletionPolicy: 'RetainExceptOnCreate' }),
    Failing: { ...parameter('b'), DependsOn: ['Kept', 'Gone'] },
  }
  expect((await create({ Resources })).status).toBe('ROLLBACK_COMPLETE')
  expect(await statuses()).toEqual({ Kept: 'DELETE_SKIPPED', Gone: 'DELETE_COMPLETE', Failing: 'DELETE_COMPLETE' })
  const { logGroups = [] } = await new CloudWatchLogs(aws.client).describeLogGroups({})
  expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual(['kept'])
})

test.each([
  [{ DisableRollback: true }, 'CREATE_FAILED', ['Done']],
  [{ OnFailure: 'DO_NOTHING' as const }, 'CREATE_FAILED', ['Done']],
  [{ OnFailure: 'ROLLBACK' as const }, 'ROLLBACK_COMPLETE', []],
  [{ OnFailure: 'DELETE' as const }, 'DELETE_COMPLETE', []],
])('ends a failing create with %o in %s', async (options, expected, left) => {
  const { aws, create } = await startCloudFormation()
  const Resources = {
    Done: logGroup({ Properties: { LogGroupName: 'Done' } }),
    Failing: { ...parameter('b'), DependsOn: 'Done' },
  }
  expect((await create({ Resources }, options)).status).toBe(expected)
  const { logGroups = [] } = await new CloudWatchLogs(aws.client).describeLogGroups({})
  expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual(left)
})

test('gives up a create after the time that was allowed', async () => {
  const { aws, create, events } = await startCloudFormation()
  const { status } = await create({ Resources: stuckService() }, { TimeoutInMinutes: 5 })
  expect(status).toBe('ROLLBACK_COMPLETE')
  expect((await events()).filter((line) => /FAILED|ROLLBACK/.test(line))).toEqual([
    'Service CREATE_FAILED Resource creation cancelled',
    'mine ROLLBACK_IN_PROGRESS Stack creation time exceeded the specified timeout. Rollback requested by user.',
    'mine ROLLBACK_COMPLETE',
  ])
  const ecs = new ECS(aws.client)
  expect((await ecs.listClusters({})).clusterArns).toEqual([])
})

test('counts the time that was allowed as the user’s containers live it', async () => {
  const [clock, patience] = [acceleratedClock(1000), virtualClock()]
  const { begin, find, end } = await startCloudFormation({ clock, patience })
  const stack = await begin({ Resources: stuckService() }, { TimeoutInMinutes: 5 })
  await clock.sleep(3_600_000)
  expect(await find(stack)).toMatchObject({ StackStatus: 'CREATE_IN_PROGRESS' })
  await patience.pass(300)
  expect(await end(stack)).toMatchObject({ status: 'ROLLBACK_COMPLETE' })
})

test('fails a create by an output that cannot be worked out', async () => {
  const { create, events } = await startCloudFormation()
  const Outputs = { Wrong: { Value: { 'Fn::GetAtt': ['Group', 'Colour'] } } }
  expect((await create({ Resources: { Group: logGroup() }, Outputs })).status).toBe('ROLLBACK_COMPLETE')
  expect((await events()).filter((line) => line.startsWith('mine ROLLBACK_IN_PROGRESS'))).toEqual([
    'mine ROLLBACK_IN_PROGRESS Requested attribute Colour does not exist in schema for AWS::Logs::LogGroup. Rollback requested by user.',
  ])
})

test('tries again what failed when a create that was not rolled back is updated', async () => {
  const { aws, create, update, statuses, physicalId, events } = await startCloudFormation()
  const Resources = (value: string) => ({
    Done: logGroup(),
    Failing: { ...parameter(value), DependsOn: 'Done' },
    Later: logGroup({ DependsOn: 'Failing' }),
  })
  await create({ Resources: Resources('b') }, { DisableRollback: true })
  expect(await statuses()).toEqual({ Done: 'CREATE_COMPLETE', Failing: 'CREATE_FAILED' })
  const before = (await events()).length
  expect((await update({ Resources: Resources('a') })).status).toBe('UPDATE_COMPLETE')
  expect(await statuses()).toEqual({
    Done: 'CREATE_COMPLETE',
    Failing: 'CREATE_COMPLETE',
    Later: 'CREATE_COMPLETE',
  })
  expect((await events('mine', before)).filter((line) => !line.endsWith('Initiated'))).toEqual([
    'Failing CREATE_IN_PROGRESS',
    'Failing CREATE_COMPLETE',
    'Later CREATE_IN_PROGRESS',
    'Later CREATE_COMPLETE',
    'mine UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'mine UPDATE_COMPLETE',
  ])
  const { Parameter } = await new SSM(aws.client).getParameter({ Name: await physicalId('Failing') })
  expect(Parameter?.Value).toBe('a')
})

test('refuses names that stacks cannot have, and a second stack of the same name', async () => {
  const { begin } = await startCloudFormation()
  const template = { Resources: { Group: logGroup() } }
  expect(await refusal(begin(template, { StackName: '1-stack' }))).toBe(
    "ValidationError: 1 validation error detected: Value '1-stack' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
  )
  await begin(template)
  expect(await refusal(begin(template))).toBe('AlreadyExistsException: Stack [mine] already exists')
})
