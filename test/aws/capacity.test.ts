import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { testWorld } from '../support/context.ts'

test('all instances of a cluster are told, however many there are', async () => {
  const { aws, context } = await testWorld()
  const ecs = new ECS(aws.client)
  await ecs.createCluster({ clusterName: 'many' })
  for (let count = 0; count < 130; count++) await ecs.registerContainerInstance({ cluster: 'many' })
  const { capacity } = await context.connect({
    region: 'us-east-1',
    profile: undefined,
    local: { endpoint: aws.endpoint, pid: 1, docker: false },
  })
  const instances = await capacity.instances('many')
  expect([instances.length, new Set(instances.map(({ arn }) => arn)).size]).toEqual([130, 130])
  expect(await capacity.instances('none')).toEqual([])
})
