import { imported } from '../exported.ts'
import type { ServiceInputs } from '../features/feature.ts'
import type { Service } from '../manifest/model.ts'
import { type Disk, type NamedVolume, volumesOf } from '../manifest/volumes.ts'
import { type Json, merge, readTemplate, type Template, withProperties } from '../template.ts'
import { accessPointOf, serviceResource } from './file-systems.ts'

/** What is mounted, as the task and its service say it. */
export function withVolumes(template: Template, { service, texts }: ServiceInputs): Template {
  const volumes = volumesOf(service.settings)
  const sized = withEphemeral(template, service)
  if (volumes.length === 0) return sized
  const mounted = withProperties(sized, 'TaskDefinition', (task) => ({ ...task, Volumes: volumes.map(asVolume) }))
  const disks = volumes.flatMap((one) => (one.kind === 'ebs' ? [{ ...one, disk: one.disk }] : []))
  if (disks.length === 0) return mounted
  const attached = withProperties(mounted, serviceResource(mounted), (properties) => ({
    ...properties,
    VolumeConfigurations: disks.map(({ name, disk }) => ({ Name: name, ManagedEBSVolume: asDisk(disk) })),
  }))
  return merge(attached, readTemplate(texts.volumeRole))
}

function withEphemeral(template: Template, { settings: { storage } }: Service): Template {
  const { ephemeral: SizeInGiB = 20 } = storage ?? {}
  // Twenty is what a task has anyway, and no size that can be asked for.
  return SizeInGiB === 20
    ? template
    : withProperties(template, 'TaskDefinition', (task) => ({ ...task, EphemeralStorage: { SizeInGiB } }))
}

function asVolume(volume: NamedVolume): Json {
  const { name: Name } = volume
  switch (volume.kind) {
    case 'empty':
      return { Name }
    case 'ebs':
      return { Name, ConfiguredAtLaunch: true }
    case 'host':
      return { Name, Host: { SourcePath: volume.folder } }
    case 'docker': {
      const { scope: Scope, autoprovision: Autoprovision, driver: Driver, options, labels } = volume
      const details = {
        Scope,
        ...(Scope === 'shared' && { Autoprovision }),
        ...(Driver !== undefined && { Driver }),
        ...(Object.keys(options).length > 0 && { DriverOpts: options }),
        ...(Object.keys(labels).length > 0 && { Labels: labels }),
      }
      return { Name, DockerVolumeConfiguration: details }
    }
    case 'fsx': {
      const { id, root_dir, credentials, domain } = volume.details
      const AuthorizationConfig = { CredentialsParameter: credentials, Domain: domain }
      const details = { FileSystemId: id, RootDirectory: root_dir, AuthorizationConfig }
      return { Name, FSxWindowsFileServerVolumeConfiguration: details }
    }
    case 'made': {
      const AuthorizationConfig = { AccessPointId: { Ref: accessPointOf(Name) }, IAM: 'ENABLED' }
      const details = { FilesystemId: { Ref: 'FileSystem' }, TransitEncryption: 'ENABLED', AuthorizationConfig }
      return { Name, EFSVolumeConfiguration: details }
    }
    case 'efs': {
      const { id, root, accessPoint, iam } = volume
      const authorization = {
        ...(accessPoint !== undefined && { AccessPointId: accessPoint }),
        ...(iam && { IAM: 'ENABLED' }),
      }
      const details = {
        FilesystemId: imported(id),
        ...(root !== undefined && { RootDirectory: root }),
        TransitEncryption: 'ENABLED',
        ...(Object.keys(authorization).length > 0 && { AuthorizationConfig: authorization }),
      }
      return { Name, EFSVolumeConfiguration: details }
    }
  }
}

const asDisk = ({ size, type, iops, throughput, filesystem, key, snapshot }: Disk): Json => ({
  RoleArn: { 'Fn::GetAtt': ['VolumeRole', 'Arn'] },
  ...(size !== undefined && { SizeInGiB: size }),
  VolumeType: type,
  Encrypted: true,
  ...(key !== undefined && { KmsKeyId: key }),
  ...(iops !== undefined && { Iops: iops }),
  ...(throughput !== undefined && { Throughput: throughput }),
  ...(snapshot !== undefined && { SnapshotId: snapshot }),
  FilesystemType: filesystem,
  TagSpecifications: [{ ResourceType: 'volume', PropagateTags: 'SERVICE' }],
})
