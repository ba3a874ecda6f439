import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { expect, test } from 'vitest'
import { startCloudFormation } from '../support/cloudformation.ts'

const group = (days = 1) => ({ Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: days } })
const named = (LogGroupName: string) => ({ ...group(), Properties: { ...group().Properties, LogGroupName } })
const template = (days = 1) => ({ Resources: { Logs: group(days), Other: { ...group(), DependsOn: 'Logs' } } })

async function start() {
  const started = await startCloudFormation()
  const failures = async (StackName: string | undefined) =>
    ((await started.api.describeStackEvents({ StackName })).StackEvents ?? [])
      .filter(({ ResourceStatus }) => ResourceStatus?.endsWith('FAILED'))
      .map(({ LogicalResourceId, ResourceStatus, ResourceStatusReason = '' }) => [
        LogicalResourceId,
        ResourceStatus,
        ResourceStatusReason.replace(/RequestToken: [0-9a-f-]{36}/, 'RequestToken: T'),
      ])
      .reverse()
  const logs = new CloudWatchLogs(started.aws.client)
  /** What there really is. */
  const logGroups = async () =>
    ((await logs.describeLogGroups({})).logGroups ?? []).map(({ logGroupName, retentionInDays }) => [
      logGroupName,
      retentionInDays,
    ])
  return { ...started, logGroups, faults: started.aws.emulator.world.faults, failures }
}

const said = (message: string, code = 'GeneralServiceException') =>
  `Resource handler returned message: "${message}" (RequestToken: T, HandlerErrorCode: ${code})`

test('a resource that fails to create rolls the stack back, with the words that were ordered', async () => {
  const { faults, begin, end, failures } = await start()
  faults.add({ kind: 'fail', type: 'AWS::Logs::*', resource: 'Other', action: 'create', message: 'No room.' })
  const id = await begin(template())
  expect((await end(id)).status).toBe('ROLLBACK_COMPLETE')
  expect(await failures(id)).toEqual([['Other', 'CREATE_FAILED', said('No room.')]])
})

test('a resource that is made and never settles is taken away by the rollback', async () => {
  const { api, faults, logGroups, begin, end, failures } = await start()
  faults.add({ kind: 'fail', resource: 'Logs', when: 'after', action: 'create' })
  const id = await begin(template())
  expect((await end(id)).status).toBe('ROLLBACK_COMPLETE')
  expect(await failures(id)).toEqual([['Logs', 'CREATE_FAILED', said('Exceeded attempts to wait', 'NotStabilized')]])
  const { StackEvents = [] } = await api.describeStackEvents({ StackName: id })
  const made = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')?.PhysicalResourceId
  expect(made).toMatch(/^mine-Logs-/)
  const gone = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'DELETE_COMPLETE')
  expect([gone?.PhysicalResourceId, await logGroups()]).toEqual([made, []])
})

test('what an update made, changed or replaced and never settles goes back to what it was', async () => {
  const { faults, logGroups, create, update, failures } = await start()
  await create(template())
  const before = await logGroups()
  const notStabilized = said('Exceeded attempts to wait', 'NotStabilized')
  const fault = { kind: 'fail', resource: 'Logs', when: 'after', times: 1 } as const

  faults.add({ ...fault, action: 'update' })
  expect(await update(template(3))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' })
  expect(await logGroups()).toEqual(before)

  faults.add({ ...fault, action: 'create' })
  const replaced = { Resources: { ...template().Resources, Logs: named('another') } }
  expect(await update(replaced)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' })
  expect(await logGroups()).toEqual(before)

  faults.add({ ...fault, resource: 'New', action: 'create' })
  expect(await update({ Resources: { ...template().Resources, New: group() } })).toMatchObject({
    status: 'UPDATE_ROLLBACK_COMPLETE',
  })
  expect([await logGroups(), faults.list()]).toEqual([before, []])
  expect((await failures('mine')).map(([id, status, why]) => [id, status, why === notStabilized])).toEqual([
    ['Logs', 'UPDATE_FAILED', true],
    ['Logs', 'UPDATE_FAILED', true],
    ['New', 'CREATE_FAILED', true],
  ])
})

test('a deletion that fails when it is done finds nothing left to delete', async () => {
  const { faults, logGroups, create, remove } = await start()
  await create(template())
  faults.add({ kind: 'fail', resource: 'Logs', action: 'delete', when: 'after', times: 1 })
  expect(await remove()).toMatchObject({ status: 'DELETE_FAILED' })
  expect(await logGroups()).toEqual([])
  expect((await remove()).status).toBe('DELETE_COMPLETE')
})

test('a rollback that fails too is ROLLBACK_FAILED', async () => {
  const { faults, begin, end, failures } = await start()
  faults.add({ kind: 'fail', resource: 'Other', action: 'create', message: 'No room.' })
  faults.add({ kind: 'fail', resource: 'Logs', action: 'rollback', message: 'In use.', code: 'ResourceConflict' })
  const id = await begin(template())
  expect(await end(id)).toMatchObject({
    status: 'ROLLBACK_FAILED',
    reason: 'The following resource(s) failed to delete: [Logs].',
  })
  expect((await failures(id)).slice(1)).toEqual([
    ['Logs', 'DELETE_FAILED', said('In use.', 'ResourceConflict')],
    ['mine', 'ROLLBACK_FAILED', 'The following resource(s) failed to delete: [Logs].'],
  ])
})

test('an update that fails, and whose rollback fails, waits for its rollback to be continued', async () => {
  const { api, faults, create, update, end } = await start()
  expect((await create(template())).status).toBe('CREATE_COMPLETE')
  faults.add({ kind: 'fail', resource: 'Logs', action: 'update', message: 'Not now.', times: 1 })
  expect(await update(template(3))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' })

  faults.add({ kind: 'fail', resource: 'Logs', action: 'update', times: 1 })
  faults.add({ kind: 'fail', resource: 'Logs', action: 'rollback', times: 1 })
  expect(await update(template(3))).toMatchObject({
    status: 'UPDATE_ROLLBACK_FAILED',
    reason: 'The following resource(s) failed to update: [Logs].',
  })
  await api.continueUpdateRollback({ StackName: 'mine' })
  expect((await end('mine')).status).toBe('UPDATE_ROLLBACK_COMPLETE')
})

test('a resource that fails to delete makes DELETE_FAILED, and goes when it may', async () => {
  const { faults, create, remove, failures } = await start()
  await create(template())
  faults.add({ kind: 'fail', type: 'AWS::Logs::LogGroup', action: 'delete', resource: 'Logs', times: 1 })
  expect(await remove()).toMatchObject({
    status: 'DELETE_FAILED',
    reason: 'The following resource(s) failed to delete: [Logs].',
  })
  expect((await failures('mine'))[0]).toEqual([
    'Logs',
    'DELETE_FAILED',
    said("Error occurred during operation 'DELETE AWS::Logs::LogGroup'."),
  ])
  expect((await remove()).status).toBe('DELETE_COMPLETE')
})

test('a slow resource takes its time, and lets itself be cancelled', async () => {
  const { aws, api, faults, begin, create, end, find } = await start()
  faults.add({ kind: 'delay', stack: 'mine', resource: 'Logs', seconds: 100_000 })
  const id = await begin(template())
  await aws.eventually(async () => {
    const { StackResources = [] } = await api.describeStackResources({ StackName: id })
    return StackResources.some(({ ResourceStatus }) => ResourceStatus === 'CREATE_IN_PROGRESS')
  })
  expect((await find(id))?.StackStatus).toBe('CREATE_IN_PROGRESS')
  faults.clear()
  await api.deleteStack({ StackName: id })
  expect((await end(id)).status).toBe('DELETE_COMPLETE')
  expect((await create(template())).status).toBe('CREATE_COMPLETE')
})

test('a stack is in the midst of an operation of somebody else for as long as ordered', async () => {
  const { api, faults, create, update, end, find } = await start()
  await create(template())
  faults.add({ kind: 'stuck', stack: 'mi*', seconds: 20_000, times: 1 })
  expect((await find('mine'))?.StackStatus).toBe('UPDATE_IN_PROGRESS')
  const { StackId } = (await find('mine')) ?? {}
  await expect(update(template(3))).rejects.toMatchObject({
    name: 'ValidationError',
    message: `Stack:${StackId} is in UPDATE_IN_PROGRESS state and can not be updated.`,
  })
  expect((await end('mine')).status).toBe('UPDATE_COMPLETE')

  faults.add({ kind: 'stuck', stack: 'mine', seconds: 600_000, times: 1 })
  await api.cancelUpdateStack({ StackName: 'mine' })
  expect((await end('mine')).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect((await update(template(3))).status).toBe('UPDATE_COMPLETE')
})
