import type * as Sdk from '@aws-sdk/client-efs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type World } from '../../world.ts'
import { type EfsState, efsOf, type FileSystem, findFileSystem, mountTargetsOf } from './state.ts'
import { fileSystemLabels } from './volumes.ts'

/** What a directory of a new file system takes up, which is the least that EFS says. */
const EMPTY_BYTES = 6144

export const fileSystems = (world: World) =>
  ({
    CreateFileSystem: (input, call) => {
      const { fileSystems: all } = efsOf(world, call)
      const { CreationToken = '', Encrypted = false, KmsKeyId, ThroughputMode = 'bursting', Tags } = input
      const same = Object.values(all).find((one) => one.CreationToken === CreationToken)
      if (same) {
        throw new AwsError(
          'FileSystemAlreadyExists',
          `File system '${same.FileSystemId}' already exists with creation token '${CreationToken}'`,
          409,
        )
      }
      if (KmsKeyId !== undefined && !Encrypted) {
        throw new AwsError('BadRequest', 'KmsKeyId can only be specified when Encrypted is set to true.')
      }
      if (ThroughputMode === 'provisioned' && input.ProvisionedThroughputInMibps === undefined) {
        throw new AwsError(
          'BadRequest',
          'ProvisionedThroughputInMibps is required for the throughput mode provisioned.',
        )
      }
      const id = `fs-${world.random.hex(17)}`
      const created: FileSystem = {
        OwnerId: world.account,
        CreationToken,
        FileSystemId: id,
        FileSystemArn: arn(world, 'elasticfilesystem', call.region, `file-system/${id}`),
        CreationTime: world.clock.now(),
        LifeCycleState: 'available',
        SizeInBytes: { Value: EMPTY_BYTES },
        PerformanceMode: input.PerformanceMode ?? 'generalPurpose',
        Encrypted,
        ThroughputMode,
        ...(Encrypted && { KmsKeyId: KmsKeyId ?? arn(world, 'kms', call.region, `key/${world.random.uuid()}`) }),
        ...(input.ProvisionedThroughputInMibps !== undefined && {
          ProvisionedThroughputInMibps: input.ProvisionedThroughputInMibps,
        }),
        FileSystemProtection: { ReplicationOverwriteProtection: 'ENABLED' },
        tags: tagRecord(Tags),
        backup: input.Backup ? 'ENABLED' : 'DISABLED',
        lifecycle: [],
      }
      all[id] = created
      return described(efsOf(world, call), created)
    },

    DescribeFileSystems: ({ FileSystemId, CreationToken, MaxItems = 100, Marker }, call) => {
      const all = FileSystemId
        ? [findFileSystem(world, call, FileSystemId)]
        : Object.values(efsOf(world, call).fileSystems)
      const asked = all.filter((one) => CreationToken === undefined || one.CreationToken === CreationToken)
      const { items, next } = page(asked, MaxItems, Marker)
      return {
        FileSystems: items.map((one) => described(efsOf(world, call), one)),
        ...(next !== undefined && { NextMarker: next }),
      }
    },

    DeleteFileSystem: ({ FileSystemId }, call) => {
      const { FileSystemId: id } = findFileSystem(world, call, FileSystemId)
      const efs = efsOf(world, call)
      if (mountTargetsOf(efs, id).length > 0) {
        throw new AwsError(
          'FileSystemInUse',
          `File system '${id}' has mount targets created in it. You must first delete the mount targets.`,
          409,
        )
      }
      delete efs.fileSystems[id]
      for (const point of Object.values(efs.accessPoints)) {
        if (point.FileSystemId === id) delete efs.accessPoints[point.AccessPointId]
      }
      world.background(() => world.runtime.removeVolumes(fileSystemLabels(world, id)))
      return {}
    },

    PutBackupPolicy: ({ FileSystemId, BackupPolicy }, call) => {
      const fileSystem = findFileSystem(world, call, FileSystemId)
      fileSystem.backup = BackupPolicy?.Status ?? 'DISABLED'
      return { BackupPolicy: { Status: fileSystem.backup } }
    },

    DescribeBackupPolicy: ({ FileSystemId }, call) => ({
      BackupPolicy: { Status: findFileSystem(world, call, FileSystemId).backup },
    }),

    PutLifecycleConfiguration: ({ FileSystemId, LifecyclePolicies = [] }, call) => {
      findFileSystem(world, call, FileSystemId).lifecycle = LifecyclePolicies
      return { LifecyclePolicies }
    },

    DescribeLifecycleConfiguration: ({ FileSystemId }, call) => ({
      LifecyclePolicies: findFileSystem(world, call, FileSystemId).lifecycle,
    }),

    PutFileSystemPolicy: ({ FileSystemId, Policy = '' }, call) => {
      const fileSystem = findFileSystem(world, call, FileSystemId)
      fileSystem.policy = Policy
      return { FileSystemId: fileSystem.FileSystemId, Policy }
    },

    DescribeFileSystemPolicy: ({ FileSystemId }, call) => {
      const { FileSystemId: id, policy } = findFileSystem(world, call, FileSystemId)
      if (policy !== undefined) return { FileSystemId: id, Policy: policy }
      throw new AwsError('PolicyNotFound', `Policy for file system '${id}' does not exist.`, 404)
    },
  }) satisfies Handlers<typeof Sdk>

function described(efs: EfsState, fileSystem: FileSystem): Sdk.FileSystemDescription {
  const { tags, backup: _backup, policy: _policy, lifecycle: _lifecycle, ...description } = fileSystem
  return {
    ...description,
    NumberOfMountTargets: mountTargetsOf(efs, fileSystem.FileSystemId).length,
    Tags: tagList(tags),
    ...(tags.Name !== undefined && { Name: tags.Name }),
  } as Sdk.FileSystemDescription
}
