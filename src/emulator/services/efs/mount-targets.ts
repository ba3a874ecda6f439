import type * as Sdk from '@aws-sdk/client-efs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { efsOf, findAccessPoint, findFileSystem, findMountTarget, type MountTarget, mountTargetsOf } from './state.ts'

export const mountTargets = (world: World) =>
  ({
    CreateMountTarget: ({ FileSystemId, SubnetId = '', SecurityGroups }, call) => {
      const efs = efsOf(world, call)
      const { FileSystemId: id } = findFileSystem(world, call, FileSystemId)
      const subnet = world.region(call.region).ec2.subnets[SubnetId]
      if (!subnet) throw new AwsError('SubnetNotFound', `The subnet ID '${SubnetId}' does not exist`)
      const others = mountTargetsOf(efs, id)
      if (others.some((one) => one.AvailabilityZoneName === subnet.AvailabilityZone)) {
        throw new AwsError('MountTargetConflict', 'mount target already exists in this AZ', 409)
      }
      if (others.some((one) => one.VpcId !== subnet.VpcId)) {
        throw new AwsError(
          'MountTargetConflict',
          'requested subnet for new mount target is not in the same VPC as existing mount targets',
          409,
        )
      }
      const MountTargetId = `fsmt-${world.random.hex(17)}`
      const { NetworkInterface } = world.services.ec2.CreateNetworkInterface(
        { SubnetId, Groups: SecurityGroups, Description: `EFS mount target for ${id} (${MountTargetId})` },
        call,
      )
      const created: MountTarget = {
        ...{ OwnerId: world.account, MountTargetId, FileSystemId: id, SubnetId, LifeCycleState: 'available' },
        IpAddress: NetworkInterface?.PrivateIpAddress ?? '',
        NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId ?? '',
        AvailabilityZoneName: subnet.AvailabilityZone ?? '',
        VpcId: subnet.VpcId ?? '',
        securityGroups: (NetworkInterface?.Groups ?? []).map(({ GroupId = '' }) => GroupId),
      }
      efs.mountTargets[MountTargetId] = created
      return described(created)
    },

    DescribeMountTargets: ({ FileSystemId, MountTargetId, AccessPointId, MaxItems = 10, Marker }, call) => {
      if ([FileSystemId, MountTargetId, AccessPointId].filter(Boolean).length !== 1) {
        throw new AwsError('BadRequest', 'Exactly one of FileSystemId, MountTargetId and AccessPointId must be given.')
      }
      const all = MountTargetId
        ? [findMountTarget(world, call, MountTargetId)]
        : mountTargetsOf(
            efsOf(world, call),
            findFileSystem(
              world,
              call,
              AccessPointId ? findAccessPoint(world, call, AccessPointId).FileSystemId : FileSystemId,
            ).FileSystemId,
          )
      const { items, next } = page(all, MaxItems, Marker)
      return { MountTargets: items.map(described), ...(next !== undefined && { NextMarker: next }) }
    },

    DescribeMountTargetSecurityGroups: ({ MountTargetId }, call) => ({
      SecurityGroups: findMountTarget(world, call, MountTargetId).securityGroups,
    }),

    ModifyMountTargetSecurityGroups: ({ MountTargetId, SecurityGroups = [] }, call) => {
      findMountTarget(world, call, MountTargetId).securityGroups = SecurityGroups
      return {}
    },

    DeleteMountTarget: ({ MountTargetId }, call) => {
      const target = findMountTarget(world, call, MountTargetId)
      world.services.ec2.DeleteNetworkInterface({ NetworkInterfaceId: target.NetworkInterfaceId }, call)
      delete efsOf(world, call).mountTargets[target.MountTargetId]
      return {}
    },
  }) satisfies Handlers<typeof Sdk>

const described = ({ securityGroups: _groups, ...description }: MountTarget): Sdk.MountTargetDescription => description
