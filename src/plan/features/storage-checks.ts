import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import type { Path } from '../manifest/problems.ts'
import { kindOf, volumesOf } from '../manifest/volumes.ts'
import { accessPointOf } from '../stacks/file-systems.ts'
import { isDaemon } from './placement.ts'

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
            message: 'an instance has a disk of its own; only Fargate has storage.ephemeral',
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
      const [key] = Object.entries({ auth, root_dir }).find(([, said]) => said !== undefined) ?? []
      const because = [...at, 'id']
      return key === undefined
        ? []
        : [{ at: [...at, key], because, message: 'belongs to a file system that exists; name its id' }]
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

/** GiB and IOPS of the types of disks. */
const DISKS: Readonly<Record<string, { readonly size: Range; readonly iops?: Range }>> = {
  gp3: { size: [1, 65_536], iops: [3000, 80_000] },
  gp2: { size: [1, 16_384] },
  io2: { size: [4, 65_536], iops: [100, 256_000] },
  io1: { size: [4, 16_384], iops: [100, 64_000] },
  st1: { size: [125, 16_384] },
  sc1: { size: [125, 16_384] },
  standard: { size: [1, 1024] },
}
type Range = readonly [least: number, most: number]

function outside(at: Path, type: string, value: number | undefined, range: Range, unit: string): ServiceFinding[] {
  const [least, most] = range
  return value === undefined || (value >= least && value <= most)
    ? []
    : [{ at, because: [...at.slice(0, -1), 'type'], message: `of ${type} must be from ${least} to ${most}${unit}` }]
}

const disks: Check = ({ storage: { volumes = {} } = {} }) => {
  const all = Object.entries(volumes).filter(([, { ebs }]) => ebs !== undefined)
  const [, second] = all
  return [
    ...(second
      ? [{ at: ['storage', 'volumes', second[0], 'ebs'], message: 'a task has one disk of its own at most' }]
      : []),
    ...all.flatMap(([one, { ebs }]): ServiceFinding[] => {
      const at = ['storage', 'volumes', one, 'ebs']
      const { type = 'gp3', throughput, iops, size, snapshot } = typeof ebs === 'object' ? ebs : { size: ebs }
      const { size: sizes = [1, 65_536], iops: speeds } = DISKS[type] ?? {}
      const because = [...at, 'type']
      if (size === undefined && snapshot === undefined)
        return [{ at, because: [...at, 'size'], message: 'needs a size, or a snapshot' }]
      return [
        ...outside([...at, 'size'], type, size, sizes, ' GiB'),
        ...(throughput !== undefined && type !== 'gp3'
          ? [{ at: [...at, 'throughput'], because, message: 'is for gp3 only' }]
          : []),
        ...(iops !== undefined && !speeds
          ? [{ at: [...at, 'iops'], because, message: 'is for gp3, io1 and io2 only' }]
          : []),
        ...(iops === undefined && type.startsWith('io')
          ? [{ at, because, message: `needs iops: ${type} has none of its own` }]
          : []),
        ...(speeds ? outside([...at, 'iops'], type, iops, speeds, '') : []),
      ]
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

/** A volume that no container has is of no use. */
const unused: Check = ({ storage: { volumes = {} } = {}, sidecars = {} }) => {
  const mounts = Object.values(sidecars).flatMap(({ mount_points = [] }) => mount_points)
  return Object.entries(volumes).flatMap(([one, { path }]) =>
    path !== undefined || mounts.some(({ source_volume }) => source_volume === one)
      ? []
      : [
          {
            at: ['storage', 'volumes', one],
            because: ['storage', 'volumes', one, 'path'],
            message: 'no container has it: give it a path, or a sidecar mount_points',
          },
        ],
  )
}

/** The agent of ECS Exec writes files of its own. */
const shellNeedsFiles: Check = ({ storage, exec }) =>
  storage?.readonly_fs && exec
    ? [
        {
          at: ['exec'],
          because: ['storage', 'readonly_fs'],
          message: 'ECS Exec has to write to the root file system; leave exec out, or say storage.readonly_fs: false',
        },
      ]
    : []

/** Volumes of the file system that is made have access points called after them. */
const unlike: Check = (service) => {
  const made = volumesOf(service).filter(({ kind }) => kind === 'made')
  return made.flatMap(({ name }, index) => {
    const other = made.slice(0, index).find((one) => accessPointOf(one.name) === accessPointOf(name))
    return other ? [{ at: ['storage', 'volumes', name], message: `is called too much like ${other.name}` }] : []
  })
}

export const storageChecks = [
  oneKind,
  unlike,
  onFargate,
  withinReach,
  ofFileSystems,
  disks,
  mounted,
  unused,
  shellNeedsFiles,
]
