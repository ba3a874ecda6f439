import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { missing } from './find.ts'
import { terminate } from './instance-life.ts'
import type { Ec2State, Instance } from './state.ts'

type Shown = Sdk.Instance & { readonly reservationId: string }

const paths: FilterPaths<Shown> = {
  architecture: 'Architecture',
  'availability-zone': 'Placement.AvailabilityZone',
  'block-device-mapping.device-name': 'BlockDeviceMappings.DeviceName',
  'block-device-mapping.volume-id': 'BlockDeviceMappings.Ebs.VolumeId',
  'client-token': 'ClientToken',
  'dns-name': 'PublicDnsName',
  'iam-instance-profile.arn': 'IamInstanceProfile.Arn',
  'iam-instance-profile.id': 'IamInstanceProfile.Id',
  'image-id': 'ImageId',
  'instance-id': 'InstanceId',
  'instance-lifecycle': 'InstanceLifecycle',
  'instance-state-code': 'State.Code',
  'instance-state-name': 'State.Name',
  'instance-type': 'InstanceType',
  'instance.group-id': 'SecurityGroups.GroupId',
  'instance.group-name': 'SecurityGroups.GroupName',
  'ip-address': 'PublicIpAddress',
  'key-name': 'KeyName',
  'launch-time': 'LaunchTime',
  'network-interface.network-interface-id': 'NetworkInterfaces.NetworkInterfaceId',
  'network-interface.private-ip-address': 'NetworkInterfaces.PrivateIpAddress',
  'network-interface.subnet-id': 'NetworkInterfaces.SubnetId',
  'network-interface.vpc-id': 'NetworkInterfaces.VpcId',
  'private-dns-name': 'PrivateDnsName',
  'private-ip-address': 'PrivateIpAddress',
  'reservation-id': 'reservationId',
  'root-device-name': 'RootDeviceName',
  'spot-instance-request-id': 'SpotInstanceRequestId',
  'state-reason-code': 'StateReason.Code',
  'subnet-id': 'SubnetId',
  tenancy: 'Placement.Tenancy',
  'vpc-id': 'VpcId',
}
const statusPaths: FilterPaths<Sdk.InstanceStatus> = {
  'availability-zone': 'AvailabilityZone',
  'instance-state-code': 'InstanceState.Code',
  'instance-state-name': 'InstanceState.Name',
  'instance-status.status': 'InstanceStatus.Status',
  'system-status.status': 'SystemStatus.Status',
}

/** An instance with its addresses, which are those of its network interfaces. */
function show(world: World, region: string, instance: Instance): Shown {
  const { UserData: _, agent: __, ...shown } = instance
  const interfaces = Object.values(world.region(region).ec2.networkInterfaces).filter(
    ({ Attachment }) => Attachment?.InstanceId === instance.InstanceId,
  )
  const primary = interfaces.find(({ Attachment }) => Attachment?.DeviceIndex === 0)
  const publicIp = primary?.Association?.PublicIp
  return {
    ...shown,
    PrivateDnsName: primary?.PrivateDnsName ?? '',
    PublicDnsName: primary?.PublicDnsName ?? '',
    ...(primary && { PrivateIpAddress: primary.PrivateIpAddress }),
    ...(publicIp && { PublicIpAddress: publicIp }),
    SecurityGroups: primary?.Groups ?? [],
    NetworkInterfaces: interfaces.map(({ Tags: _, ...networkInterface }) => ({
      ...networkInterface,
      OwnerId: world.account,
    })),
  }
}

export const reservation = (world: World, region: string, id: string, instances: readonly Instance[]) => ({
  ReservationId: id,
  OwnerId: world.account,
  Groups: [],
  Instances: instances.map((instance) => show(world, region, instance)),
})

function selectInstances(ec2: Ec2State, ids: readonly string[] = []): Instance[] {
  const absent = ids.filter((id) => !ec2.instances[id])
  if (absent.length > 0) {
    const text = absent.length > 1 ? `IDs '${absent.join(', ')}' do` : `ID '${absent[0]}' does`
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ${text} not exist`)
  }
  return Object.values(ec2.instances).filter(({ InstanceId }) => ids.length === 0 || ids.includes(InstanceId))
}

export const instances = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2

  return {
    DescribeInstances: (input, call) => {
      const shown = selectInstances(ec2(call), input.InstanceIds).map((instance) => show(world, call.region, instance))
      const { items, next } = describe(shown, input, paths)
      const ids = [...new Set(items.map(({ reservationId }) => reservationId))]
      return {
        Reservations: ids.map((ReservationId) => ({
          ReservationId,
          OwnerId: world.account,
          Groups: [],
          Instances: items.filter(({ reservationId }) => reservationId === ReservationId),
        })),
        ...next,
      }
    },

    DescribeInstanceStatus: (input, call) => {
      const shown = selectInstances(ec2(call), input.InstanceIds)
        .filter(({ State }) => input.IncludeAllInstances || State.Name === 'running')
        .map(({ InstanceId, Placement, State }) => {
          const Status = State.Name === 'running' ? ('ok' as const) : ('not-applicable' as const)
          const Details = Status === 'ok' ? [{ Name: 'reachability' as const, Status: 'passed' as const }] : []
          return {
            InstanceId,
            AvailabilityZone: Placement.AvailabilityZone,
            InstanceState: State,
            InstanceStatus: { Status, Details },
            SystemStatus: { Status, Details },
          }
        })
      const { items, next } = describe(shown, input, statusPaths)
      return { InstanceStatuses: items, ...next }
    },

    TerminateInstances: ({ InstanceIds = [] }, call) => {
      if (InstanceIds.length === 0) throw missing('InstanceId')
      return {
        TerminatingInstances: selectInstances(ec2(call), InstanceIds).map((instance) => {
          const PreviousState = { ...instance.State }
          if (instance.State.Name === 'pending' || instance.State.Name === 'running') {
            terminate(world, call.region, instance)
          }
          return { InstanceId: instance.InstanceId, PreviousState, CurrentState: { ...instance.State } }
        }),
      }
    },
  } satisfies Handlers<typeof Sdk>
}
