import { isDeepStrictEqual } from 'node:util'
import type * as Sdk from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { ecsOf, findCluster, instancesOf } from './find.ts'
import { defaultNamespace } from './service-connect.ts'
import type { ClusterState, EcsState } from './state.ts'

const FARGATE = ['FARGATE', 'FARGATE_SPOT']

export const clusters = (world: World) => {
  const all = (call: Call) => ecsOf(world, call.region).clusters
  const isManaged = (call: Call, provider: string) =>
    Object.values(ecsOf(world, call.region).capacityProviders).some(({ name, managed }) => managed && name === provider)
  const requireProviders = (call: Call, names: readonly string[]) => {
    const known = Object.values(ecsOf(world, call.region).capacityProviders)
    const unknown = names.filter((name) => !FARGATE.includes(name) && !known.some((provider) => provider.name === name))
    if (unknown.length > 0) {
      throw new AwsError('InvalidParameterException', `The specified capacity provider '${unknown[0]}' was not found.`)
    }
  }

  return {
    CreateCluster: (input, call) => {
      const name = input.clusterName ?? 'default'
      const clusterArn = arn(world, 'ecs', call.region, `cluster/${name}`)
      requireProviders(call, input.capacityProviders ?? [])
      const existing = all(call)[clusterArn]
      if (existing?.status === 'ACTIVE') {
        requireSame(existing, input)
        return { cluster: description(world, call, existing) }
      }
      const cluster: ClusterState = {
        arn: clusterArn,
        name,
        status: 'ACTIVE',
        settings: input.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
        capacityProviders: input.capacityProviders ?? [],
        defaultStrategy: input.defaultCapacityProviderStrategy ?? [],
        tags: input.tags ?? [],
        ...(input.configuration && { configuration: input.configuration }),
        ...(input.serviceConnectDefaults && {
          defaultNamespace: defaultNamespace(world, call.region, input.serviceConnectDefaults.namespace),
        }),
      }
      all(call)[clusterArn] = cluster
      return { cluster: description(world, call, cluster) }
    },

    DescribeClusters: ({ clusters: references = ['default'] }, call) => {
      const found = references.map((reference) => ({
        reference,
        cluster: Object.values(all(call)).find((one) => one.arn === reference || one.name === reference),
      }))
      return {
        clusters: found.flatMap(({ cluster }) => (cluster ? [description(world, call, cluster)] : [])),
        failures: found
          .filter(({ cluster }) => !cluster)
          .map(({ reference }) => ({
            arn: reference.startsWith('arn:') ? reference : arn(world, 'ecs', call.region, `cluster/${reference}`),
            reason: 'MISSING',
          })),
      }
    },

    ListClusters: ({ maxResults = 100, nextToken }, call) => {
      const active = Object.values(all(call)).filter(({ status }) => status === 'ACTIVE')
      const { items, next } = page(
        active.map((cluster) => cluster.arn),
        maxResults,
        nextToken,
      )
      return { clusterArns: items, ...(next && { nextToken: next }) }
    },

    UpdateCluster: ({ cluster: reference, settings, configuration, serviceConnectDefaults }, call) => {
      const cluster = findCluster(world, call, reference)
      if (settings) cluster.settings = settings
      if (configuration) cluster.configuration = configuration
      if (serviceConnectDefaults) {
        cluster.defaultNamespace = defaultNamespace(world, call.region, serviceConnectDefaults.namespace)
      }
      return { cluster: description(world, call, cluster) }
    },

    UpdateClusterSettings: ({ cluster: reference, settings = [] }, call) => {
      const cluster = findCluster(world, call, reference)
      cluster.settings = settings
      return { cluster: description(world, call, cluster) }
    },

    PutClusterCapacityProviders: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const names = input.capacityProviders ?? []
      requireProviders(call, names)
      const managed = cluster.capacityProviders.filter((name) => isManaged(call, name))
      if (names.some((name) => isManaged(call, name))) {
        throw new AwsError(
          'InvalidParameterException',
          'Cannot associate Managed Instances capacity provider to clusters using this API. Managed Instances capacity providers are already associated with their cluster.',
        )
      }
      const removed = cluster.capacityProviders.filter((name) => ![...names, ...managed].includes(name))
      if (removed.some((name) => isUsed(ecsOf(world, call.region), cluster, name))) {
        throw new AwsError('ResourceInUseException', 'The specified capacity provider is in use and cannot be removed.')
      }
      cluster.capacityProviders = [...names, ...managed]
      cluster.defaultStrategy = input.defaultCapacityProviderStrategy ?? []
      return { cluster: description(world, call, cluster) }
    },

    DeleteCluster: ({ cluster: reference }, call) => {
      const cluster = findCluster(world, call, reference)
      const { services, tasks } = ecsOf(world, call.region)
      if (instancesOf(world, call.region, cluster.arn).length > 0) {
        throw new AwsError(
          'ClusterContainsContainerInstancesException',
          'The Cluster cannot be deleted while Container Instances are active or draining.',
        )
      }
      if (Object.values(services).some((one) => one.clusterArn === cluster.arn && one.status !== 'INACTIVE')) {
        throw new AwsError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        )
      }
      if (Object.values(tasks).some((one) => one.clusterArn === cluster.arn && one.lastStatus !== 'STOPPED')) {
        throw new AwsError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.')
      }
      cluster.status = 'INACTIVE'
      return { cluster: description(world, call, cluster) }
    },
  } satisfies Handlers<typeof Sdk>
}

/** A second creation may leave out what the first one said, but not say otherwise. */
function requireSame(cluster: ClusterState, input: Sdk.CreateClusterCommandInput): void {
  const pairs = [
    [input.settings, cluster.settings],
    [input.configuration, cluster.configuration],
    [input.capacityProviders, cluster.capacityProviders],
    [input.defaultCapacityProviderStrategy, cluster.defaultStrategy],
  ]
  if (pairs.every(([asked, has]) => asked === undefined || isDeepStrictEqual(asked, has))) return
  throw new AwsError(
    'InvalidParameterException',
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  )
}

/** By a service, or by a task that has not ended yet. */
export const isUsed = ({ services, tasks }: EcsState, { arn: cluster }: ClusterState, provider: string): boolean =>
  Object.values(services).some(
    ({ clusterArn, status, input: { capacityProviderStrategy = [] } }) =>
      clusterArn === cluster &&
      status !== 'INACTIVE' &&
      capacityProviderStrategy.some(({ capacityProvider }) => capacityProvider === provider),
  ) ||
  Object.values(tasks).some(
    ({ clusterArn, capacityProvider, lastStatus }) =>
      clusterArn === cluster && capacityProvider === provider && lastStatus !== 'STOPPED',
  )

function description(world: World, call: Call, cluster: ClusterState): Sdk.Cluster {
  const { services, tasks } = ecsOf(world, call.region)
  const here = Object.values(tasks).filter(({ clusterArn }) => clusterArn === cluster.arn)
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: instancesOf(world, call.region, cluster.arn).length,
    runningTasksCount: here.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTasksCount: here.filter(({ lastStatus }) => ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(lastStatus))
      .length,
    activeServicesCount: Object.values(services).filter(
      ({ clusterArn, status }) => clusterArn === cluster.arn && status === 'ACTIVE',
    ).length,
    statistics: [],
    tags: cluster.tags,
    settings: cluster.settings,
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultStrategy,
    ...(cluster.configuration && { configuration: cluster.configuration }),
    ...(cluster.defaultNamespace && { serviceConnectDefaults: { namespace: cluster.defaultNamespace } }),
  }
}
