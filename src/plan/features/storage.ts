import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { flag, name, pattern, text, value, wants } from '../manifest/fields.ts'
import { kindOf, volumesOf } from '../manifest/volumes.ts'
import { withCreatedFiles, withFileAccess, withInstanceGroups } from '../stacks/file-systems.ts'
import { withVolumes } from '../stacks/volumes.ts'
import type { Feature } from './feature.ts'
import { isDaemon } from './placement.ts'

const path = pattern('a path that begins with /', /^\/[^\0:]*$/)
const id = z.int().min(0).max(4_294_967_295)
const fileSystem = pattern('the id of a file system: fs-…', /^fs-[0-9a-f]{8,40}$/)

const efs = z.strictObject({
  id: fileSystem.optional().describe('a file system that exists; one is made if left out'),
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

export const storageFields = {
  storage: z
    .strictObject({
      ephemeral: z.int().min(20).max(200).optional().describe('GiB of a Fargate task, 20 if left out'),
      ...sealed,
      volumes: z
        .record(name, volume)
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
        source_volume: name.describe('a volume of storage.volumes'),
        path: path.describe('where the container has it'),
        read_only: flag.optional().describe('whether the container may only read it'),
      }),
    )
    .optional()
    .describe('volumes of the service that the container has too'),
}

const oneKind: Check = ({ storage: { volumes = {} } = {} }) =>
  Object.entries(volumes).flatMap(([one, { efs, host, docker, ebs, fsx }]) => {
    const kinds = Object.entries({ efs, host, docker, ebs, fsx }).filter(
      ([, kind]) => kind !== undefined && kind !== false,
    )
    const [first, second] = kinds.map(([kind]) => kind)
    return second === undefined
      ? []
      : [
          {
            at: ['storage', 'volumes', one, second],
            message: `a volume is of one kind, and this one is ${first} already`,
          },
        ]
  })

const onFargate: Check = ({ storage: { volumes = {}, ephemeral } = {} }, { compute, platform }) => {
  return [
    ...Object.entries(volumes).flatMap(([one, details]) => {
      const at = ['storage', 'volumes', one]
      const { kind } = kindOf(details)
      if (compute.kind === 'fargate' && (kind === 'host' || kind === 'docker')) {
        const what = kind === 'host' ? 'folders of an instance' : 'Docker volumes'
        return [
          {
            at: [...at, kind],
            because: ['compute'],
            message: `Fargate has no ${what}; leave ${kind} out for an empty volume`,
          },
        ]
      }
      if (compute.kind === 'managed' && (kind === 'host' || kind === 'docker')) {
        const message = 'Managed Instances have only volumes of their own making; leave it out for an empty one'
        return [{ at: [...at, kind], because: ['compute'], message }]
      }
      return kind === 'fsx' && (compute.kind === 'fargate' || !platform.startsWith('windows'))
        ? [
            {
              at: [...at, 'fsx'],
              because: ['platform'],
              message: 'only Windows tasks on instances mount FSx for Windows File Server',
            },
          ]
        : []
    }),
    ...(ephemeral !== undefined && compute.kind !== 'fargate'
      ? [
          {
            at: ['storage', 'ephemeral'],
            because: ['compute'],
            message: 'an instance has a disk of its own; only Fargate has this',
          },
        ]
      : []),
  ]
}

/** What the environment's network and its instances are needed for. */
const withinReach: Check = ({ storage: { volumes = {} } = {}, scheduling }, { compute }) =>
  Object.entries(volumes).flatMap(([one, details]) => {
    const { kind } = kindOf(details)
    const at = ['storage', 'volumes', one, kind === 'made' ? 'efs' : kind]
    if (compute.kind === 'external' && ['made', 'efs', 'ebs', 'fsx'].includes(kind)) {
      return [
        { at, because: ['compute'], message: 'a machine that is not AWS’s has host folders and Docker volumes only' },
      ]
    }
    return kind === 'made' && isDaemon({ scheduling })
      ? [
          {
            at,
            because: ['scheduling'],
            message: 'a daemon runs on the instances of others; name a file system by its id',
          },
        ]
      : []
  })

const ofFileSystems: Check = ({ storage: { volumes = {} } = {} }) =>
  Object.entries(volumes).flatMap(([one, { efs }]) => {
    if (typeof efs !== 'object') return []
    const at = ['storage', 'volumes', one, 'efs']
    const { id: existing, auth, root_dir, uid, gid } = efs
    if (existing === undefined) {
      if (auth) return [{ at: [...at, 'auth'], message: 'belongs to a file system that exists; name its id' }]
      return root_dir === undefined
        ? []
        : [{ at: [...at, 'root_dir'], message: 'belongs to a file system that exists; name its id' }]
    }
    if (uid !== undefined || gid !== undefined) {
      return [
        {
          at: [...at, uid === undefined ? 'gid' : 'uid'],
          because: [...at, 'id'],
          message: 'is for a file system that is made; an access point says it of one that exists',
        },
      ]
    }
    if (auth?.access_point_id !== undefined && root_dir !== undefined && root_dir !== '/') {
      return [
        {
          at: [...at, 'root_dir'],
          because: [...at, 'auth', 'access_point_id'],
          message: 'is the access point’s; leave it out',
        },
      ]
    }
    return []
  })

const disks: Check = ({ storage: { volumes = {} } = {} }) => {
  const all = Object.entries(volumes).filter(([, { ebs }]) => ebs !== undefined)
  const [, second] = all
  return [
    ...(second
      ? [{ at: ['storage', 'volumes', second[0], 'ebs'], message: 'a task has one disk of its own at most' }]
      : []),
    ...all.flatMap(([one, { ebs }]) => {
      if (typeof ebs !== 'object') return []
      const at = ['storage', 'volumes', one, 'ebs']
      const { type = 'gp3', throughput, iops, size, snapshot } = ebs
      if (size === undefined && snapshot === undefined) return [{ at, message: 'needs a size, or a snapshot' }]
      if (throughput !== undefined && type !== 'gp3')
        return [{ at: [...at, 'throughput'], because: [...at, 'type'], message: 'is for gp3 only' }]
      return iops !== undefined && !['gp3', 'io1', 'io2'].includes(type)
        ? [{ at: [...at, 'iops'], because: [...at, 'type'], message: 'is for gp3, io1 and io2 only' }]
        : []
    }),
  ]
}

const mounted: Check = ({ storage: { volumes = {} } = {}, sidecars = {} }) => {
  const paths = Object.entries(volumes).flatMap(([one, { path }]) => (path === undefined ? [] : [{ one, path }]))
  return [
    ...paths.flatMap(({ one, path }, index) => {
      const other = paths.slice(0, index).find((before) => before.path === path)
      return other ? [{ at: ['storage', 'volumes', one, 'path'], message: `${other.one} is there already` }] : []
    }),
    ...Object.entries(sidecars).flatMap(([sidecar, { mount_points = [] }]) =>
      mount_points.flatMap(({ source_volume }, index) =>
        Object.hasOwn(volumes, source_volume)
          ? []
          : [
              {
                at: ['sidecars', sidecar, 'mount_points', index, 'source_volume'],
                message: 'is no volume of storage.volumes',
              },
            ],
      ),
    ),
  ]
}

/** The agent of ECS Exec writes files of its own. */
const shellNeedsFiles: Check = ({ storage, exec }) =>
  storage?.readonly_fs && exec
    ? [
        {
          at: ['exec'],
          because: ['storage', 'readonly_fs'],
          message: 'ECS Exec has to write to the root file system; leave readonly_fs or exec out',
        },
      ]
    : []

export const storage: Feature = {
  checks: [oneKind, onFargate, withinReach, ofFileSystems, disks, mounted, shellNeedsFiles],
  container: (_settings, { name: container }, { service }) => {
    const { settings } = service
    const isOwn = container === service.name
    const sidecar = settings.sidecars?.[container]
    const mounts = isOwn
      ? volumesOf(settings).flatMap(({ name: SourceVolume, path: ContainerPath, readOnly: ReadOnly }) =>
          ContainerPath === undefined ? [] : [{ SourceVolume, ContainerPath, ReadOnly }],
        )
      : (sidecar?.mount_points ?? []).map(({ source_volume, path, read_only }) => ({
          SourceVolume: source_volume,
          ContainerPath: path,
          ReadOnly: read_only ?? false,
        }))
    const { readonly_fs } = (isOwn ? settings : sidecar)?.storage ?? {}
    return {
      ...(mounts.length > 0 && { MountPoints: mounts }),
      ...(readonly_fs !== undefined && { ReadonlyRootFilesystem: readonly_fs }),
    }
  },
  environment: (template, { environment }) => withInstanceGroups(template, environment),
  service: (template, inputs) => withFileAccess(withCreatedFiles(withVolumes(template, inputs), inputs), inputs),
}
