import type * as Sdk from '@aws-sdk/client-efs'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface FileSystemProperties {
  readonly Encrypted?: boolean
  readonly KmsKeyId?: string
  readonly PerformanceMode?: Sdk.PerformanceMode
  readonly ThroughputMode?: Sdk.ThroughputMode
  readonly ProvisionedThroughputInMibps?: number
  readonly BackupPolicy?: { readonly Status: Sdk.Status }
  readonly LifecyclePolicies?: Sdk.LifecyclePolicy[]
  readonly FileSystemPolicy?: object
  readonly FileSystemTags?: unknown
}

const ABSENT = ['FileSystemNotFound', 'MountTargetNotFound', 'AccessPointNotFound']

function configure(FileSystemId: string, properties: FileSystemProperties, { world, call }: ResourceContext): void {
  const { elasticfilesystem: efs } = world.services
  const { BackupPolicy, LifecyclePolicies = [], FileSystemPolicy } = properties
  efs.PutBackupPolicy({ FileSystemId, BackupPolicy: { Status: BackupPolicy?.Status ?? 'DISABLED' } }, call)
  efs.PutLifecycleConfiguration({ FileSystemId, LifecyclePolicies }, call)
  if (FileSystemPolicy) efs.PutFileSystemPolicy({ FileSystemId, Policy: JSON.stringify(FileSystemPolicy) }, call)
}

const fileSystem = resource<FileSystemProperties>({
  seconds: 10,
  stored: ['BackupPolicy', 'FileSystemPolicy', 'LifecyclePolicies', 'ReplicationConfiguration', 'ThroughputMode'],
  create(properties, context) {
    const { world, call } = context
    const { Encrypted, KmsKeyId, PerformanceMode, ThroughputMode, ProvisionedThroughputInMibps } = properties
    const { FileSystemId = '' } = world.services.elasticfilesystem.CreateFileSystem(
      {
        ...{ CreationToken: world.random.uuid(), Encrypted, KmsKeyId, PerformanceMode, ThroughputMode },
        ...{ ProvisionedThroughputInMibps, Tags: context.tags(properties.FileSystemTags) },
      },
      call,
    )
    configure(FileSystemId, properties, context)
    return FileSystemId
  },
  update: (id, properties, _before, context) => configure(id, properties, context),
  delete: (FileSystemId, _properties, { world, call }) =>
    ignoringAbsent(ABSENT, () => world.services.elasticfilesystem.DeleteFileSystem({ FileSystemId }, call)),
  attributes: (id, { world, call }) => ({
    Arn: `arn:aws:elasticfilesystem:${call.region}:${world.account}:file-system/${id}`,
    FileSystemId: id,
  }),
})

interface MountTargetProperties {
  readonly FileSystemId: string
  readonly SubnetId: string
  readonly SecurityGroups: string[]
}

const mountTarget = resource<MountTargetProperties>({
  // One to two minutes until its name is known in the network.
  seconds: 90,
  create: ({ FileSystemId, SubnetId, SecurityGroups }, { world, call }) =>
    world.services.elasticfilesystem.CreateMountTarget({ FileSystemId, SubnetId, SecurityGroups }, call)
      .MountTargetId ?? '',
  update: (MountTargetId, { SecurityGroups }, _before, { world, call }) => {
    world.services.elasticfilesystem.ModifyMountTargetSecurityGroups({ MountTargetId, SecurityGroups }, call)
  },
  delete: (MountTargetId, _properties, { world, call }) =>
    ignoringAbsent(ABSENT, () => world.services.elasticfilesystem.DeleteMountTarget({ MountTargetId }, call)),
  attributes: (id, { world, call }) => ({
    Id: id,
    IpAddress: world.region(call.region).efs.mountTargets[id]?.IpAddress ?? '',
  }),
})

interface AccessPointProperties {
  readonly FileSystemId: string
  readonly ClientToken?: string
  readonly PosixUser?: { readonly Uid: string; readonly Gid: string; readonly SecondaryGids?: readonly string[] }
  readonly RootDirectory?: {
    readonly Path?: string
    readonly CreationInfo?: { readonly OwnerUid: string; readonly OwnerGid: string; readonly Permissions: string }
  }
  readonly AccessPointTags?: unknown
}

const accessPoint = resource<AccessPointProperties>({
  create({ FileSystemId, ClientToken, PosixUser: user, RootDirectory, AccessPointTags }, context) {
    const { world, call } = context
    const { CreationInfo: info, Path } = RootDirectory ?? {}
    const { AccessPointId = '' } = world.services.elasticfilesystem.CreateAccessPoint(
      {
        FileSystemId,
        ClientToken: ClientToken ?? world.random.uuid(),
        Tags: context.tags(AccessPointTags),
        ...(user && {
          PosixUser: { Uid: Number(user.Uid), Gid: Number(user.Gid), SecondaryGids: user.SecondaryGids?.map(Number) },
        }),
        ...(RootDirectory && {
          RootDirectory: {
            ...(Path !== undefined && { Path }),
            ...(info && {
              CreationInfo: {
                OwnerUid: Number(info.OwnerUid),
                OwnerGid: Number(info.OwnerGid),
                Permissions: info.Permissions,
              },
            }),
          },
        }),
      },
      call,
    )
    return AccessPointId
  },
  update: () => {},
  delete: (AccessPointId, _properties, { world, call }) =>
    ignoringAbsent(ABSENT, () => world.services.elasticfilesystem.DeleteAccessPoint({ AccessPointId }, call)),
  attributes: (id, { world, call }) => ({
    Arn: `arn:aws:elasticfilesystem:${call.region}:${world.account}:access-point/${id}`,
    AccessPointId: id,
  }),
})

export const efsResources = {
  'AWS::EFS::FileSystem': fileSystem,
  'AWS::EFS::MountTarget': mountTarget,
  'AWS::EFS::AccessPoint': accessPoint,
}
