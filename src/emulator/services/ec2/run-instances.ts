import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { checkCapacity } from './capacity.ts'
import { newId } from './ids.ts'
import { volumesOf } from './images.ts'
import { ageInstance, stateOf } from './instance-life.ts'
import { reservation } from './instances.ts'
import { type LaunchPlan, planLaunch } from './launch-plan.ts'
import { assignPublicIp, createNetworkInterface } from './network-interfaces.ts'
import type { Instance } from './state.ts'
import { freeAddresses } from './subnets.ts'

const spot = ({ input }: LaunchPlan): boolean => input.InstanceMarketOptions?.MarketType === 'spot'

function volumes(world: World, { input, image }: LaunchPlan): Sdk.InstanceBlockDeviceMapping[] {
  const names = [...volumesOf(image), ...(input.BlockDeviceMappings ?? [])].flatMap(({ DeviceName, Ebs }) =>
    DeviceName && Ebs ? [DeviceName] : [],
  )
  return [...new Set(names)].map((DeviceName) => ({
    DeviceName,
    Ebs: {
      VolumeId: newId(world, 'vol'),
      Status: 'attached',
      DeleteOnTermination: true,
      AttachTime: world.clock.now(),
    },
  }))
}

function newInstance(world: World, plan: LaunchPlan, reservationId: string, index: number): Instance {
  const { input, image, type, subnet, profile } = plan
  return {
    InstanceId: newId(world, 'i'),
    reservationId,
    ImageId: image.imageId,
    InstanceType: type.name as Sdk._InstanceType,
    State: stateOf('pending'),
    StateTransitionReason: '',
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    Placement: { GroupName: '', Tenancy: 'default', ...input.Placement, AvailabilityZone: subnet.AvailabilityZone },
    LaunchTime: world.clock.now(),
    AmiLaunchIndex: index,
    Architecture: image.architecture,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    PlatformDetails: 'Linux/UNIX',
    RootDeviceName: '/dev/xvda',
    RootDeviceType: 'ebs',
    BlockDeviceMappings: volumes(world, plan),
    EbsOptimized: input.EbsOptimized ?? false,
    EnaSupport: true,
    SourceDestCheck: true,
    Monitoring: { State: input.Monitoring?.Enabled ? 'enabled' : 'disabled' },
    MetadataOptions: {
      State: 'applied',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 2,
      HttpEndpoint: 'enabled',
      ...input.MetadataOptions,
    },
    CpuOptions: { CoreCount: type.vcpus / type.threadsPerCore, ThreadsPerCore: type.threadsPerCore },
    ...(profile && { IamInstanceProfile: profile }),
    ...(input.KeyName && { KeyName: input.KeyName }),
    ...(input.ClientToken && { ClientToken: input.ClientToken }),
    ...(spot(plan) && { InstanceLifecycle: 'spot' as const, SpotInstanceRequestId: `sir-${world.random.hex(8)}` }),
    ...(input.UserData && { UserData: input.UserData }),
    Tags: plan.tags.map((tag) => ({ ...tag })),
  }
}

function launch(world: World, plan: LaunchPlan, reservationId: string, index: number, call: Call): Instance {
  const { ec2 } = world.region(call.region)
  const instance = newInstance(world, plan, reservationId, index)
  ec2.instances[instance.InstanceId] = instance
  const networkInterface = createNetworkInterface(world, call.region, {
    subnetId: plan.subnet.SubnetId,
    groups: plan.groups,
    privateIpAddress: plan.input.PrivateIpAddress,
  })
  networkInterface.Status = 'in-use'
  networkInterface.Attachment = {
    AttachmentId: newId(world, 'eni-attach'),
    AttachTime: instance.LaunchTime,
    DeleteOnTermination: true,
    DeviceIndex: 0,
    NetworkCardIndex: 0,
    InstanceId: instance.InstanceId,
    InstanceOwnerId: world.account,
    Status: 'attached',
  }
  if (plan.publicAddress) assignPublicIp(world, call.region, networkInterface.NetworkInterfaceId)
  ageInstance(world, call.region, instance.InstanceId)
  return instance
}

export const runInstances = (world: World) =>
  ({
    RunInstances: (input, call) => {
      const { instances } = world.region(call.region).ec2
      const repeated = Object.values(instances).filter(
        ({ ClientToken }) => ClientToken !== undefined && ClientToken === input.ClientToken,
      )
      if (repeated[0]) return reservation(world, call.region, repeated[0].reservationId, repeated)
      if (input.DryRun) {
        throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
      }
      const plan = planLaunch(world, input, call, input.MinCount ?? 1)
      checkCapacity(world, call, plan, input.MaxCount ?? 1)
      const reservationId = newId(world, 'r')
      const count = Math.min(input.MaxCount ?? 1, freeAddresses(world.region(call.region).ec2, plan.subnet))
      const launched = Array.from({ length: count }, (_, index) => launch(world, plan, reservationId, index, call))
      return reservation(world, call.region, reservationId, launched)
    },
  }) satisfies Handlers<typeof Sdk>
