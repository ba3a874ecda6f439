import type { ContainerDefinition, ContainerOverride } from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { OWNER_LABEL } from '../../runtime/labels.ts'
import type { ContainerSpec } from '../../runtime/runtime.ts'
import type { Call, World } from '../../world.ts'
import { gpusOf } from './needs.ts'
import { joinsOf } from './service-connect.ts'
import { sizeIn } from './sizes.ts'
import { StartError } from './start-error.ts'
import type { ContainerState, TaskDefinitionState, TaskState } from './state.ts'
import { connection } from './task-network.ts'
import { mountsOf } from './volumes.ts'

/** What the runtime needs to run a container of a task, with the values of its secrets. Throws StartError. */
export function containerSpec(
  world: World,
  call: Call,
  task: TaskState,
  definition: TaskDefinitionState,
  container: ContainerState,
  fromFiles: Readonly<Record<string, string>> = {},
): ContainerSpec {
  const declared = definition.input.containerDefinitions?.find(({ name }) => name === container.name) ?? {}
  const overridden = task.overrides.find(({ name }) => name === container.name) ?? {}
  const { linuxParameters = {}, healthCheck } = declared
  return {
    name: `ecs-${definition.family}-${definition.revision}-${container.name}-${task.id.slice(0, 12)}`,
    image: container.image,
    windows: isWindows(definition),
    labels: labels(world, task, definition, container),
    environment: { ...fromFiles, ...environment(call, task, declared, overridden), ...secrets(world, call, declared) },
    ...connection(task, definition, declared, joinsOf(world, call.region, task)),
    ...limits(definition, declared, overridden),
    gpus: gpusOf(declared),
    readonlyRootFilesystem: declared.readonlyRootFilesystem ?? false,
    init: linuxParameters.initProcessEnabled ?? false,
    privileged: declared.privileged ?? false,
    interactive: declared.interactive ?? false,
    terminal: declared.pseudoTerminal ?? false,
    addedCapabilities: linuxParameters.capabilities?.add ?? [],
    droppedCapabilities: linuxParameters.capabilities?.drop ?? [],
    tmpfs: (linuxParameters.tmpfs ?? []).map(({ containerPath = '', size = 0, mountOptions = [] }) => ({
      path: containerPath,
      sizeMiB: size,
      options: mountOptions,
    })),
    ulimits: (declared.ulimits ?? []).map(({ name = '', softLimit = 0, hardLimit = 0 }) => ({
      name,
      soft: softLimit,
      hard: hardLimit,
    })),
    mounts: mountsOf({ world, call, task, definition }, declared),
    dockerLabels: declared.dockerLabels ?? {},
    ...(declared.entryPoint && { entryPoint: declared.entryPoint }),
    ...optional('command', overridden.command ?? declared.command),
    ...optional('workingDirectory', declared.workingDirectory),
    ...optional('user', declared.user),
    ...optional('sharedMemoryMiB', linuxParameters.sharedMemorySize),
    ...(healthCheck && {
      healthCheck: {
        command: healthCheck.command ?? [],
        interval: healthCheck.interval ?? 30,
        timeout: healthCheck.timeout ?? 5,
        retries: healthCheck.retries ?? 3,
        startPeriod: healthCheck.startPeriod ?? 0,
      },
    }),
  }
}

export const isWindows = ({ input }: TaskDefinitionState): boolean =>
  input.runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') ?? false

/** Linux knows no smaller weight. */
const LEAST_SHARES = 2

const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [K in Name]?: Value }

const labels = (world: World, task: TaskState, definition: TaskDefinitionState, container: ContainerState) => ({
  [OWNER_LABEL]: world.id,
  'com.amazonaws.ecs.cluster': task.clusterArn.split('/').at(-1) ?? '',
  'com.amazonaws.ecs.container-name': container.name,
  'com.amazonaws.ecs.task-arn': task.arn,
  'com.amazonaws.ecs.task-definition-family': definition.family,
  'com.amazonaws.ecs.task-definition-version': String(definition.revision),
})

function limits({ input }: TaskDefinitionState, declared: ContainerDefinition, overridden: ContainerOverride) {
  const taskMemory = input.memory === undefined ? undefined : sizeIn(input.memory, 'gb')
  const taskCpu = input.cpu === undefined ? undefined : sizeIn(input.cpu, 'vcpu')
  const shares = overridden.cpu ?? declared.cpu
  return {
    ...optional('memoryMiB', overridden.memory ?? declared.memory ?? taskMemory),
    ...optional('memoryReservationMiB', overridden.memoryReservation ?? declared.memoryReservation),
    ...optional('cpuUnits', taskCpu),
    ...optional('cpuShares', shares === undefined || shares === 0 ? undefined : Math.max(LEAST_SHARES, shares)),
  }
}

function environment(call: Call, task: TaskState, declared: ContainerDefinition, overridden: ContainerOverride) {
  const pairs = [...(declared.environment ?? []), ...(overridden.environment ?? [])]
  return {
    AWS_EXECUTION_ENV: task.launchType === 'FARGATE' ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
    AWS_REGION: call.region,
    AWS_DEFAULT_REGION: call.region,
    ...Object.fromEntries(pairs.map(({ name = '', value = '' }) => [name, value])),
  }
}

function secrets(world: World, call: Call, { secrets: declared = [] }: ContainerDefinition): Record<string, string> {
  return Object.fromEntries(
    declared.map(({ name = '', valueFrom = '' }) => [name, secretValue(world, call, valueFrom)]),
  )
}

/** `arn:aws:secretsmanager:…:secret:name-6chars[:json-key[:stage[:version]]]`, or an SSM parameter by name or ARN. */
function secretValue(world: World, call: Call, reference: string): string {
  try {
    if (!reference.startsWith('arn:aws:secretsmanager:')) {
      const Name = reference.replace(/^arn:aws:ssm:[^:]*:[^:]*:parameter/, '')
      return world.services.ssm.GetParameter({ Name, WithDecryption: true }, call).Parameter?.Value ?? ''
    }
    const parts = reference.split(':')
    const [key, stage, version] = parts.slice(7)
    const { SecretString = '' } = world.services.secretsmanager.GetSecretValue(
      {
        SecretId: parts.slice(0, 7).join(':'),
        ...(stage && { VersionStage: stage }),
        ...(version && { VersionId: version }),
      },
      call,
    )
    return key ? String((JSON.parse(SecretString) as Record<string, unknown>)[key]) : SecretString
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const from = reference.startsWith('arn:aws:secretsmanager:') ? 'asm' : 'ssm'
    throw new StartError(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from ${from}: service call has been retried 1 time(s): ${reference}: ${error.code}: ${error.message}`,
    )
  }
}
