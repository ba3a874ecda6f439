import type * as Sdk from '@aws-sdk/client-ecs'
import { bellOf } from '../../bell.ts'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { addDeployment } from './deployments.ts'
import { ecsOf, findCluster, findService, findTaskDefinition, isActive, serviceIn, tasksOf } from './find.ts'
import { superviseService } from './scheduler.ts'
import { checkService } from './service-checks.ts'
import { serviceConnectResources } from './service-connect.ts'
import type { DeploymentState, ServiceState } from './state.ts'
import { usableTaskDefinition } from './task-definitions.ts'

/** Changes that start a new deployment; the others only change the service. */
const DEPLOYS: readonly (keyof Sdk.UpdateServiceCommandInput)[] = [
  'taskDefinition',
  'networkConfiguration',
  'platformVersion',
  'capacityProviderStrategy',
  'loadBalancers',
  'serviceConnectConfiguration',
  'volumeConfigurations',
  'enableExecuteCommand',
]

export const services = (world: World) =>
  ({
    CreateService: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const name = input.serviceName ?? ''
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw new AwsError('InvalidParameterException', 'Invalid service name')
      const existing = serviceIn(world, call, cluster, name)
      if (existing && existing.status !== 'INACTIVE') {
        if (existing.input.clientToken !== undefined && existing.input.clientToken === input.clientToken) {
          return { service: description(world, call, existing) }
        }
        throw new AwsError('InvalidParameterException', 'Creation of service was not idempotent.')
      }
      const definition = usableTaskDefinition(world, call, input.taskDefinition)
      checkService(world, call, cluster, input, definition)
      const { tags = [], desiredCount, ...rest } = input
      const service: ServiceState = {
        arn: arn(world, 'ecs', call.region, `service/${cluster.name}/${name}`),
        name,
        clusterArn: cluster.arn,
        status: 'ACTIVE',
        input: { ...rest, taskDefinition: definition.arn },
        desiredCount: desiredCount ?? (input.schedulingStrategy === 'DAEMON' ? 0 : 1),
        createdAt: world.clock.now(),
        createdBy: `arn:aws:iam::${world.account}:user/local`,
        deployments: [],
        events: [],
        tags,
      }
      addDeployment(world, call.region, service, definition.arn)
      ecsOf(world, call.region).services[service.arn] = service
      superviseService(world, call.region, service)
      return { service: description(world, call, service) }
    },

    UpdateService: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const service = findService(world, call, cluster, input.service)
      if (service.input.schedulingStrategy === 'DAEMON' && input.desiredCount !== undefined) {
        throw new AwsError(
          'InvalidParameterException',
          'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
        )
      }
      const { service: _name, cluster: _cluster, desiredCount, forceNewDeployment, taskDefinition, ...changes } = input
      // A service goes on with a definition that has become inactive since.
      const definition =
        taskDefinition === undefined
          ? findTaskDefinition(world, call, service.input.taskDefinition)
          : usableTaskDefinition(world, call, taskDefinition)
      const before = service.input
      const after = {
        ...before,
        ...changes,
        taskDefinition: definition.arn,
        deploymentConfiguration: configured(before.deploymentConfiguration, changes.deploymentConfiguration),
      } as Sdk.CreateServiceCommandInput
      const onlyScales = Object.keys(changes).length === 0 && taskDefinition === undefined && !forceNewDeployment
      if (!onlyScales) checkService(world, call, cluster, after, definition)
      service.input = after
      // What failed before is over once somebody says anew what the service should be.
      delete service.failure
      if (desiredCount !== undefined) service.desiredCount = desiredCount
      const differs = (key: string) =>
        JSON.stringify(before[key as keyof typeof before]) !== JSON.stringify(after[key as keyof typeof after])
      const changed = DEPLOYS.filter((key) => differs(key))
      const fresh = forceNewDeployment || changed.some((key) => key !== 'taskDefinition')
      if (fresh || changed.length > 0) addDeployment(world, call.region, service, definition.arn, { fresh })
      bellOf(world, service.arn).ring()
      return { service: description(world, call, service) }
    },

    DeleteService: ({ cluster: clusterReference, service: reference, force = false }, call) => {
      const cluster = findCluster(world, call, clusterReference)
      const service = serviceIn(world, call, cluster, reference ?? '')
      if (!service || service.status === 'INACTIVE') {
        throw new AwsError('ServiceNotFoundException', 'Service not found.')
      }
      const scaled = service.desiredCount > 0 || tasksOf(world, call.region, service).some(isActive)
      if (scaled && !force && service.input.schedulingStrategy !== 'DAEMON') {
        throw new AwsError('InvalidParameterException', 'The service cannot be stopped while it is scaled above 0.')
      }
      service.status = 'DRAINING'
      service.desiredCount = 0
      bellOf(world, service.arn).ring()
      return { service: description(world, call, service) }
    },

    DescribeServices: ({ cluster: clusterReference, services: references = [] }, call) => {
      const cluster = findCluster(world, call, clusterReference)
      const found = references.map((reference) => ({ reference, service: serviceIn(world, call, cluster, reference) }))
      return {
        services: found.flatMap(({ service }) => (service ? [description(world, call, service)] : [])),
        failures: found
          .filter(({ service }) => !service)
          .map(({ reference }) => ({
            arn: reference.startsWith('arn:')
              ? reference
              : arn(world, 'ecs', call.region, `service/${cluster.name}/${reference}`),
            reason: 'MISSING',
          })),
      }
    },

    ListServices: ({ cluster: clusterReference, maxResults = 10, nextToken, launchType, schedulingStrategy }, call) => {
      const cluster = findCluster(world, call, clusterReference)
      const arns = Object.values(ecsOf(world, call.region).services)
        .filter(({ clusterArn, status }) => clusterArn === cluster.arn && status !== 'INACTIVE')
        .filter(({ input }) => launchType === undefined || input.launchType === launchType)
        .filter(
          ({ input }) =>
            schedulingStrategy === undefined || (input.schedulingStrategy ?? 'REPLICA') === schedulingStrategy,
        )
        .map((service) => service.arn)
      const { items, next } = page(arns, maxResults, nextToken)
      return { serviceArns: items, ...(next && { nextToken: next }) }
    },
  }) satisfies Handlers<typeof Sdk>

function description(world: World, call: Call, service: ServiceState): Sdk.Service {
  const { input } = service
  const counts = counted(world, call, service)
  return {
    ...(input as Omit<Sdk.Service, 'deploymentController'>),
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    ...counts(() => true),
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    schedulingStrategy: input.schedulingStrategy ?? 'REPLICA',
    deploymentController: input.deploymentController ?? { type: 'ECS' },
    deploymentConfiguration: {
      maximumPercent: 200,
      minimumHealthyPercent: 100,
      strategy: 'ROLLING',
      ...input.deploymentConfiguration,
    },
    createdAt: service.createdAt,
    createdBy: service.createdBy,
    events: service.events,
    deployments: service.deployments.map((deployment) => ({
      ...deploymentDescription(service, deployment, counts),
      ...(input.serviceConnectConfiguration && {
        serviceConnectConfiguration: input.serviceConnectConfiguration,
        serviceConnectResources: serviceConnectResources(world, call.region, service),
      }),
    })),
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: input.placementStrategy ?? [],
    tags: service.tags,
  }
}

type Counts = (of: (deploymentId: string | undefined) => boolean) => { runningCount: number; pendingCount: number }

function counted(world: World, { region }: Call, service: ServiceState): Counts {
  const tasks = tasksOf(world, region, service)
  const running = ['RUNNING', 'DEACTIVATING']
  const pending = ['PROVISIONING', 'PENDING', 'ACTIVATING']
  return (of) => {
    const these = tasks.filter(({ deploymentId }) => of(deploymentId))
    return {
      runningCount: these.filter(({ lastStatus }) => running.includes(lastStatus)).length,
      pendingCount: these.filter((task) => pending.includes(task.lastStatus) && isActive(task)).length,
    }
  }
}

/** What an update does not speak of stays, but for what is of another strategy. */
function configured(
  before: Sdk.DeploymentConfiguration = {},
  wanted: Sdk.DeploymentConfiguration = {},
): Sdk.DeploymentConfiguration {
  const { canaryConfiguration, linearConfiguration, ...common } = before
  const same = wanted.strategy === undefined || wanted.strategy === before.strategy
  return { ...(same ? before : common), ...wanted }
}

const deploymentDescription = (
  { input }: ServiceState,
  deployment: DeploymentState,
  counts: Counts,
): Sdk.Deployment => ({
  id: deployment.id,
  status: deployment.status,
  taskDefinition: deployment.taskDefinition,
  desiredCount: deployment.status === 'PRIMARY' ? deployment.desiredCount : 0,
  ...counts((id) => id === deployment.id),
  failedTasks: deployment.failedTasks,
  createdAt: deployment.createdAt,
  updatedAt: deployment.updatedAt,
  rolloutState: deployment.rolloutState,
  rolloutStateReason: deployment.rolloutStateReason,
  ...(input.launchType !== undefined && { launchType: input.launchType }),
  ...(input.capacityProviderStrategy && { capacityProviderStrategy: input.capacityProviderStrategy }),
  ...(input.networkConfiguration && { networkConfiguration: input.networkConfiguration }),
  ...(input.volumeConfigurations && { volumeConfigurations: input.volumeConfigurations }),
})
