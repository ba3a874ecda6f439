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

test('a cluster has the settings of its template, from the beginning and after an update', async () => {
  const { aws, create, update } = await startCloudFormation()
  const ecs = new ECS(aws.client)
  const cluster = (Value: string) => {
    const ClusterSettings = [{ Name: 'containerInsights', Value }]
    return {
      Resources: { Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'mine', ClusterSettings } } },
    }
  }
  const settings = async () => (await ecs.describeClusters({ clusters: ['mine'], include: ['SETTINGS'] })).clusters
  await create(cluster('enhanced'))
  expect(await settings()).toMatchObject([{ settings: [{ name: 'containerInsights', value: 'enhanced' }] }])
  await update(cluster('disabled'))
  expect(await settings()).toMatchObject([{ settings: [{ name: 'containerInsights', value: 'disabled' }] }])
})

test('a provider of Managed Instances buys as it was made to', async () => {
  const { aws, create, update } = await startCloudFormation()
  const ecs = new ECS(aws.client)
  const provider = (CapacityOptionType: string, size: number) => ({
    Resources: {
      Cluster: { Type: 'AWS::ECS::Cluster' },
      Provider: {
        Type: 'AWS::ECS::CapacityProvider',
        Properties: {
          ClusterName: { Ref: 'Cluster' },
          ManagedInstancesProvider: {
            InfrastructureRoleArn: 'arn:aws:iam::000000000000:role/infrastructure',
            InstanceLaunchTemplate: {
              Ec2InstanceProfileArn: 'arn:aws:iam::000000000000:instance-profile/ecsInstanceRole',
              NetworkConfiguration: { Subnets: ['subnet-1'], SecurityGroups: [] },
              StorageConfiguration: { StorageSizeGiB: size },
              CapacityOptionType,
            },
          },
        },
      },
    },
  })
  const now = async () => {
    const { capacityProviders = [] } = await ecs.describeCapacityProviders({})
    const found = capacityProviders.find(({ managedInstancesProvider }) => managedInstancesProvider)
    const { capacityOptionType, storageConfiguration } = found?.managedInstancesProvider?.instanceLaunchTemplate ?? {}
    return [capacityOptionType, storageConfiguration?.storageSizeGiB]
  }
  expect((await create(provider('ON_DEMAND', 50))).status).toBe('CREATE_COMPLETE')
  expect((await update(provider('ON_DEMAND', 60))).status).toBe('UPDATE_COMPLETE')
  expect(await now()).toEqual(['ON_DEMAND', 60])
  expect((await update(provider('SPOT', 60))).status).toBe('UPDATE_ROLLBACK_COMPLETE')
  expect(await now()).toEqual(['ON_DEMAND', 60])
})
