import type * as Sdk from '@aws-sdk/client-ecs'
import { within } from '../clock.ts'
import { AwsError } from '../errors.ts'
import { shifts, tasksOf } from '../services/ecs/find.ts'
import type { ServiceState } from '../services/ecs/state.ts'
import { lowerCamel } from './lower-camel.ts'
import { ignoringAbsent, type Properties, type ResourceContext, resource, until } from './resource.ts'

const ABSENT = ['ClusterNotFoundException', 'ServiceNotFoundException', 'ServiceNotActiveException', 'ClientException']
/** CloudFormation's own limits for a rolling deployment and for others (documentation of BakeTimeInMinutes). */
const SERVICE_TIMEOUT_HOURS = { rolling: 3, others: 36 }

const ecsTags = (context: ResourceContext, own: unknown): Sdk.Tag[] =>
  context
    .tags(own)
    .filter(({ Key }) => !Key.startsWith('aws:'))
    .map(({ Key, Value }) => ({ key: Key, value: Value }))

type ClusterProperties = Omit<Sdk.CreateClusterCommandInput, 'settings'> & {
  readonly clusterSettings?: Sdk.ClusterSetting[]
}

const clusterResource = resource<Properties>({
  create(properties, context) {
    const { clusterSettings, ...input } = lowerCamel(properties) as ClusterProperties
    const { cluster } = context.world.services.ecs.CreateCluster(
      {
        ...input,
        ...(clusterSettings && { settings: clusterSettings }),
        clusterName: input.clusterName ?? context.name(255),
        tags: ecsTags(context, properties.Tags),
      },
      context.call,
    )
    return cluster.clusterName ?? ''
  },
  update(id, properties, _before, { world, call }) {
    const { clusterSettings, configuration, serviceConnectDefaults } = lowerCamel(properties) as ClusterProperties
    world.services.ecs.UpdateCluster(
      {
        cluster: id,
        ...(clusterSettings && { settings: clusterSettings }),
        ...(configuration && { configuration }),
        ...(serviceConnectDefaults && { serviceConnectDefaults }),
      },
      call,
    )
  },
  delete: (id, _properties, { world, call }) =>
    ignoringAbsent(['ClusterNotFoundException'], () => world.services.ecs.DeleteCluster({ cluster: id }, call)),
  attributes: (id, { world, call }) => ({ Arn: `arn:aws:ecs:${call.region}:${world.account}:cluster/${id}` }),
})

/** The cluster of instances that ECS manages itself. */
const ofCluster = ({ ClusterName }: Properties) => (ClusterName === undefined ? {} : { cluster: String(ClusterName) })

const purchaseIn = (managed: { readonly instanceLaunchTemplate?: object | undefined } | undefined): string =>
  (managed?.instanceLaunchTemplate as Sdk.InstanceLaunchTemplate | undefined)?.capacityOptionType ?? 'ON_DEMAND'

const capacityProvider = resource<Properties>({
  create(properties, context) {
    const input = lowerCamel(properties) as Sdk.CreateCapacityProviderCommandInput
    const { capacityProvider: created } = context.world.services.ecs.CreateCapacityProvider(
      {
        ...input,
        ...ofCluster(properties),
        name: input.name ?? context.name(255),
        tags: ecsTags(context, properties.Tags),
      },
      context.call,
    )
    return created.name ?? ''
  },
  update(id, properties, _before, { world, call }) {
    const { autoScalingGroupProvider, managedInstancesProvider } = lowerCamel(
      properties,
    ) as Sdk.UpdateCapacityProviderCommandInput
    const { capacityProviders: [found] = [] } = world.services.ecs.DescribeCapacityProviders(
      { capacityProviders: [id] },
      call,
    )
    // UpdateCapacityProvider takes all of a launch template but this.
    if (purchaseIn(managedInstancesProvider) !== purchaseIn(found?.managedInstancesProvider))
      throw new AwsError('InvalidRequest', 'The capacity option type of a capacity provider cannot be changed.')
    const input = { ...ofCluster(properties), autoScalingGroupProvider, managedInstancesProvider }
    world.services.ecs.UpdateCapacityProvider({ ...input, name: id }, call)
  },
  async delete(id, _properties, { world, call }) {
    const { capacityProviders: [found] = [] } = world.services.ecs.DescribeCapacityProviders(
      { capacityProviders: [id] },
      call,
    )
    if (found) world.services.ecs.DeleteCapacityProvider({ capacityProvider: id }, call)
  },
})

const associations = resource<Properties>({
  create(properties, context) {
    putProviders(properties, context)
    return String(properties.Cluster)
  },
  update: (_id, properties, _before, context) => putProviders(properties, context),
  delete: (id, _properties, { world, call }) =>
    ignoringAbsent(ABSENT, () =>
      world.services.ecs.PutClusterCapacityProviders(
        { cluster: id, capacityProviders: [], defaultCapacityProviderStrategy: [] },
        call,
      ),
    ),
})

function putProviders(properties: Properties, { world, call }: ResourceContext): void {
  world.services.ecs.PutClusterCapacityProviders(
    lowerCamel(properties) as Sdk.PutClusterCapacityProvidersCommandInput,
    call,
  )
}

/** Only CloudWatch gets what containers write; a log router runs, and nothing is sent to it. */
function unusedLogging({ ContainerDefinitions = [] }: Properties): string[] {
  const containers = ContainerDefinitions as readonly {
    readonly LogConfiguration?: { readonly LogDriver?: string }
    readonly FirelensConfiguration?: unknown
  }[]
  const drivers = new Set(containers.flatMap(({ LogConfiguration }) => LogConfiguration?.LogDriver ?? []))
  return [
    ...[...drivers].filter((driver) => driver !== 'awslogs').map((driver) => `log driver ${driver}`),
    ...(containers.some(({ FirelensConfiguration }) => FirelensConfiguration) ? ['FirelensConfiguration'] : []),
  ]
}

/** Of a task, what neither Docker nor a simulated container is told. */
const TASK_KEPT = ['EphemeralStorage', 'IpcMode', 'PidMode', 'ProxyConfiguration']

/** What the machine has not that the tasks ask for: they run without it, or on paper. */
function unusedMachine(
  { RuntimePlatform = {}, ContainerDefinitions = [] }: Properties,
  { runtime }: ResourceContext['world'],
): string[] {
  const { OperatingSystemFamily = '' } = RuntimePlatform as { readonly OperatingSystemFamily?: string }
  const containers = ContainerDefinitions as readonly { readonly ResourceRequirements?: readonly { Type: string }[] }[]
  const wantsGpus = containers.some(({ ResourceRequirements: all = [] }) => all.some(({ Type }) => Type === 'GPU'))
  if (runtime.kind === 'simulated') return []
  return [
    ...(OperatingSystemFamily.startsWith('WINDOWS') ? ['Windows: its tasks are simulated'] : []),
    ...(wantsGpus && !runtime.gpus ? ['GPUs: Docker here has none'] : []),
  ]
}

const taskDefinition = resource<Properties>({
  stored: (properties, world) => [
    ...unusedMachine(properties, world),
    ...unusedLogging(properties),
    ...TASK_KEPT.filter((name) => name in properties),
  ],
  create(properties, context) {
    const input = lowerCamel(properties) as Sdk.RegisterTaskDefinitionCommandInput
    const { taskDefinition: registered } = context.world.services.ecs.RegisterTaskDefinition(
      { ...input, family: input.family ?? context.name(255), tags: ecsTags(context, properties.Tags) },
      context.call,
    )
    return registered.taskDefinitionArn ?? ''
  },
  delete: (id, _properties, { world, call }) =>
    ignoringAbsent(['ClientException'], () =>
      world.services.ecs.DeregisterTaskDefinition({ taskDefinition: id }, call),
    ),
  attributes: (id) => ({ TaskDefinitionArn: id }),
})

const hooks = ({ DeploymentConfiguration }: Properties): string[] =>
  (DeploymentConfiguration as { LifecycleHooks?: unknown } | undefined)?.LifecycleHooks
    ? ['DeploymentConfiguration (LifecycleHooks)']
    : []

const service = resource<Properties>({
  stored: (properties) => [...hooks(properties), ...(properties.EnableExecuteCommand ? ['EnableExecuteCommand'] : [])],
  create(properties, context) {
    const input = serviceInput(properties)
    const { service: created } = context.world.services.ecs.CreateService(
      { ...input, serviceName: input.serviceName ?? context.name(255), tags: ecsTags(context, properties.Tags) },
      context.call,
    )
    return created.serviceArn ?? ''
  },
  stabilize: (id, context) => serviceIsStable(id, context),
  update(id, properties, before, { world, call }) {
    const {
      serviceName: _name,
      cluster,
      launchType: _type,
      schedulingStrategy: _strategy,
      ...changes
    } = serviceInput(properties)
    // A count that the template names is set again by every update, whoever scaled the service meanwhile.
    const forceNewDeployment = isForced(properties) && nonceOf(properties) !== nonceOf(before)
    world.services.ecs.UpdateService({ ...changes, forceNewDeployment, service: id, cluster }, call)
  },
  async delete(id, properties, context) {
    const { ecs } = context.world.services
    const cluster = String(properties.Cluster ?? 'default')
    await ignoringAbsent(ABSENT, () => {
      if (properties.SchedulingStrategy !== 'DAEMON')
        ecs.UpdateService({ service: id, cluster, desiredCount: 0 }, context.call)
      ecs.DeleteService({ service: id, cluster, force: true }, context.call)
    })
    await until(context, 1, () => stateOf(id, context)?.status !== 'DRAINING')
  },
  attributes: (id) => ({ ServiceArn: id, Name: id.split('/').at(-1) ?? '' }),
})

/** A new deployment of the same tasks (documentation of `ForceNewDeployment`). */
const forceOf = ({ ForceNewDeployment }: Properties) =>
  (ForceNewDeployment ?? {}) as { EnableForceNewDeployment?: boolean; ForceNewDeploymentNonce?: string }
const isForced = (properties: Properties): boolean => forceOf(properties).EnableForceNewDeployment === true
const nonceOf = (properties: Properties): string | undefined => forceOf(properties).ForceNewDeploymentNonce

const stateOf = (id: string, { world, call }: ResourceContext): ServiceState | undefined =>
  world.region(call.region).ecs.services[id]

function serviceInput(properties: Properties): Sdk.CreateServiceCommandInput {
  const {
    placementStrategies,
    forceNewDeployment: _force,
    ...input
  } = lowerCamel(properties) as Record<string, unknown>
  return {
    ...(input as unknown as Sdk.CreateServiceCommandInput),
    ...(placementStrategies !== undefined && { placementStrategy: placementStrategies as Sdk.PlacementStrategy[] }),
  }
}

/** Whether the newest deployment has ended, and where it has done well, whether there are as many tasks as there should be. */
function isSettled(id: string, { world, call }: ResourceContext): boolean {
  const service = world.region(call.region).ecs.services[id]
  const [primary] = service?.deployments ?? []
  if (primary?.rolloutState === 'IN_PROGRESS') return false
  if (!service || primary?.rolloutState !== 'COMPLETED' || service.failure) return true
  const running = tasksOf(world, call.region, service).filter(({ lastStatus }) => lastStatus === 'RUNNING').length
  return running === service.desiredCount
}

/** As CloudFormation waits: until the newest deployment is complete; a rolled back one has failed. */
async function serviceIsStable(id: string, context: ResourceContext): Promise<void> {
  const { patience } = context.world
  const late = () => new AwsError('NotStabilized', 'Exceeded attempts to wait')
  const state = stateOf(id, context)
  const hours = SERVICE_TIMEOUT_HOURS[state && shifts(state) ? 'others' : 'rolling']
  await within(patience, hours * 3_600_000, context.signal, late, () => until(context, 1, () => isSettled(id, context)))
  if (stateOf(id, context)?.failure) {
    throw new AwsError(
      'GeneralServiceException',
      "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.",
    )
  }
}

export const ecsResources = {
  'AWS::ECS::Cluster': clusterResource,
  'AWS::ECS::CapacityProvider': capacityProvider,
  'AWS::ECS::ClusterCapacityProviderAssociations': associations,
  'AWS::ECS::TaskDefinition': taskDefinition,
  'AWS::ECS::Service': service,
}
