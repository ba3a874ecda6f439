import * as z from 'zod'
import { exported, flag, pattern, text, value, wants } from '../manifest/fields.ts'
import { mountsOf, volumesOf } from '../manifest/volumes.ts'
import { withCreatedFiles, withFileAccess, withInstanceGroups } from '../stacks/file-systems.ts'
import { withVolumes } from '../stacks/volumes.ts'
import type { Feature } from './feature.ts'
import { storageChecks } from './storage-checks.ts'

const path = pattern('a path that begins with /', /^\/[^\0:]*$/)
const id = z.int().min(0).max(4_294_967_295)
const fileSystem = pattern('the id of a file system: fs-…', /^fs-[0-9a-f]{8,40}$/)

const efs = z.strictObject({
  id: wants('the id of a file system: fs-…, or from_cfn: with the name of an export', z.union([fileSystem, exported]))
    .optional()
    .describe('a file system that exists; one is made if left out'),
  root_dir: path.optional().describe('folder of it that is mounted'),
  auth: z
    .strictObject({
      iam: flag.optional().describe('whether the task role has to be allowed to mount it, true if left out'),
      access_point_id: pattern('the id of an access point: fsap-…', /^fsap-[0-9a-f]{8,40}$/).optional(),
    })
    .optional()
    .describe('how the tasks may use a file system that exists'),
  uid: id.optional().describe('user whose files they are, 1000 if left out'),
  gid: id.optional().describe('group whose files they are, 1000 if left out'),
})

const docker = z.strictObject({
  scope: z.enum(['task', 'shared']).optional().describe('shared volumes outlive the task on its instance'),
  autoprovision: flag.optional().describe('whether a shared volume is made when it is not there, true if left out'),
  driver: text.optional(),
  driver_opts: z.record(text, value).optional(),
  labels: z.record(text, z.string()).optional(),
})

const ebs = z.strictObject({
  size: z.int().min(1).max(65_536).optional().describe('GiB'),
  type: z.enum(['gp3', 'gp2', 'io2', 'io1', 'st1', 'sc1', 'standard']).optional().describe('gp3 if left out'),
  iops: z.int().min(100).max(256_000).optional(),
  throughput: z.int().min(125).max(2000).optional().describe('MiB a second, of gp3'),
  filesystem: z.enum(['xfs', 'ext4', 'ext3']).optional().describe('xfs if left out'),
  key: text.optional().describe('KMS key that encrypts it; AWS’s own if left out'),
  snapshot: pattern('the id of a snapshot: snap-…', /^snap-[0-9a-f]{8,17}$/)
    .optional()
    .describe('what is on it at first'),
})

const fsx = z.strictObject({
  id: fileSystem,
  root_dir: text.describe('folder of it that is mounted'),
  credentials: text.describe('ARN of the secret or parameter with user and password'),
  domain: text.describe('Active Directory domain'),
})

const volume = z.strictObject({
  path: path.optional().describe('where the container has it; left out, only sidecars do'),
  read_only: flag
    .optional()
    .describe('whether the container may only read it, true if left out for what exists already'),
  efs: wants('true, the id of a file system, or its details', z.union([flag, fileSystem, efs]))
    .optional()
    .describe('a folder of EFS, which outlives tasks and is shared by them'),
  host: path.optional().describe('a folder of the instance'),
  docker: wants('true or details of a Docker volume', z.union([flag, docker]))
    .optional()
    .describe('a Docker volume'),
  ebs: wants('a size in GiB or details', z.union([z.int().min(1).max(65_536), ebs]))
    .optional()
    .describe('a disk of its own for each task'),
  fsx: fsx.optional().describe('a folder of FSx for Windows File Server'),
})

const sealed = { readonly_fs: flag.optional().describe('whether the container may write only to its volumes') }

/** What ECS takes, as long as the folder of an access point may be called so. */
const volumeName = pattern(
  'a name of letters, digits, hyphens and underscores that begins with a letter, at most 64 long',
  /^[A-Za-z][\w-]{0,63}$/,
)

export const storageFields = {
  storage: z
    .strictObject({
      ephemeral: z.int().min(20).max(200).optional().describe('GiB of a Fargate task, 20 if left out'),
      ...sealed,
      volumes: z
        .record(volumeName, volume)
        .optional()
        .describe('volumes by name; without a kind, one that lasts as long as the task'),
    })
    .optional()
    .describe('where the containers keep files'),
}

/** What a sidecar sees of the volumes, and whether it can write beside them. */
export const mountFields = {
  storage: z.strictObject(sealed).optional().describe('where the sidecar may write'),
  mount_points: z
    .array(
      z.strictObject({
        source_volume: volumeName.describe('a volume of storage.volumes'),
        path: path.describe('where the container has it'),
        read_only: flag.optional().describe('whether the container may only read it'),
      }),
    )
    .optional()
    .describe('volumes of the service that the container has too'),
}

export const storage: Feature = {
  checks: storageChecks,
  container: (_settings, { name: container }, { service }) => {
    const { settings } = service
    const isOwn = container === service.name
    const sidecar = settings.sidecars?.[container]
    const mounts = (isOwn ? volumesOf(settings) : mountsOf(settings, sidecar?.mount_points)).flatMap(
      ({ name: SourceVolume, path: ContainerPath, readOnly: ReadOnly }) =>
        ContainerPath === undefined ? [] : [{ SourceVolume, ContainerPath, ReadOnly }],
    )
    const { readonly_fs } = (isOwn ? settings : sidecar)?.storage ?? {}
    return {
      ...(mounts.length > 0 && { MountPoints: mounts }),
      ...(readonly_fs !== undefined && { ReadonlyRootFilesystem: readonly_fs }),
    }
  },
  environment: (template, { environment }) => withInstanceGroups(template, environment),
  service: (template, inputs) => withFileAccess(withCreatedFiles(withVolumes(template, inputs), inputs), inputs),
}
