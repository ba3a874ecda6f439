import type { RegisterTaskDefinitionCommandInput, Volume } from '@aws-sdk/client-ecs'
import { refuseDefinition } from './refusals.ts'

/** What ECS refuses of volumes, mount points and files of variables when a task definition is registered. */
export function checkStorage(input: RegisterTaskDefinitionCommandInput): void {
  const { containerDefinitions = [], volumes = [], requiresCompatibilities = [] } = input
  const names = volumes.map(({ name }) => name)
  if (new Set(names).size < names.length) refuseDefinition('Volume names must be unique.')
  for (const volume of volumes) checkVolume(volume, requiresCompatibilities.includes('FARGATE'))
  for (const { name, mountPoints = [], volumesFrom = [], environmentFiles = [] } of containerDefinitions) {
    for (const { sourceVolume } of mountPoints) {
      if (!names.includes(sourceVolume)) refuseDefinition(`Unknown volume '${sourceVolume}'.`)
    }
    for (const { sourceContainer } of volumesFrom) {
      if (!containerDefinitions.some((other) => other.name === sourceContainer)) {
        refuseDefinition(
          `Container '${name}' takes volumes from container '${sourceContainer}' that is not in the task definition.`,
        )
      }
    }
    for (const { value = '' } of environmentFiles) {
      if (!/^arn:aws[\w-]*:s3:::[^/]+\/.+\.env$/.test(value)) {
        refuseDefinition(`Invalid environment file '${value}'. The file must be an S3 object with the extension .env.`)
      }
    }
  }
}

function checkVolume(volume: Volume, fargate: boolean): void {
  const { name, host, dockerVolumeConfiguration, efsVolumeConfiguration: efs } = volume
  const kinds = [
    ...[host, dockerVolumeConfiguration, efs, volume.fsxWindowsFileServerVolumeConfiguration],
    volume.configuredAtLaunch || undefined,
  ].filter((kind) => kind !== undefined)
  if (kinds.length > 1) refuseDefinition(`Volume '${name}' can be of one kind only.`)
  if (fargate && host?.sourcePath !== undefined)
    refuseDefinition('host.sourcePath should not be set for volumes in Fargate.')
  if (fargate && dockerVolumeConfiguration) refuseDefinition('Docker volumes are not supported in Fargate.')
  const { authorizationConfig: { accessPointId, iam } = {}, rootDirectory, transitEncryption } = efs ?? {}
  if (efs && transitEncryption !== 'ENABLED' && (accessPointId !== undefined || iam === 'ENABLED')) {
    refuseDefinition(
      'Transit encryption must be enabled for EFS volumes that use IAM authorization or an access point.',
    )
  }
  if (accessPointId !== undefined && rootDirectory !== undefined && rootDirectory !== '/') {
    refuseDefinition('The root directory of an EFS volume with an access point must be omitted or /.')
  }
}
