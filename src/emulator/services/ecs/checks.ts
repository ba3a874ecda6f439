import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs'
import { clusterQuery } from './cluster-query.ts'
import { checkExternal, checkFargate, checkManagedInstances } from './compatibility.ts'
import { refuseDefinition } from './refusals.ts'
import { checkStorage } from './volume-checks.ts'

/** In bytes. */
const LARGEST = 65_536

/** What ECS refuses when a task definition is registered. */
export function checkTaskDefinition(input: RegisterTaskDefinitionCommandInput): void {
  const { family = '', containerDefinitions = [], requiresCompatibilities = [], networkMode } = input
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) refuseDefinition('Family contains invalid characters.')
  if (containerDefinitions.length === 0) refuseDefinition('Container list cannot be empty.')
  if (!containerDefinitions.some(({ essential }) => essential !== false)) {
    refuseDefinition('At least one container in a task definition must be marked as essential.')
  }
  const names = containerDefinitions.map(({ name }) => name)
  if (new Set(names).size < names.length) refuseDefinition('Container names must be unique.')
  const bytes = Buffer.byteLength(JSON.stringify(input))
  if (bytes > LARGEST) refuseDefinition(`Actual length: '${bytes}'. Max allowed length is '${LARGEST}' bytes.`)
  for (const container of containerDefinitions) checkContainer(container, input)
  checkStorage(input)
  for (const { expression = '', type } of input.placementConstraints ?? []) {
    if (type === 'memberOf') clusterQuery(expression)
  }
  if (requiresCompatibilities.includes('FARGATE')) checkFargate(input)
  if (requiresCompatibilities.includes('MANAGED_INSTANCES')) checkManagedInstances(input)
  if (requiresCompatibilities.includes('EXTERNAL')) checkExternal(input)
  if (networkMode === 'none' && containerDefinitions.some(({ portMappings = [] }) => portMappings.length > 0)) {
    refuseDefinition("Port mappings are not supported when networkMode is 'none'.")
  }
}

function checkContainer(
  container: ContainerDefinition,
  { memory, networkMode, containerDefinitions = [] }: RegisterTaskDefinitionCommandInput,
): void {
  const { name, image, portMappings = [], dependsOn = [] } = container
  if (!name) refuseDefinition('Container.name should not be null or empty.')
  if (!image) refuseDefinition('Container.image should not be null or empty.')
  if (memory === undefined && container.memory === undefined && container.memoryReservation === undefined) {
    refuseDefinition(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    )
  }
  if (
    container.memory !== undefined &&
    container.memoryReservation !== undefined &&
    container.memory < container.memoryReservation
  ) {
    refuseDefinition(
      `Invalid setting for container '${name}'. The value of 'memoryReservation' must be less than or equal to 'memory'.`,
    )
  }
  for (const { containerPort, hostPort } of portMappings) {
    if (networkMode === 'awsvpc' && hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort) {
      refuseDefinition('When networkMode=awsvpc, the host ports and container ports in port mappings must match.')
    }
  }
  for (const { containerName, condition } of dependsOn) {
    const other = containerDefinitions.find((one) => one.name === containerName)
    if (!other)
      refuseDefinition(
        `Container '${name}' depends on container '${containerName}' that is not in the task definition.`,
      )
    if (condition === 'HEALTHY' && !other?.healthCheck) {
      refuseDefinition(`Invalid dependency for container '${name}': container '${containerName}' has no health check.`)
    }
  }
}
