import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'

const refuse = (message: string): never => {
  throw new AwsError('ClientException', message)
}

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

/** What ECS refuses when a task definition is registered. */
export function checkTaskDefinition(input: RegisterTaskDefinitionCommandInput): void {
  const { family = '', containerDefinitions = [], requiresCompatibilities = [], networkMode } = input
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) refuse('Family contains invalid characters.')
  if (containerDefinitions.length === 0) refuse('Container list cannot be empty.')
  if (!containerDefinitions.some(({ essential }) => essential !== false)) {
    refuse('At least one container in a task definition must be marked as essential.')
  }
  const names = containerDefinitions.map(({ name }) => name)
  if (new Set(names).size < names.length) refuse('Container names must be unique.')
  for (const container of containerDefinitions) checkContainer(container, input)
  if (requiresCompatibilities.includes('FARGATE')) checkFargate(input)
  if (networkMode === 'none' && containerDefinitions.some(({ portMappings = [] }) => portMappings.length > 0)) {
    refuse("Port mappings are not supported when networkMode is 'none'.")
  }
}

function checkContainer(
  container: ContainerDefinition,
  { memory, networkMode, containerDefinitions = [] }: RegisterTaskDefinitionCommandInput,
): void {
  const { name, image, portMappings = [], dependsOn = [] } = container
  if (!name) refuse('Container.name should not be null or empty.')
  if (!image) refuse('Container.image should not be null or empty.')
  if (memory === undefined && container.memory === undefined && container.memoryReservation === undefined) {
    refuse(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    )
  }
  if (
    container.memory !== undefined &&
    container.memoryReservation !== undefined &&
    container.memory < container.memoryReservation
  ) {
    refuse(
      `Invalid setting for container '${name}'. The value of 'memoryReservation' must be less than or equal to 'memory'.`,
    )
  }
  for (const { containerPort, hostPort } of portMappings) {
    if (networkMode === 'awsvpc' && hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort) {
      refuse('When networkMode=awsvpc, the host ports and container ports in port mappings must match.')
    }
  }
  for (const { containerName, condition } of dependsOn) {
    const other = containerDefinitions.find((one) => one.name === containerName)
    if (!other)
      refuse(`Container '${name}' depends on container '${containerName}' that is not in the task definition.`)
    if (condition === 'HEALTHY' && !other?.healthCheck) {
      refuse(`Invalid dependency for container '${name}': container '${containerName}' has no health check.`)
    }
  }
}

function checkFargate({
  cpu,
  memory,
  networkMode,
  executionRoleArn,
  containerDefinitions = [],
}: RegisterTaskDefinitionCommandInput): void {
  if (networkMode !== 'awsvpc') refuse('Fargate only supports network mode ‘awsvpc’.')
  if (cpu === undefined) refuse("Fargate requires that 'cpu' be defined at the task level.")
  if (memory === undefined) refuse("Fargate requires that 'memory' be defined at the task level.")
  const [units, mebibytes] = [sizeIn(String(cpu), 'vcpu'), sizeIn(String(memory), 'gb')]
  if (!FARGATE_SIZES[units]?.includes(mebibytes)) {
    refuse(
      `No Fargate configuration exists for given values: ${units} CPU, ${mebibytes} memory. See the Amazon ECS documentation for the valid values.`,
    )
  }
  for (const {
    resourceRequirements = [],
    privileged,
    secrets = [],
    logConfiguration,
    image = '',
  } of containerDefinitions) {
    if (resourceRequirements.some(({ type }) => type === 'GPU')) {
      refuse('Tasks using the Fargate launch type do not support GPU resource requirements.')
    }
    if (privileged) refuse("Fargate compatible task definitions do not support 'privileged' containers.")
    if (executionRoleArn !== undefined) continue
    if (secrets.length > 0) refuse('Fargate requires task definition to have execution role ARN to support secrets.')
    if (logConfiguration?.logDriver === 'awslogs') {
      refuse(`Fargate requires task definition to have execution role ARN to support log driver awslogs.`)
    }
    if (image.includes('.ecr.'))
      refuse('Fargate requires task definition to have execution role ARN to support ECR images.')
  }
}

/** `1024`, `1 vCPU` and `4 GB` are all ways to say it. */
export function sizeIn(text: string, unit: 'vcpu' | 'gb'): number {
  const [, amount = '', suffix] = /^([\d.]+)\s*(vcpu|gb)?$/i.exec(text.trim()) ?? []
  return suffix?.toLowerCase() === unit ? Number(amount) * 1024 : Number(amount)
}
