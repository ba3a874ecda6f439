import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { type PublicAmi, publicAmis } from './amis.ts'
import { describe, type FilterPaths } from './describe.ts'
import { fixedId } from './ids.ts'

const paths: FilterPaths<Sdk.Image> = {
  architecture: 'Architecture',
  'block-device-mapping.device-name': 'BlockDeviceMappings.DeviceName',
  'block-device-mapping.snapshot-id': 'BlockDeviceMappings.Ebs.SnapshotId',
  'block-device-mapping.volume-size': 'BlockDeviceMappings.Ebs.VolumeSize',
  'block-device-mapping.volume-type': 'BlockDeviceMappings.Ebs.VolumeType',
  'creation-date': 'CreationDate',
  description: 'Description',
  'ena-support': 'EnaSupport',
  hypervisor: 'Hypervisor',
  'image-id': 'ImageId',
  'image-type': 'ImageType',
  'is-public': 'Public',
  name: 'Name',
  'owner-alias': 'ImageOwnerAlias',
  'owner-id': 'OwnerId',
  'root-device-name': 'RootDeviceName',
  'root-device-type': 'RootDeviceType',
  state: 'State',
  'virtualization-type': 'VirtualizationType',
}

/** The account that owns the ECS-optimised images. */
const ECS_OWNER = '591542846629'
const LINUX_OWNER = '137112412989'
const BOTTLEROCKET_OWNER = '092701018921'

const ROOT_GIB: Record<PublicAmi['kind'], number> = {
  ecs: 30,
  'ecs-gpu': 30,
  bottlerocket: 2,
  'bottlerocket-gpu': 4,
  linux: 8,
}

/** The volumes of an image; those of Bottlerocket keep the containers' data on a second one. */
export function volumesOf({ imageId, kind }: PublicAmi): Sdk.BlockDeviceMapping[] {
  const volume = (DeviceName: string, VolumeSize: number) => ({
    DeviceName,
    Ebs: {
      SnapshotId: fixedId('snap', imageId, DeviceName),
      VolumeSize,
      VolumeType: 'gp3' as const,
      DeleteOnTermination: true,
      Encrypted: false,
    },
  })
  const root = volume('/dev/xvda', ROOT_GIB[kind])
  return kind.startsWith('bottlerocket') ? [root, volume('/dev/xvdb', 20)] : [root]
}

export function image(region: string, id: string): PublicAmi {
  const ami = publicAmis(region).find(({ imageId }) => imageId === id)
  if (ami) return ami
  throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
}

const show = (ami: PublicAmi): Sdk.Image => ({
  ImageId: ami.imageId,
  Name: ami.name,
  Description: ami.name,
  Architecture: ami.architecture,
  State: 'available',
  Public: true,
  ImageType: 'machine',
  ImageOwnerAlias: 'amazon',
  ImageLocation: `amazon/${ami.name}`,
  OwnerId: ami.kind === 'linux' ? LINUX_OWNER : ami.kind.startsWith('ecs') ? ECS_OWNER : BOTTLEROCKET_OWNER,
  CreationDate: '2026-09-01T00:00:00.000Z',
  PlatformDetails: 'Linux/UNIX',
  UsageOperation: 'RunInstances',
  RootDeviceName: '/dev/xvda',
  RootDeviceType: 'ebs',
  BlockDeviceMappings: volumesOf(ami),
  VirtualizationType: 'hvm',
  Hypervisor: 'xen',
  EnaSupport: true,
  ImdsSupport: 'v2.0',
  BootMode: ami.architecture === 'arm64' ? 'uefi' : 'uefi-preferred',
})

export const images = {
  DescribeImages: (input, { region }) => {
    const amis = [...new Map(publicAmis(region).map((ami) => [ami.imageId, ami])).values()]
    const wanted = input.ImageIds?.length ? input.ImageIds.map((id) => image(region, id)) : amis
    const owned = ({ OwnerId, ImageOwnerAlias }: Sdk.Image) =>
      !input.Owners?.length || input.Owners.some((owner) => owner === OwnerId || owner === ImageOwnerAlias)
    const { items, next } = describe(wanted.map(show).filter(owned), input, paths)
    return { Images: items, ...next }
  },
} satisfies Handlers<typeof Sdk>
