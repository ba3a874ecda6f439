import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs'
import { refuseDefinition } from './refusals.ts'
import { sizeIn } from './sizes.ts'

const GiB = 1024
const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step)

/** CPU units to the MiB that go with them, from the documentation of RegisterTaskDefinition. */
const FARGATE_SIZES: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1 * GiB, 2 * GiB],
  512: range(1 * GiB, 4 * GiB, GiB),
  1024: range(2 * GiB, 8 * GiB, GiB),
  2048: range(4 * GiB, 16 * GiB, GiB),
  4096: range(8 * GiB, 30 * GiB, GiB),
  8192: range(16 * GiB, 60 * GiB, 4 * GiB),
  16384: range(32 * GiB, 120 * GiB, 8 * GiB),
}

/** Windows has no smaller and no larger sizes (developer guide, "Amazon ECS task definition differences for Fargate"). */
const WINDOWS_SIZES = [1024, 2048, 4096]
const LEAST_STORAGE_GIB = 21
const MOST_STORAGE_GIB = 200
const LONGEST_STOP_SECONDS = 120
const FARGATE_DRIVERS = ['awslogs', 'splunk', 'awsfirelens']

/** What Fargate lacks, of a task definition that is to run there. */
export function checkFargate({
  cpu,
  memory,
  networkMode,
  executionRoleArn,
  runtimePlatform = {},
  ephemeralStorage,
  placementConstraints = [],
  containerDefinitions = [],
}: RegisterTaskDefinitionCommandInput): void {
  if (networkMode !== 'awsvpc') refuseDefinition('Fargate only supports network mode ‘awsvpc’.')
  if (cpu === undefined) refuseDefinition("Fargate requires that 'cpu' be defined at the task level.")
  if (memory === undefined) refuseDefinition("Fargate requires that 'memory' be defined at the task level.")
  const windows = runtimePlatform.operatingSystemFamily?.startsWith('WINDOWS') ?? false
  if (windows && runtimePlatform.cpuArchitecture === 'ARM64')
    refuseDefinition('Windows tasks on Fargate support X86_64 only.')
  const size = ephemeralStorage?.sizeInGiB
  if (size !== undefined && (size < LEAST_STORAGE_GIB || size > MOST_STORAGE_GIB)) {
    refuseDefinition(`Ephemeral storage size must be between ${LEAST_STORAGE_GIB} and ${MOST_STORAGE_GIB} GiB.`)
  }
  if (placementConstraints.length > 0)
    refuseDefinition('Fargate compatible task definitions do not support placement constraints.')
  const [units, mebibytes] = [sizeIn(String(cpu), 'vcpu'), sizeIn(String(memory), 'gb')]
  if (!FARGATE_SIZES[units]?.includes(mebibytes) || (windows && !WINDOWS_SIZES.includes(units))) {
    refuseDefinition(
      `No Fargate configuration exists for given values: ${units} CPU, ${mebibytes} memory. See the Amazon ECS documentation for the valid values.`,
    )
  }
  for (const container of containerDefinitions) checkFargateContainer(container)
  for (const {
    resourceRequirements = [],
    privileged,
    secrets = [],
    logConfiguration,
    image = '',
  } of containerDefinitions) {
    if (resourceRequirements.some(({ type }) => type === 'GPU')) {
      refuseDefinition('Tasks using the Fargate launch type do not support GPU resource requirements.')
    }
    if (privileged) refuseDefinition("Fargate compatible task definitions do not support 'privileged' containers.")
    if (executionRoleArn !== undefined) continue
    if (secrets.length > 0)
      refuseDefinition('Fargate requires task definition to have execution role ARN to support secrets.')
    if (logConfiguration?.logDriver === 'awslogs') {
      refuseDefinition(`Fargate requires task definition to have execution role ARN to support log driver awslogs.`)
    }
    if (image.includes('.ecr.'))
      refuseDefinition('Fargate requires task definition to have execution role ARN to support ECR images.')
  }
}

function checkFargateContainer({ linuxParameters, links = [], stopTimeout = 0, ...rest }: ContainerDefinition): void {
  const { capabilities, sharedMemorySize, tmpfs = [], devices = [], maxSwap, swappiness } = linuxParameters ?? {}
  const unsupported = (what: string) => refuseDefinition(`Fargate compatible task definitions do not support ${what}.`)
  if ((capabilities?.add ?? []).some((name) => name !== 'SYS_PTRACE'))
    unsupported('adding capabilities other than SYS_PTRACE')
  if (sharedMemorySize !== undefined) unsupported('sharedMemorySize')
  if (tmpfs.length > 0) unsupported('tmpfs')
  if (devices.length > 0) unsupported('devices')
  if (maxSwap !== undefined || swappiness !== undefined) unsupported('swap settings')
  if (links.length > 0) unsupported('links')
  if ((rest.extraHosts ?? []).length > 0) unsupported('extraHosts')
  if (stopTimeout > LONGEST_STOP_SECONDS)
    refuseDefinition(`The stop timeout cannot be longer than ${LONGEST_STOP_SECONDS} seconds on Fargate.`)
  const driver = rest.logConfiguration?.logDriver
  if (driver !== undefined && !FARGATE_DRIVERS.includes(driver)) unsupported(`the log driver ${driver}`)
}

/** What instances that ECS manages itself lack (developer guide, "Managed Instances: task definition parameters"). */
export function checkManagedInstances({
  networkMode,
  ephemeralStorage,
  ipcMode,
  containerDefinitions = [],
  volumes = [],
}: RegisterTaskDefinitionCommandInput): void {
  const unsupported = (what: string) =>
    refuseDefinition(`Task definitions for Managed Instances do not support ${what}.`)
  if (networkMode !== 'awsvpc' && networkMode !== 'host')
    refuseDefinition('Managed Instances support the network modes awsvpc and host only.')
  if (ephemeralStorage) unsupported('ephemeralStorage')
  if (ipcMode !== undefined) unsupported('ipcMode')
  if (volumes.some(({ host }) => host?.sourcePath !== undefined)) unsupported('host volumes with a source path')
  if (volumes.some(({ dockerVolumeConfiguration }) => dockerVolumeConfiguration)) unsupported('Docker volumes')
  for (const { linuxParameters = {}, links = [], dockerLabels, extraHosts = [], hostname } of containerDefinitions) {
    if (linuxParameters.sharedMemorySize !== undefined) unsupported('sharedMemorySize')
    if ((linuxParameters.tmpfs ?? []).length > 0) unsupported('tmpfs')
    if (links.length > 0) unsupported('links')
    if (dockerLabels !== undefined) unsupported('dockerLabels')
    if (extraHosts.length > 0) unsupported('extraHosts')
    if (hostname !== undefined) unsupported('hostname')
  }
}

/** Instances that are not AWS's have none of its network interfaces and file systems. */
export function checkExternal({ networkMode, volumes = [] }: RegisterTaskDefinitionCommandInput): void {
  if (networkMode === 'awsvpc') refuseDefinition('The EXTERNAL launch type does not support network mode awsvpc.')
  if (volumes.some(({ efsVolumeConfiguration }) => efsVolumeConfiguration)) {
    refuseDefinition('The EXTERNAL launch type does not support EFS volumes.')
  }
}
