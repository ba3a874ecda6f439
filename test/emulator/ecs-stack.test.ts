import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { startCloudFormation } from '../support/cloudformation.ts'

const template = (priority: string) => ({
  Resources: {
    Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'mine' } },
    Tasks: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        Family: 'web',
        RequiresCompatibilities: ['EC2'],
        ContainerDefinitions: [{ Name: 'web', Image: 'web', Memory: 64 }],
      },
    },
    Service: {
      Type: 'AWS::ECS::Service',
      Properties: {
        Cluster: { Ref: 'Cluster' },
        ServiceName: 'web',
        TaskDefinition: { Ref: 'Tasks' },
        DesiredCount: 0,
        Tags: [{ Key: 'priority', Value: priority }],
      },
    },
  },
})

test('every update of a service sets the count again that its template names', async () => {
  const { aws, create, update } = await startCloudFormation()
  const ecs = new ECS(aws.client)
  await create(template('low'))
  await ecs.updateService({ cluster: 'mine', service: 'web', desiredCount: 3 })
  expect(await update(template('high'))).toMatchObject({ status: 'UPDATE_COMPLETE' })
  const { services: [service] = [] } = await ecs.describeServices({ cluster: 'mine', services: ['web'] })
  expect(service).toMatchObject({ desiredCount: 0 })
})
