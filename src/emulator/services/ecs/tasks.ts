import type * as Sdk from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { ecsOf, findCluster, findTask } from './find.ts'
import { runTask } from './new-task.ts'
import { failureReason } from './placement.ts'
import type { ContainerState, EcsState, TaskDefinitionState, TaskState } from './state.ts'
import { stopTask } from './stop-task.ts'
import { usableTaskDefinition } from './task-definitions.ts'

export const tasks = (world: World) =>
  ({
    RunTask: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const definition = usableTaskDefinition(world, call, input.taskDefinition)
      if (definition.input.networkMode === 'awsvpc' && !input.networkConfiguration) {
        throw new AwsError(
          'InvalidParameterException',
          "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )
      }
      const earlier = startedBefore(ecsOf(world, call.region), input, definition)
      if (earlier.length > 0) return { tasks: earlier.map((task) => description(world, call, task)), failures: [] }
      const results = Array.from({ length: input.count ?? 1 }, () =>
        runTask(world, call, definition, cluster.arn, input),
      )
      const started = results.flatMap((one) => ('lacking' in one ? [] : one))
      const lacking = results.flatMap((one) => ('lacking' in one ? one.lacking : []))
      if (started.length === 0 && lacking.length === 0) {
        throw new AwsError('InvalidParameterException', 'No Container Instances were found in your cluster.')
      }
      return {
        tasks: started.map((task) => description(world, call, task)),
        failures: lacking.map(({ instance, lack }) => ({ arn: instance.arn, reason: failureReason(lack) })),
      }
    },

    StopTask: ({ cluster: reference, task: taskReference, reason = 'Task stopped by user' }, call) => {
      findCluster(world, call, reference)
      const task = findTask(world, call, taskReference)
      stopTask(world, task, 'UserInitiated', reason)
      return { task: description(world, call, task) }
    },

    DescribeTasks: ({ cluster: reference, tasks: references = [] }, call) => {
      const cluster = findCluster(world, call, reference)
      const all = Object.values(ecsOf(world, call.region).tasks).filter(({ clusterArn }) => clusterArn === cluster.arn)
      const found = references.map((one) => ({ one, task: all.find((task) => task.arn === one || task.id === one) }))
      return {
        tasks: found.flatMap(({ task }) => (task ? [description(world, call, task)] : [])),
        failures: found
          .filter(({ task }) => !task)
          .map(({ one }) => ({
            arn: one.startsWith('arn:') ? one : arn(world, 'ecs', call.region, `task/${cluster.name}/${one}`),
            reason: 'MISSING',
          })),
      }
    },

    ListTasks: (input, call) => {
      const cluster = findCluster(world, call, input.cluster)
      const { desiredStatus = 'RUNNING', serviceName, family, startedBy, containerInstance, launchType } = input
      const service = serviceName?.split('/').at(-1)
      const arns = Object.values(ecsOf(world, call.region).tasks)
        .filter((task) => task.clusterArn === cluster.arn && task.desiredStatus === desiredStatus)
        .filter((task) => service === undefined || task.group === `service:${service}`)
        .filter((task) => family === undefined || task.definitionArn.includes(`task-definition/${family}:`))
        .filter((task) => startedBy === undefined || task.startedBy === startedBy)
        .filter((task) => launchType === undefined || task.launchType === launchType)
        .filter(
          (task) => containerInstance === undefined || (task.containerInstanceArn ?? '').endsWith(containerInstance),
        )
        .map((task) => task.arn)
      const { items, next } = page(arns, input.maxResults ?? 100, input.nextToken)
      return { taskArns: items, ...(next && { nextToken: next }) }
    },
  }) satisfies Handlers<typeof Sdk>

/** The tasks that a request with the same token has started already. */
function startedBefore(
  { tasks: all }: EcsState,
  { clientToken }: Sdk.RunTaskCommandInput,
  definition: TaskDefinitionState,
): TaskState[] {
  const earlier = Object.values(all).filter((task) => clientToken !== undefined && task.clientToken === clientToken)
  if (earlier.every(({ definitionArn }) => definitionArn === definition.arn)) return earlier
  throw new AwsError(
    'ConflictException',
    'The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request.',
  )
}

function description(world: World, { region }: Call, task: TaskState): Sdk.Task {
  const definition = ecsOf(world, region).taskDefinitions[task.definitionArn]
  const zone =
    task.networkInterface && world.region(region).ec2.subnets[task.networkInterface.subnetId]?.AvailabilityZone
  const instance = ecsOf(world, region).containerInstances[task.containerInstanceArn ?? '']
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.definitionArn,
    group: task.group,
    launchType: task.launchType,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: taskHealth(task),
    connectivity: 'CONNECTED',
    createdAt: task.createdAt,
    version: 1,
    enableExecuteCommand: task.enableExecuteCommand,
    attachments: task.networkInterface ? [attachment(task, task.networkInterface)] : [],
    containers: task.containers.map((container) => containerDescription(task, container)),
    overrides: { containerOverrides: [...task.overrides] },
    tags: task.tags,
    availabilityZone: zone ?? instance?.availabilityZone ?? '',
    ...(task.capacityProvider !== undefined && { capacityProviderName: task.capacityProvider }),
    ...pick(task, [
      'startedBy',
      'platformVersion',
      'containerInstanceArn',
      'pullStartedAt',
      'pullStoppedAt',
      'startedAt',
      'stoppingAt',
      'stoppedAt',
      'stopCode',
      'stoppedReason',
    ]),
    ...(definition?.input.cpu !== undefined && { cpu: definition.input.cpu }),
    ...(definition?.input.memory !== undefined && { memory: definition.input.memory }),
    ...(definition?.input.ephemeralStorage && { ephemeralStorage: definition.input.ephemeralStorage }),
  }
}

/** The members that are there. */
function pick<Source extends object, Key extends keyof Source>(
  source: Source,
  keys: readonly Key[],
): Partial<Pick<Source, Key>> {
  return Object.fromEntries(
    keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]),
  ) as Partial<Pick<Source, Key>>
}

function taskHealth({ containers }: TaskState): Sdk.HealthStatus {
  const checks = containers.filter(({ essential }) => essential).map(({ health }) => health)
  if (checks.includes('UNHEALTHY')) return 'UNHEALTHY'
  return checks.includes('HEALTHY') ? 'HEALTHY' : 'UNKNOWN'
}

const attachment = (task: TaskState, network: NonNullable<TaskState['networkInterface']>): Sdk.Attachment => ({
  id: `${task.id.slice(0, 8)}-eni`,
  type: 'ElasticNetworkInterface',
  status: task.lastStatus === 'STOPPED' ? 'DELETED' : 'ATTACHED',
  details: [
    { name: 'subnetId', value: network.subnetId },
    { name: 'networkInterfaceId', value: network.id },
    { name: 'macAddress', value: network.macAddress },
    { name: 'privateIPv4Address', value: network.privateIp },
  ],
})

const containerDescription = (task: TaskState, container: ContainerState): Sdk.Container => ({
  containerArn: container.arn,
  taskArn: task.arn,
  name: container.name,
  image: container.image,
  lastStatus: container.lastStatus,
  healthStatus: container.health,
  networkInterfaces: task.networkInterface
    ? [{ attachmentId: `${task.id.slice(0, 8)}-eni`, privateIpv4Address: task.networkInterface.privateIp }]
    : [],
  networkBindings: task.networkInterface
    ? []
    : container.ports.map(({ containerPort, hostPort, protocol }) => ({
        bindIP: '0.0.0.0',
        containerPort,
        hostPort,
        protocol,
      })),
  gpuIds: container.gpuIds,
  ...pick(container, ['imageDigest', 'runtimeId', 'exitCode', 'reason']),
})
