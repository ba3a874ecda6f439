import type { CreateCapacityProviderCommandInput, CreateServiceCommandInput } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { refusal } from '../support/cloudformation.ts'
import { startEcs } from '../support/ecs.ts'

const SERVICE: Partial<CreateServiceCommandInput> = {
  launchType: undefined,
  capacityProviderStrategy: [{ capacityProvider: 'managed', weight: 1 }],
}

/** A cluster with a provider of instances that ECS manages itself. */
async function startManaged(
  instanceRequirements?: NonNullable<
    NonNullable<CreateCapacityProviderCommandInput['managedInstancesProvider']>['instanceLaunchTemplate']
  >['instanceRequirements'],
) {
  const started = await startEcs()
  const { ecs, until, Subnets } = started
  await ecs.createCapacityProvider({
    name: 'managed',
    cluster: 'default',
    managedInstancesProvider: {
      infrastructureRoleArn: 'arn:aws:iam::000000000000:role/infrastructure',
      infrastructureOptimization: { scaleInAfter: 60 },
      instanceLaunchTemplate: {
        ec2InstanceProfileArn: 'arn:aws:iam::000000000000:instance-profile/ecsInstanceRole',
        networkConfiguration: { subnets: [...Subnets] },
        ...(instanceRequirements && { instanceRequirements }),
      },
    },
  })
  const instances = async () => {
    const { containerInstanceArns = [] } = await ecs.listContainerInstances({})
    if (containerInstanceArns.length === 0) return []
    return (
      (await ecs.describeContainerInstances({ containerInstances: containerInstanceArns })).containerInstances ?? []
    )
  }
  const typesNow = async () =>
    (await instances()).map(({ attributes }) => attributes?.find(({ name }) => name === 'ecs.instance-type')?.value)
  return {
    ...started,
    typesNow,
    gone: () => until(async () => (await instances()).length === 0),
    registerManaged: (gpus = 0) =>
      started.register('web', gpus > 0 ? { resourceRequirements: [{ type: 'GPU', value: String(gpus) }] } : {}, {
        requiresCompatibilities: ['MANAGED_INSTANCES'],
        cpu: '1024',
        memory: '2048',
      }),
  }
}

test('instances appear for tasks that wait, take more than one, and go when they are idle', async () => {
  const { ecs, tasks, typesNow, gone, registerManaged, create, rolledOut } = await startManaged()
  await create(await registerManaged(), SERVICE)
  await rolledOut('COMPLETED')
  const [task] = await tasks()
  expect(task).toMatchObject({ launchType: 'MANAGED_INSTANCES', capacityProviderName: 'managed' })
  expect(await typesNow()).toEqual(['c7g.large'].map(() => expect.stringMatching(/\.large$/)))
  await ecs.updateService({ service: 'web', desiredCount: 0 })
  await gone()
})

test('takes the smallest instance type that is allowed and has what the task needs', async () => {
  const { typesNow, registerManaged, create, rolledOut } = await startManaged({
    vCpuCount: { min: 4 },
    memoryMiB: { min: 1 },
    allowedInstanceTypes: ['g6.*', 'g6e.*'],
  })
  await create(await registerManaged(1), SERVICE)
  await rolledOut('COMPLETED')
  expect(await typesNow()).toEqual(['g6.xlarge'])
})

test('a provider belongs to its cluster, and can be deleted when nothing uses it', async () => {
  const { ecs, registerManaged, create, until, describe } = await startManaged()
  const put = (capacityProviders: string[]) =>
    refusal(
      ecs.putClusterCapacityProviders({ cluster: 'default', capacityProviders, defaultCapacityProviderStrategy: [] }),
    )
  expect(await put(['managed'])).toContain('Cannot associate Managed Instances capacity provider')
  expect(await put(['FARGATE'])).toBe('accepted')
  const providers = async () => (await ecs.describeClusters({})).clusters?.[0]?.capacityProviders
  expect(await providers()).toEqual(['FARGATE', 'managed'])
  const { capacityProviders } = await ecs.describeCapacityProviders({ capacityProviders: ['managed'] })
  expect(capacityProviders).toMatchObject([{ type: 'MANAGED_INSTANCES', cluster: 'default', status: 'ACTIVE' }])

  await create(await registerManaged(), SERVICE)
  const remove = () => refusal(ecs.deleteCapacityProvider({ capacityProvider: 'managed' }))
  expect(await remove()).toContain('associated with cluster: default')
  await ecs.deleteService({ service: 'web', force: true })
  await until(async () => (await describe()).status === 'INACTIVE')
  expect([await remove(), await providers()]).toEqual(['accepted', ['FARGATE']])
})

test.each([
  ['A cluster is required', { cluster: undefined }],
  ['Exactly one of', { autoScalingGroupProvider: { autoScalingGroupArn: 'x' } }],
  ['The infrastructure role ARN is required', { managedInstancesProvider: {} }],
])('refuses a provider: %s', async (words, more) => {
  const { ecs } = await startManaged()
  const input = {
    name: 'other',
    cluster: 'default',
    managedInstancesProvider: { infrastructureRoleArn: 'x', instanceLaunchTemplate: {} },
    ...more,
  } as CreateCapacityProviderCommandInput
  expect(await refusal(ecs.createCapacityProvider(input))).toContain(`ClientException: ${words}`)
})

test.each([
  ['support the network modes awsvpc and host only', {}, { networkMode: 'bridge' as const }],
  ['do not support ephemeralStorage', {}, { ephemeralStorage: { sizeInGiB: 30 } }],
  ['do not support sharedMemorySize', { linuxParameters: { sharedMemorySize: 64 } }, {}],
  ['do not support tmpfs', { linuxParameters: { tmpfs: [{ containerPath: '/t', size: 1 }] } }, {}],
  ['do not support dockerLabels', { dockerLabels: { a: 'b' } }, {}],
])('refuses a task definition that managed instances %s', async (words, container, more) => {
  const { register } = await startManaged()
  const definition = { requiresCompatibilities: ['MANAGED_INSTANCES' as const], ...more }
  expect(await refusal(register('web', container, definition))).toContain(words)
})
