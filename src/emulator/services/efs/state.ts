import type * as Sdk from '@aws-sdk/client-efs'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'

export interface FileSystem extends Omit<Sdk.FileSystemDescription, 'NumberOfMountTargets' | 'Tags'> {
  readonly FileSystemId: string
  readonly tags: Record<string, string>
  backup: Sdk.Status
  policy?: string
  lifecycle: Sdk.LifecyclePolicy[]
}

export interface MountTarget extends Sdk.MountTargetDescription {
  readonly MountTargetId: string
  readonly FileSystemId: string
  readonly SubnetId: string
  securityGroups: string[]
}

export interface AccessPoint extends Omit<Sdk.AccessPointDescription, 'Name' | 'Tags'> {
  readonly AccessPointId: string
  readonly FileSystemId: string
  readonly tags: Record<string, string>
}

export interface EfsState {
  readonly fileSystems: Record<string, FileSystem>
  readonly mountTargets: Record<string, MountTarget>
  readonly accessPoints: Record<string, AccessPoint>
}

export const emptyEfs = (): EfsState => ({ fileSystems: {}, mountTargets: {}, accessPoints: {} })

export const efsOf = (world: World, { region }: Pick<Call, 'region'>): EfsState => world.region(region).efs

/** An id or an ARN as the id. */
const idOf = (reference = ''): string => reference.split('/').at(-1) ?? ''

export function findFileSystem(world: World, call: Call, id: string | undefined): FileSystem {
  const found = efsOf(world, call).fileSystems[idOf(id)]
  if (found) return found
  throw new AwsError('FileSystemNotFound', `File system '${id}' does not exist.`, 404)
}

export function findMountTarget(world: World, call: Call, id = ''): MountTarget {
  const found = efsOf(world, call).mountTargets[id]
  if (found) return found
  throw new AwsError('MountTargetNotFound', `Mount target '${id}' does not exist.`, 404)
}

export function findAccessPoint(world: World, call: Call, id: string | undefined): AccessPoint {
  const found = efsOf(world, call).accessPoints[idOf(id)]
  if (found) return found
  throw new AwsError('AccessPointNotFound', `Access point '${id}' does not exist.`, 404)
}

export const mountTargetsOf = ({ mountTargets }: EfsState, fileSystemId: string): MountTarget[] =>
  Object.values(mountTargets).filter((target) => target.FileSystemId === fileSystemId)
