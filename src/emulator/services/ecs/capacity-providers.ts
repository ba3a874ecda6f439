import type * as Sdk from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { groupName, MANAGED_DRAINING_HOOK } from './capacity.ts'
import { isUsed } from './clusters.ts'
import { ecsOf, findCluster } from './find.ts'
import { checkManaged, removeManaged } from './managed-instances.ts'
import type { CapacityProviderState } from './state.ts'
import { providerMade } from './supervision.ts'

const DRAINING_SECONDS = 48 * 3600

export const capacityProviders = (world: World) => {
  const all = (call: Call) => ecsOf(world, call.region).capacityProviders
  const find = (call: Call, nameOrArn = ''): CapacityProviderState => {
    const provider = Object.values(all(call)).find((one) => one.arn === nameOrArn || one.name === nameOrArn)
    if (provider) return provider
    throw new AwsError(
      'ClientException',
      'The specified capacity provider does not exist. Specify a valid name or ARN and try again.',
    )
  }
  const hook = ({ provider }: CapacityProviderState) => ({
    AutoScalingGroupName: groupName(provider?.autoScalingGroupArn),
    LifecycleHookName: MANAGED_DRAINING_HOOK,
  })
  const setDraining = (provider: CapacityProviderState, call: Call) => {
    const { autoscaling } = world.services
    if (!provider.provider) return
    if (provider.provider.managedDraining === 'DISABLED') autoscaling.DeleteLifecycleHook(hook(provider), call)
    else {
      autoscaling.PutLifecycleHook(
        {
          ...hook(provider),
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          HeartbeatTimeout: DRAINING_SECONDS,
          DefaultResult: 'CONTINUE',
        },
        call,
      )
    }
  }

  return {
    CreateCapacityProvider: (input, call) => {
      const { name = '', autoScalingGroupProvider, managedInstancesProvider, tags = [] } = input
      if (/^(aws|ecs|fargate)/i.test(name)) {
        throw new AwsError(
          'ClientException',
          'The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores (_), and hyphens (-). The name cannot be prefixed with "aws", "ecs", or "fargate". Specify a valid name and try again.',
        )
      }
      if (!autoScalingGroupProvider === !managedInstancesProvider) {
        throw new AwsError(
          'ClientException',
          'Exactly one of autoScalingGroupProvider and managedInstancesProvider must be specified.',
        )
      }
      const others = Object.values(all(call)).filter(({ status }) => status === 'ACTIVE')
      if (others.some((one) => one.name === name)) {
        throw new AwsError('ClientException', 'A capacity provider with the specified name already exists.')
      }
      const group = autoScalingGroupProvider?.autoScalingGroupArn
      if (group !== undefined && others.some(({ provider }) => provider?.autoScalingGroupArn === group)) {
        throw new AwsError(
          'ClientException',
          'The specified Auto Scaling group ARN is already being used by another capacity provider. Specify a unique Auto Scaling group ARN and try again.',
        )
      }
      const provider: CapacityProviderState = {
        arn: arn(world, 'ecs', call.region, `capacity-provider/${name}`),
        name,
        status: 'ACTIVE',
        tags,
        ...(autoScalingGroupProvider && { provider: autoScalingGroupProvider }),
        ...(managedInstancesProvider && {
          managed: { cluster: checkManaged(world, call, input), config: managedInstancesProvider },
        }),
      }
      if (provider.managed) findCluster(world, call, provider.managed.cluster).capacityProviders.push(name)
      setDraining(provider, call)
      all(call)[provider.arn] = provider
      providerMade(world)
      return { capacityProvider: description(provider) }
    },

    UpdateCapacityProvider: ({ name, autoScalingGroupProvider, managedInstancesProvider }, call) => {
      const provider = find(call, name)
      if (provider.provider) provider.provider = { ...provider.provider, ...autoScalingGroupProvider }
      if (provider.managed && managedInstancesProvider) {
        const { instanceLaunchTemplate, ...rest } = managedInstancesProvider
        const before = provider.managed.config
        const after = { ...before.instanceLaunchTemplate, ...instanceLaunchTemplate }
        const config = { ...before, ...rest, instanceLaunchTemplate: after } as typeof before
        provider.managed = { ...provider.managed, config }
      }
      setDraining(provider, call)
      return { capacityProvider: description(provider) }
    },

    DescribeCapacityProviders: ({ capacityProviders: references, maxResults = 100, nextToken }, call) => {
      const fargate = ['FARGATE', 'FARGATE_SPOT'].map((name) => ({
        capacityProviderArn: arn(world, 'ecs', call.region, `capacity-provider/${name}`),
        name,
        status: 'ACTIVE' as const,
        tags: [],
      }))
      const described: Sdk.CapacityProvider[] = [...fargate, ...Object.values(all(call)).map(description)]
      const wanted = (one: Sdk.CapacityProvider) =>
        !references || references.includes(one.name ?? '') || references.includes(one.capacityProviderArn ?? '')
      const found = described.filter(wanted)
      const missing = (references ?? []).filter(
        (reference) => !found.some((one) => one.name === reference || one.capacityProviderArn === reference),
      )
      const failures = missing.map((reference) => ({
        arn: reference.startsWith('arn:')
          ? reference
          : arn(world, 'ecs', call.region, `capacity-provider/${reference}`),
        reason: 'MISSING',
      }))
      const { items, next } = page(found, maxResults, nextToken)
      return { capacityProviders: items, failures, ...(next && { nextToken: next }) }
    },

    DeleteCapacityProvider: (
      { capacityProvider },
      call,
    ): Pick<Sdk.DeleteCapacityProviderResponse, 'capacityProvider'> => {
      const provider = find(call, capacityProvider)
      const ecs = ecsOf(world, call.region)
      const cluster = Object.values(ecs.clusters).find(
        (one) => one.status === 'ACTIVE' && one.capacityProviders.includes(provider.name),
      )
      if (cluster && provider.managed && !isUsed(ecs, cluster, provider.name)) {
        cluster.capacityProviders = cluster.capacityProviders.filter((one) => one !== provider.name)
        removeManaged(world, call.region, provider)
      } else if (cluster) {
        throw new AwsError(
          'ClientException',
          `The capacity provider cannot be deleted because it is associated with cluster: ${cluster.name}. Remove the capacity provider from the cluster and try again.`,
        )
      }
      delete all(call)[provider.arn]
      if (provider.provider) world.services.autoscaling.DeleteLifecycleHook(hook(provider), call)
      return { capacityProvider: { ...description(provider), status: 'INACTIVE' } }
    },
  } satisfies Handlers<typeof Sdk>
}

const description = ({
  arn: capacityProviderArn,
  name,
  status,
  provider,
  managed,
  tags,
}: CapacityProviderState): Sdk.CapacityProvider => ({
  capacityProviderArn,
  name,
  status,
  tags,
  ...(provider && {
    type: 'EC2_AUTOSCALING' as const,
    autoScalingGroupProvider: provider as Sdk.AutoScalingGroupProvider,
  }),
  ...(managed && {
    type: 'MANAGED_INSTANCES' as const,
    cluster: managed.cluster,
    managedInstancesProvider: managed.config as Sdk.ManagedInstancesProvider,
  }),
})
