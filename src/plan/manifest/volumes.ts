import type { Exported } from '../exported.ts'
import { texts } from './fields.ts'
import type { ManifestService } from './schema.ts'

type Told = NonNullable<NonNullable<ManifestService['storage']>['volumes']>[string]

/** A disk that each task has for itself. */
export interface Disk {
  readonly size?: number | undefined
  readonly type: string
  readonly iops?: number | undefined
  readonly throughput?: number | undefined
  readonly filesystem: string
  readonly key?: string | undefined
  readonly snapshot?: string | undefined
}

export type VolumeKind =
  | { readonly kind: 'empty' }
  | { readonly kind: 'made'; readonly uid: number; readonly gid: number }
  | {
      readonly kind: 'efs'
      readonly id: string | Exported
      readonly root: string | undefined
      readonly accessPoint: string | undefined
      readonly iam: boolean
    }
  | { readonly kind: 'host'; readonly folder: string }
  | {
      readonly kind: 'docker'
      readonly scope: 'task' | 'shared'
      readonly autoprovision: boolean
      readonly driver: string | undefined
      readonly options: Readonly<Record<string, string>>
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly kind: 'ebs'; readonly disk: Disk }
  | { readonly kind: 'fsx'; readonly details: NonNullable<Told['fsx']> }

export type NamedVolume = VolumeKind & {
  readonly name: string
  readonly path: string | undefined
  readonly readOnly: boolean
}

const SOMEBODY = 1000

/** What a volume is, with every default filled in. */
export function kindOf({ efs, host, docker, ebs, fsx }: Told): VolumeKind {
  if (efs === true) return { kind: 'made', uid: SOMEBODY, gid: SOMEBODY }
  if (typeof efs === 'string') return { kind: 'efs', id: efs, root: undefined, accessPoint: undefined, iam: true }
  if (typeof efs === 'object') {
    const { id, root_dir: root, auth: { iam = true, access_point_id: accessPoint } = {}, uid, gid } = efs
    return id === undefined
      ? { kind: 'made', uid: uid ?? SOMEBODY, gid: gid ?? uid ?? SOMEBODY }
      : { kind: 'efs', id, root, accessPoint, iam }
  }
  if (host !== undefined) return { kind: 'host', folder: host }
  if (docker) {
    const { scope = 'task', autoprovision = true, driver, driver_opts, labels = {} } = docker === true ? {} : docker
    return { kind: 'docker', scope, autoprovision, driver, options: texts(driver_opts), labels }
  }
  if (ebs !== undefined) {
    const { type = 'gp3', filesystem = 'xfs', ...rest } = typeof ebs === 'number' ? { size: ebs } : ebs
    return { kind: 'ebs', disk: { type, filesystem, ...rest } }
  }
  return fsx ? { kind: 'fsx', details: fsx } : { kind: 'empty' }
}

/** Copilot's default: what others have filled is only read, unless the manifest says otherwise. */
const readOnlyByItself = ({ kind }: VolumeKind): boolean => kind === 'efs' || kind === 'host'

export const volumesOf = ({ storage: { volumes = {} } = {} }: ManifestService): NamedVolume[] =>
  Object.entries(volumes).map(([name, one]) => {
    const kind = kindOf(one)
    return { ...kind, name, path: one.path, readOnly: one.read_only ?? readOnlyByItself(kind) }
  })

interface MountPoint {
  readonly source_volume: string
  readonly path: string
  readonly read_only?: boolean | undefined
}

/** What a sidecar has of the volumes; what others have filled is only read there too. */
export const mountsOf = (service: ManifestService, mounts: readonly MountPoint[] = []) => {
  const volumes = volumesOf(service)
  return mounts.map(({ source_volume: name, path, read_only }) => {
    const volume = volumes.find((one) => one.name === name)
    const readOnly = read_only ?? (volume !== undefined && readOnlyByItself(volume) && volume.readOnly)
    return { name, path, readOnly }
  })
}

/** Whether anybody may write to it: the service's own container or a sidecar. */
export const isWritten = (service: ManifestService, { name, path, readOnly }: NamedVolume): boolean =>
  (path !== undefined && !readOnly) ||
  Object.values(service.sidecars ?? {}).some(({ mount_points }) =>
    mountsOf(service, mount_points).some((one) => one.name === name && !one.readOnly),
  )
