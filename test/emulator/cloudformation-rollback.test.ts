import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EC2 } from '@aws-sdk/client-ec2'
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

const before = {
  Changed: group('changed', 1),
  Replaced: group('old', 1),
  Removed: group('removed', 1),
  Failing: parameter('a', { Name: 'failing' }),
}
const after = {
  Changed: group('changed', 7),
  Replaced: group('new', 1),
  Added: group('added', 1),
  Kept: group('kept', 1, { DeletionPolicy: 'Retain' }),
  Failing: { ...parameter('b', { Name: 'failing' }), DependsOn: ['Changed', 'Replaced', 'Added', 'Kept'] },
}
const restored = { changed: 1, old: 1, removed: 1, kept: 1 }
const complete = { Changed: 'UPDATE_COMPLETE', Replaced: 'UPDATE_COMPLETE', Removed: 'CREATE_COMPLETE' }

test('puts back what an update that fails has changed, replaced and added; nothing is left over or lost', async () => {
  const { aws, create, update, events, physicalId, statuses } = await startCloudFormation()
  const Outputs = { Name: { Value: { Ref: 'Replaced' } } }
  await create({ Resources: before, Outputs })
  const since = (await events()).length
  const { status, outputs } = await update({ Resources: after, Outputs })
  expect({ status, outputs, groups: await groups(aws), Replaced: await physicalId('Replaced') }).toEqual({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    outputs: { Name: 'old' },
    groups: restored,
    Replaced: 'old',
  })
  expect(await statuses()).toEqual({ ...complete, Failing: 'UPDATE_COMPLETE' })
  const lines = await events('mine', since)
  expect(lines.slice(lines.findIndex((line) => line.startsWith('Failing UPDATE_FAILED')))).toEqual([
    expect.stringMatching(/^Failing UPDATE_FAILED Resource handler returned message: "Parameter value, cannot be/),
    'mine UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Failing].',
    'Changed UPDATE_IN_PROGRESS',
    'Replaced UPDATE_IN_PROGRESS',
    'Failing UPDATE_IN_PROGRESS',
    'Replaced UPDATE_COMPLETE',
    'Changed UPDATE_COMPLETE',
    'Failing UPDATE_COMPLETE',
    'mine UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'Replaced DELETE_IN_PROGRESS',
    'Added DELETE_IN_PROGRESS',
    'Kept DELETE_SKIPPED',
    'Replaced DELETE_COMPLETE',
    'Added DELETE_COMPLETE',
    'mine UPDATE_ROLLBACK_COMPLETE',
  ])
})

test('is as before after a rollback: the same update can be made again, and the old one is no change', async () => {
  const { create, update } = await startCloudFormation()
  await create({ Resources: before })
  await update({ Resources: after })
  expect(await refusal(update({ Resources: before }))).toBe('ValidationError: No updates are to be performed.')
  const { Kept: _kept, ...good } = { ...after, Failing: parameter('ab', { Name: 'failing' }) }
  expect((await update({ Resources: good })).status).toBe('UPDATE_COMPLETE')
})

test('puts back a resource whose new properties are not valid', async () => {
  const { create, update, statuses } = await startCloudFormation()
  await create({ Resources: { Group: group('one', 1), Other: group('other', 1) } })
  const wrong = logGroup({ Properties: { LogGroupName: 'one', RetentionInDays: 'many' } })
  const { status } = await update({ Resources: { Group: wrong, Other: group('other', 1) } })
  expect({ status, statuses: await statuses() }).toEqual({
    status: 'UPDATE_ROLLBACK_COMPLETE',
    statuses: { Group: 'UPDATE_COMPLETE', Other: 'CREATE_COMPLETE' },
  })
})

test('puts back rules of a security group of which one could not be added', async () => {
  const { aws, create, update, physicalId } = await startCloudFormation()
  const rule = (FromPort: number, CidrIp: string) => ({ IpProtocol: 'tcp', FromPort, ToPort: FromPort, CidrIp })
  const resources = (...SecurityGroupIngress: object[]) => ({
    Group: { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'web', SecurityGroupIngress } },
  })
  await create({ Resources: resources(rule(80, '0.0.0.0/0')) })
  const twice = [rule(443, '10.0.0.0/8'), rule(443, '10.0.0.0/8')]
  const { status } = await update({ Resources: resources(...twice) })
  const { SecurityGroups = [] } = await new EC2(aws.client).describeSecurityGroups({
    GroupIds: [(await physicalId('Group')) ?? ''],
  })
  expect([status, SecurityGroups[0]?.IpPermissions?.map(({ FromPort }) => FromPort)]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    [80],
  ])
})

test('can be left as it failed, and then be gone on with or rolled back', async () => {
  const { aws, api, create, update, end, statuses } = await startCloudFormation()
  await create({ Resources: before })
  const failed = await update({ Resources: after }, { DisableRollback: true })
  expect([failed.status, failed.reason]).toEqual([
    'UPDATE_FAILED',
    'The following resource(s) failed to update: [Failing].',
  ])
  expect(await groups(aws)).toEqual({ changed: 7, old: 1, new: 1, removed: 1, added: 1, kept: 1 })

  // Another attempt, with other values than the one that failed had.
  const other = {
    ...after,
    Changed: group('changed', 30),
    Replaced: group('newer', 1),
    Failing: { ...parameter('bb', { Name: 'failing' }), DependsOn: ['Changed', 'Replaced'] },
  }
  await update({ Resources: other }, { DisableRollback: true })
  expect(await groups(aws)).toEqual({ changed: 30, old: 1, new: 1, newer: 1, removed: 1, added: 1, kept: 1 })

  await end((await api.rollbackStack({ StackName: 'mine' })).StackId)
  expect([await groups(aws), await statuses()]).toEqual([restored, { ...complete, Failing: 'UPDATE_COMPLETE' }])
})

test('goes on from a failed update to a good one', async () => {
  const { aws, create, update, statuses } = await startCloudFormation()
  await create({ Resources: before })
  await update({ Resources: after }, { DisableRollback: true })
  const Failing = parameter('ab', { Name: 'failing' })
  const good = { ...after, Changed: group('changed', 30), Replaced: group('newer', 1), Failing }
  expect((await update({ Resources: good })).status).toBe('UPDATE_COMPLETE')
  expect([await groups(aws), await statuses()]).toEqual([
    { changed: 30, newer: 1, added: 1, kept: 1 },
    {
      Changed: 'UPDATE_COMPLETE',
      Replaced: 'UPDATE_COMPLETE',
      Failing: 'UPDATE_COMPLETE',
      Added: 'CREATE_COMPLETE',
      Kept: 'CREATE_COMPLETE',
    },
  ])
  const { Parameter } = await new SSM(aws.client).getParameter({ Name: 'failing' })
  expect(Parameter?.Value).toBe('ab')
})

test('takes up a failed update that is asked for again as it was', async () => {
  const { aws, create, update } = await startCloudFormation()
  await create({ Resources: { Group: group('one', 1), Other: group('other', 1) } })
  const logs = new CloudWatchLogs(aws.client)
  await logs.deleteLogGroup({ logGroupName: 'one' })
  const wanted = { Resources: { Group: group('one', 7), Other: group('other', 1) } }
  expect((await update(wanted, { DisableRollback: true })).status).toBe('UPDATE_FAILED')
  await logs.createLogGroup({ logGroupName: 'one' })
  expect((await update(wanted)).status).toBe('UPDATE_COMPLETE')
  expect(await groups(aws)).toEqual({ one: 7, other: 1 })
})

/** A stack whose rollback fails: what it has to put back is gone. */
async function failedRollback() {
  const stack = await startCloudFormation()
  const Resources = { Group: group('one', 1), Other: group('other', 1) }
  await stack.create({ Resources })
  const logs = new CloudWatchLogs(stack.aws.client)
  const stuck = stuckService()
  await stack.api.updateStack({
    StackName: 'mine',
    TemplateBody: JSON.stringify({
      Resources: {
        ...stuck,
        Cluster: { ...stuck.Cluster, DependsOn: ['Group', 'Other'] },
        Group: group('one', 7),
        Other: group('other', 7),
      },
    }),
  })
  await stack.aws.eventually(async () => (await stack.events()).some((line) => line.startsWith('Service CREATE_IN')))
  await logs.deleteLogGroup({ logGroupName: 'one' })
  await stack.api.cancelUpdateStack({ StackName: 'mine' })
  return { ...stack, logs, failed: await stack.end('mine') }
}

test('says when a rollback fails, and continues it once the cause is gone', async () => {
  const { aws, api, logs, failed, end, update, statuses, events } = await failedRollback()
  expect(failed).toMatchObject({
    status: 'UPDATE_ROLLBACK_FAILED',
    reason: 'The following resource(s) failed to update: [Group, Other].',
  })
  expect((await events()).filter((line) => line.includes(' UPDATE_FAILED '))).toEqual([
    expect.stringMatching(/^Group UPDATE_FAILED .*The specified log group does not exist\./),
    'Other UPDATE_FAILED Resource update cancelled',
  ])
  expect(await refusal(update({ Resources: { Group: group('one', 2) } }))).toMatch(
    /is in UPDATE_ROLLBACK_FAILED state and can not be updated\.$/,
  )
  await logs.createLogGroup({ logGroupName: 'one' })
  await api.continueUpdateRollback({ StackName: 'mine' })
  expect([(await end('mine')).status, await groups(aws), await statuses()]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    { one: 1, other: 1 },
    { Group: 'UPDATE_COMPLETE', Other: 'UPDATE_COMPLETE' },
  ])
})

test('continues a rollback without the resources that are to be skipped', async () => {
  const { aws, api, end, statuses } = await failedRollback()
  expect(await refusal(api.continueUpdateRollback({ StackName: 'mine', ResourcesToSkip: ['Other'] }))).toBe(
    'ValidationError: Resource [Other] cannot be skipped: its own rollback did not fail.',
  )
  await api.continueUpdateRollback({ StackName: 'mine', ResourcesToSkip: ['Group'] })
  expect([(await end('mine')).status, await groups(aws), await statuses()]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    { other: 1 },
    { Group: 'UPDATE_COMPLETE', Other: 'UPDATE_COMPLETE' },
  ])
  expect(await refusal(api.continueUpdateRollback({ StackName: 'mine' }))).toMatch(
    /is in UPDATE_ROLLBACK_COMPLETE state/,
  )
})

test('rolls back an update that is cancelled', async () => {
  const { aws, api, create, end, events, statuses } = await startCloudFormation()
  const Resources = { Group: group('one', 1) }
  await create({ Resources })
  const TemplateBody = JSON.stringify({ Resources: { Group: group('one', 7), ...stuckService() } })
  await api.updateStack({ StackName: 'mine', TemplateBody })
  await aws.eventually(async () => (await events()).some((line) => line.startsWith('Service CREATE_IN_PROGRESS')))
  await api.cancelUpdateStack({ StackName: 'mine' })
  expect([(await end('mine')).status, await groups(aws), await statuses()]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    { one: 1 },
    { Group: 'UPDATE_COMPLETE' },
  ])
  expect((await events()).filter((line) => line.startsWith('mine UPDATE_ROLLBACK_IN'))).toEqual([
    'mine UPDATE_ROLLBACK_IN_PROGRESS User Initiated',
  ])
  const { ecs } = aws.emulator.world.region('us-east-1')
  expect([Object.values(ecs.clusters), Object.values(ecs.services)].map((all) => all.map((one) => one.status))).toEqual(
    [['INACTIVE'], ['INACTIVE']],
  )
})

test('rolls back a failed create when it is asked to', async () => {
  const { aws, api, create, end } = await startCloudFormation()
  const Resources = { Group: group('one', 1), Failing: { ...parameter('b'), DependsOn: 'Group' } }
  await create({ Resources }, { DisableRollback: true })
  await end((await api.rollbackStack({ StackName: 'mine' })).StackId)
  expect([(await end('mine')).status, await groups(aws)]).toEqual(['ROLLBACK_COMPLETE', {}])
  expect(await refusal(api.rollbackStack({ StackName: 'mine' }))).toMatch(/is in ROLLBACK_COMPLETE state/)
})
