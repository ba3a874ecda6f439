import { createHash } from 'node:crypto'
import type { EFSVolumeConfiguration } from '@aws-sdk/client-ecs'
import type { Call, World } from '../../world.ts'
import { type AccessPoint, efsOf, mountTargetsOf } from '../efs/state.ts'
import { fileSystemLabels } from '../efs/volumes.ts'
import { StartError } from './start-error.ts'
import type { TaskState } from './state.ts'
import type { VolumePart } from './volumes.ts'

const NFS = 2049
const EVERYBODY = 0o777

/** A directory of a file system as a volume that outlives tasks. Throws StartError where it could not be mounted. */
export function efsMount(
  world: World,
  call: Call,
  task: TaskState,
  { fileSystemId = '', rootDirectory, authorizationConfig }: EFSVolumeConfiguration,
): VolumePart {
  const efs = efsOf(world, call)
  if (!efs.fileSystems[fileSystemId]) {
    throw notMounted(
      `Failed to resolve "${fileSystemId}.efs.${call.region}.amazonaws.com" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID.`,
    )
  }
  const { accessPointId } = authorizationConfig ?? {}
  const point = accessPointId === undefined ? undefined : efs.accessPoints[accessPointId]
  if (accessPointId !== undefined && point?.FileSystemId !== fileSystemId) {
    throw notMounted(`b'mount.nfs4: access denied by server while mounting 127.0.0.1:/'`)
  }
  checkReachable(world, call, task, fileSystemId)
  const path = point?.RootDirectory?.Path ?? rootDirectory ?? '/'
  const hash = createHash('sha256').update(`${world.id} ${fileSystemId} ${path}`).digest('hex')
  return {
    volume: `embedded-aws-${fileSystemId}-${hash.slice(0, 12)}`,
    labels: fileSystemLabels(world, fileSystemId),
    filled: false,
    ...(point?.PosixUser && { owner: ownerOf(point) }),
  }
}

/** Whoever comes through an access point acts as its user; a volume knows no such thing, so all may write. */
const ownerOf = ({ PosixUser, RootDirectory }: AccessPoint): NonNullable<VolumePart['owner']> => ({
  uid: RootDirectory?.CreationInfo?.OwnerUid ?? PosixUser?.Uid ?? 0,
  gid: RootDirectory?.CreationInfo?.OwnerGid ?? PosixUser?.Gid ?? 0,
  mode: EVERYBODY,
})

const notMounted = (message: string): StartError =>
  new StartError(
    `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: ${message} : unsuccessful EFS utils command execution; code: 1`,
  )

/** A task with an interface of its own needs a mount target in its network whose groups let it in. */
function checkReachable(world: World, call: Call, task: TaskState, fileSystemId: string): void {
  if (!task.networkInterface) return
  const { ec2, efs } = world.region(call.region)
  const own = ec2.networkInterfaces[task.networkInterface.id]
  const groups = (own?.Groups ?? []).map(({ GroupId }) => GroupId)
  const targets = mountTargetsOf(efs, fileSystemId).filter(({ VpcId }) => VpcId === own?.VpcId)
  if (targets.length === 0) {
    throw notMounted(
      `Failed to resolve "${fileSystemId}.efs.${call.region}.amazonaws.com" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID.`,
    )
  }
  const lets = targets.some(({ securityGroups }) => {
    const { SecurityGroupRules = [] } = world.services.ec2.DescribeSecurityGroupRules(
      { Filters: [{ Name: 'group-id', Values: securityGroups }] },
      call,
    )
    return SecurityGroupRules.some(
      ({ IsEgress, IpProtocol, FromPort = -1, ToPort = -1, ReferencedGroupInfo, CidrIpv4 }) =>
        !IsEgress &&
        (IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= NFS && ToPort >= NFS)) &&
        (CidrIpv4 !== undefined || groups.includes(ReferencedGroupInfo?.GroupId)),
    )
  })
  if (!lets) throw notMounted(`b'mount.nfs4: Connection timed out'`)
}
