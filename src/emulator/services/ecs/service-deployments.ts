import type * as Sdk from '@aws-sdk/client-ecs'
import { bellOf } from '../../bell.ts'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { failureThreshold } from './deployments.ts'
import { ecsOf, findCluster, isActive, serviceIn, tasksOf } from './find.ts'
import type { ServiceDeploymentState, ServiceState, TrafficShift } from './state.ts'
import { targetsOfSide } from './targets.ts'

/** Where somebody may still ask for a rollback (developer guide, "Stopping Amazon ECS service deployments"). */
const STOPPABLE = ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS']
const MOST_DESCRIBED = 20

export const serviceDeployments = (world: World) =>
  ({
    ListServiceDeployments: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const service = serviceIn(world, call, cluster, input.service ?? '')
      if (!service) throw new AwsError('ServiceNotFoundException', 'Service not found.')
      const { status = [], createdAt: { after, before } = {}, maxResults = 20, nextToken } = input
      const wanted = (service.history ?? []).filter(
        (one) =>
          (status.length === 0 || status.includes(one.status)) &&
          (after === undefined || one.createdAt >= after) &&
          (before === undefined || one.createdAt <= before),
      )
      const { items, next } = page(wanted, maxResults, nextToken)
      return {
        serviceDeployments: items.map((one) => brief(world, call, service, one)),
        ...(next && { nextToken: next }),
      }
    },

    DescribeServiceDeployments: ({ serviceDeploymentArns = [] }, call) => {
      if (serviceDeploymentArns.length > MOST_DESCRIBED) {
        throw new AwsError('InvalidParameterException', `Service deployments can have at most ${MOST_DESCRIBED} items.`)
      }
      const found = serviceDeploymentArns.map((wanted) => ({ wanted, place: find(world, call, wanted) }))
      return {
        serviceDeployments: found.flatMap(({ place }) =>
          place ? [description(world, call, place.service, place.record)] : [],
        ),
        failures: missing(found),
      }
    },

    DescribeServiceRevisions: ({ serviceRevisionArns = [] }, call) => {
      const found = serviceRevisionArns.map((wanted) => ({
        wanted,
        place: all(world, call).find(
          ({ service, record }) => revisionArn(world, call, service, record.revision) === wanted,
        ),
      }))
      return {
        serviceRevisions: found.flatMap(({ place }) =>
          place ? [revision(world, call, place.service, place.record)] : [],
        ),
        failures: missing(found),
      }
    },

    StopServiceDeployment: ({ serviceDeploymentArn, stopType = 'ROLLBACK' }, call) => {
      const place = find(world, call, serviceDeploymentArn)
      if (!place) throw new AwsError('ServiceDeploymentNotFoundException', 'Service deployment not found.')
      if (stopType !== 'ROLLBACK') {
        throw new AwsError('InvalidParameterException', `The stop type ${stopType} is not supported.`)
      }
      const { service, record } = place
      if (!STOPPABLE.includes(record.status)) {
        throw new AwsError(
          'ConflictException',
          `The service deployment is in status ${record.status} and cannot be stopped.`,
        )
      }
      if (record.status === 'PENDING' || record.status === 'IN_PROGRESS') {
        record.status = 'ROLLBACK_REQUESTED'
        record.seen = false
        record.updatedAt = world.clock.now()
        bellOf(world, service.arn).ring()
      }
      return { serviceDeploymentArn: serviceDeploymentArn ?? '' }
    },
  }) satisfies Handlers<typeof Sdk>

interface Place {
  readonly service: ServiceState
  readonly record: ServiceDeploymentState
}

const all = (world: World, { region }: Call): Place[] =>
  Object.values(ecsOf(world, region).services).flatMap((service) =>
    (service.history ?? []).map((record) => ({ service, record })),
  )

const find = (world: World, call: Call, wanted: string | undefined): Place | undefined =>
  all(world, call).find(({ service, record }) => deploymentArn(world, call, service, record) === wanted)

const missing = (found: readonly { readonly wanted: string; readonly place: unknown }[]): Sdk.Failure[] =>
  found.filter(({ place }) => !place).map(({ wanted }) => ({ arn: wanted, reason: 'MISSING' }))

/** `…:service/<cluster>/<name>` with another kind of resource. */
const partArn = (world: World, { region }: Call, { arn: serviceArn }: ServiceState, kind: string, id: string): string =>
  arn(world, 'ecs', region, `${kind}/${serviceArn.split('/').slice(1).join('/')}/${id}`)

const deploymentArn = (world: World, call: Call, service: ServiceState, { id }: ServiceDeploymentState): string =>
  partArn(world, call, service, 'service-deployment', id)

const revisionArn = (world: World, call: Call, service: ServiceState, id: string): string =>
  partArn(world, call, service, 'service-revision', id)

const brief = (
  world: World,
  call: Call,
  service: ServiceState,
  record: ServiceDeploymentState,
): Sdk.ServiceDeploymentBrief => ({
  serviceDeploymentArn: deploymentArn(world, call, service, record),
  serviceArn: service.arn,
  clusterArn: service.clusterArn,
  targetServiceRevisionArn: revisionArn(world, call, service, record.revision),
  status: record.status,
  createdAt: record.createdAt,
  ...(record.startedAt && { startedAt: record.startedAt }),
  ...(record.finishedAt && { finishedAt: record.finishedAt }),
  ...(record.statusReason !== undefined && { statusReason: record.statusReason }),
})

function description(
  world: World,
  call: Call,
  service: ServiceState,
  record: ServiceDeploymentState,
): Sdk.ServiceDeployment {
  const { targetServiceRevisionArn, ...common } = brief(world, call, service, record)
  const { rollback, source, input } = record
  const deployment = service.deployments.find(({ id }) => id === record.deploymentId)
  const { deploymentCircuitBreaker: breaker, alarms } = input.deploymentConfiguration ?? {}
  const monitored = record.alarms
    ? 'TRIGGERED'
    : STOPPABLE.includes(record.status)
      ? 'MONITORING'
      : 'MONITORING_COMPLETE'
  return {
    ...common,
    updatedAt: record.updatedAt,
    ...(record.shift && { lifecycleStage: record.shift.stage }),
    targetServiceRevision: summary(world, call, service, record.revision, record.shift),
    sourceServiceRevisions: source === undefined ? [] : [summary(world, call, service, source, record.shift)],
    deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100, ...input.deploymentConfiguration },
    deploymentCircuitBreaker: {
      status: !breaker?.enable
        ? 'DISABLED'
        : record.broken
          ? 'TRIGGERED'
          : monitored === 'TRIGGERED'
            ? 'MONITORING_COMPLETE'
            : monitored,
      failureCount: deployment?.consecutiveFailures ?? 0,
      threshold: failureThreshold(service) ?? 0,
    },
    ...(alarms?.enable && {
      alarms: {
        status: monitored,
        alarmNames: alarms.alarmNames ?? [],
        triggeredAlarmNames: [...(record.alarms ?? [])],
      },
    }),
    ...(rollback && {
      rollback: {
        reason: rollback.reason,
        startedAt: rollback.startedAt,
        ...(rollback.revision !== undefined && {
          serviceRevisionArn: revisionArn(world, call, service, rollback.revision),
        }),
      },
    }),
  }
}

function summary(
  world: World,
  call: Call,
  service: ServiceState,
  id: string,
  shift?: TrafficShift,
): Sdk.ServiceRevisionSummary {
  const deploymentIds = (service.history ?? []).flatMap(({ revision, deploymentId, rollback }) => [
    ...(revision === id ? [deploymentId] : []),
    ...(rollback?.revision === id ? [rollback.deploymentId] : []),
  ])
  const tasks = tasksOf(world, call.region, service).filter(
    (task) => isActive(task) && deploymentIds.includes(task.deploymentId ?? ''),
  )
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length
  const share = (percent: number) => (deploymentIds.includes(shift?.deploymentId ?? '') ? percent : 100 - percent)
  return {
    arn: revisionArn(world, call, service, id),
    requestedTaskCount: deploymentIds.includes(service.deployments[0]?.id ?? '') ? service.desiredCount : tasks.length,
    runningTaskCount: running,
    pendingTaskCount: tasks.length - running,
    ...(shift && {
      requestedProductionTrafficWeight: share(shift.production),
      requestedTestTrafficWeight: share(shift.test),
    }),
  }
}

/** What a service was to be, as it stood when its deployment began. */
function revision(
  world: World,
  call: Call,
  service: ServiceState,
  { revision: id, input, createdAt, alternate = false }: ServiceDeploymentState,
): Sdk.ServiceRevision {
  return {
    serviceRevisionArn: revisionArn(world, call, service, id),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    taskDefinition: input.taskDefinition ?? '',
    createdAt,
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    resolvedConfiguration: {
      loadBalancers: targetsOfSide(input.loadBalancers ?? [], alternate).map(
        ({ targetGroupArn, advancedConfiguration }) => ({
          targetGroupArn,
          ...(advancedConfiguration?.productionListenerRule && {
            productionListenerRule: advancedConfiguration.productionListenerRule,
          }),
        }),
      ),
    },
    ...(input.serviceConnectConfiguration && { serviceConnectConfiguration: input.serviceConnectConfiguration }),
    ...(input.launchType !== undefined && { launchType: input.launchType }),
    ...(input.capacityProviderStrategy && { capacityProviderStrategy: input.capacityProviderStrategy }),
    ...(input.networkConfiguration && { networkConfiguration: input.networkConfiguration }),
    ...(input.platformVersion !== undefined && { platformVersion: input.platformVersion }),
  }
}
