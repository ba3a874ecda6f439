import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { logGroup, refusal, startCloudFormation } from '../support/cloudformation.ts'
import type { TestAws } from '../support/emulator.ts'
import { stuckService } from '../support/templates.ts'

const named = (LogGroupName: string, more: object = {}) => logGroup({ Properties: { LogGroupName }, ...more })

const groups = async (aws: TestAws) => {
  const { logGroups = [] } = await new CloudWatchLogs(aws.client).describeLogGroups({})
  return logGroups.map(({ logGroupName }) => logGroupName)
}

test('deletes in the reverse order, keeps what is to be retained, and is found by its id afterwards', async () => {
  const { aws, create, remove, events, find, begin } = await startCloudFormation()
  const Resources = {
    Last: named('last', { DependsOn: ['Left', 'Right'] }),
    Left: named('left', { DependsOn: 'First' }),
    Right: named('right', { DependsOn: 'First', DeletionPolicy: 'RetainExceptOnCreate' }),
    First: named('first', { DeletionPolicy: 'Retain' }),
  }
  await create({ Resources })
  const since = (await events()).length
  const { StackId } = (await find('mine')) ?? {}
  expect((await remove()).status).toBe('DELETE_COMPLETE')
  expect(await events(StackId, since)).toEqual([
    'mine DELETE_IN_PROGRESS User Initiated',
    'Last DELETE_IN_PROGRESS',
    'Last DELETE_COMPLETE',
    'Left DELETE_IN_PROGRESS',
    'Right DELETE_SKIPPED',
    'Left DELETE_COMPLETE',
    'First DELETE_SKIPPED',
    'mine DELETE_COMPLETE',
  ])
  expect(await groups(aws)).toEqual(['first', 'right'])
  expect(await refusal(find('mine'))).toBe('ValidationError: Stack with id mine does not exist')
  expect((await find(StackId))?.DeletionTime).toBeInstanceOf(Date)
  // The name is free again.
  expect(await begin({ Resources: { Other: named('other') } })).not.toBe(StackId)
})

/** A cluster that somebody else's service is in, so that it cannot be deleted. */
async function undeletable() {
  const stack = await startCloudFormation()
  await stack.create({
    Resources: {
      Needed: named('needed'),
      Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'busy' }, DependsOn: 'Needed' },
      Other: named('other'),
    },
  })
  const ecs = new ECS(stack.aws.client)
  await ecs.registerTaskDefinition({ family: 'task', containerDefinitions: [{ name: 'a', image: 'b', memory: 1 }] })
  await ecs.createService({ cluster: 'busy', serviceName: 'web', taskDefinition: 'task', desiredCount: 0 })
  return { ...stack, ecs, id: await stack.find('mine').then((found) => found?.StackId ?? '') }
}

test('deletes all it can, and only what a resource that stays needs is kept', async () => {
  const { aws, remove, events, ecs, statuses } = await undeletable()
  const { status, reason } = await remove()
  expect({ status, reason, groups: await groups(aws), statuses: await statuses() }).toEqual({
    status: 'DELETE_FAILED',
    reason: 'The following resource(s) failed to delete: [Cluster].',
    groups: ['needed'],
    statuses: { Needed: 'CREATE_COMPLETE', Cluster: 'DELETE_FAILED', Other: 'DELETE_COMPLETE' },
  })
  const since = (await events()).length
  await ecs.deleteService({ cluster: 'busy', service: 'web' })
  await aws.eventually(
    async () =>
      (await ecs.describeServices({ cluster: 'busy', services: ['web'] })).services?.[0]?.status === 'INACTIVE',
  )
  expect((await remove()).status).toBe('DELETE_COMPLETE')
  const { StackEvents = [] } = await aws.emulator.world.services.cloudformation.DescribeStackEvents(
    { StackName: Object.keys(aws.emulator.world.region('us-east-1').cloudformation.stacks)[0] },
    { region: 'us-east-1', requestId: '' },
  )
  expect(
    StackEvents.reverse()
      .slice(since)
      .map((one) => `${one.LogicalResourceId} ${one.ResourceStatus}`),
  ).toEqual([
    'mine DELETE_IN_PROGRESS',
    'Cluster DELETE_IN_PROGRESS',
    'Cluster DELETE_COMPLETE',
    'Needed DELETE_IN_PROGRESS',
    'Needed DELETE_COMPLETE',
    'mine DELETE_COMPLETE',
  ])
})

test('leaves to their fate the resources that are named once a delete has failed', async () => {
  const { aws, api, remove, id, events, ecs } = await undeletable()
  const RetainResources = ['Cluster']
  expect(await refusal(api.deleteStack({ StackName: 'mine', RetainResources }))).toBe(
    `ValidationError: Invalid operation on stack [${id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
  )
  await remove()
  const since = (await events()).length
  expect((await remove('mine', { RetainResources })).status).toBe('DELETE_COMPLETE')
  expect(await events(id, since)).toEqual([
    'mine DELETE_IN_PROGRESS User Initiated',
    'Cluster DELETE_SKIPPED',
    'Needed DELETE_IN_PROGRESS',
    'Needed DELETE_COMPLETE',
    'mine DELETE_COMPLETE',
  ])
  expect([await groups(aws), (await ecs.listClusters({})).clusterArns?.length]).toEqual([[], 1])
})

test('deletes by force what lets itself be deleted, and forgets the rest', async () => {
  const { aws, remove, id, events, ecs } = await undeletable()
  await remove()
  const since = (await events()).length
  expect((await remove('mine', { DeletionMode: 'FORCE_DELETE_STACK' })).status).toBe('DELETE_COMPLETE')
  expect((await events(id, since)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'mine DELETE_IN_PROGRESS',
    'Cluster DELETE_IN_PROGRESS',
    'Cluster DELETE_SKIPPED',
    'Needed DELETE_IN_PROGRESS',
    'Needed DELETE_COMPLETE',
    'mine DELETE_COMPLETE',
  ])
  expect([await groups(aws), (await ecs.listClusters({})).clusterArns?.length]).toEqual([[], 1])
})

test('does not delete a protected stack', async () => {
  const { api, create, remove } = await startCloudFormation()
  await create({ Resources: { Group: named('one') } }, { EnableTerminationProtection: true })
  expect(await refusal(remove())).toBe(
    'ValidationError: Stack [mine] cannot be deleted while TerminationProtection is enabled',
  )
  await api.updateTerminationProtection({ StackName: 'mine', EnableTerminationProtection: false })
  expect((await remove()).status).toBe('DELETE_COMPLETE')
})

test('deletes a stack that is still being created, and not one that is being updated', async () => {
  const { aws, api, begin, end, events, update, create } = await startCloudFormation()
  const id = await begin({ Resources: stuckService() })
  await aws.eventually(async () => (await events(id)).some((line) => line.startsWith('Service CREATE_IN_PROGRESS')))
  await api.deleteStack({ StackName: 'mine' })
  expect((await end(id)).status).toBe('DELETE_COMPLETE')
  expect((await events(id)).filter((line) => /^Service|^mine/.test(line))).toEqual([
    'mine CREATE_IN_PROGRESS User Initiated',
    'Service CREATE_IN_PROGRESS',
    'Service CREATE_IN_PROGRESS Resource creation Initiated',
    'mine DELETE_IN_PROGRESS User Initiated',
    'Service DELETE_IN_PROGRESS',
    'Service DELETE_COMPLETE',
    'mine DELETE_COMPLETE',
  ])
  expect((await new ECS(aws.client).listClusters({})).clusterArns).toEqual([])

  await create({ Resources: { Group: named('one') } })
  const updating = update({ Resources: { Group: named('one'), ...stuckService() } })
  await aws.eventually(async () => (await events()).some((line) => line.startsWith('Service CREATE_IN_PROGRESS')))
  expect(await refusal(api.deleteStack({ StackName: 'mine' }))).toBe(
    'ValidationError: Stack [mine] cannot be deleted while in status UPDATE_IN_PROGRESS',
  )
  await api.cancelUpdateStack({ StackName: 'mine' })
  expect((await updating).status).toBe('UPDATE_ROLLBACK_COMPLETE')
})

test('takes it calmly when there is nothing to delete', async () => {
  const { api, create, remove } = await startCloudFormation()
  await api.deleteStack({ StackName: 'nobody' })
  await create({ Resources: { Group: named('one') } })
  const { StackId } = (await api.describeStacks({ StackName: 'mine' })).Stacks?.[0] ?? {}
  await remove()
  await api.deleteStack({ StackName: StackId })
  expect((await api.listStacks({ StackStatusFilter: ['DELETE_COMPLETE'] })).StackSummaries).toMatchObject([{ StackId }])
})
