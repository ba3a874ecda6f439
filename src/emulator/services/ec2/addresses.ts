import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { freePublicAddress } from './addressing.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find, missing, select } from './find.ts'
import { newId } from './ids.ts'
import { associate, dissociate } from './network-interfaces.ts'
import type { Address, Ec2State, NetworkInterface } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.Address> = {
  'allocation-id': 'AllocationId',
  'association-id': 'AssociationId',
  'instance-id': 'InstanceId',
  'network-border-group': 'NetworkBorderGroup',
  'network-interface-id': 'NetworkInterfaceId',
  'network-interface-owner-id': 'NetworkInterfaceOwnerId',
  'private-ip-address': 'PrivateIpAddress',
  'public-ip': 'PublicIp',
}

/** Allocates an Elastic IP. */
export function allocate(world: World, region: string, tags: Sdk.Tag[] = []): Address {
  const { ec2 } = world.region(region)
  const address: Address = {
    AllocationId: newId(world, 'eipalloc'),
    PublicIp: freePublicAddress(world, ec2),
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: region,
    Domain: 'vpc',
    Tags: tags,
  }
  ec2.addresses[address.AllocationId] = address
  return address
}

/** Points an Elastic IP to a network interface. */
export function connect(world: World, region: string, address: Address, networkInterface: NetworkInterface): string {
  const AssociationId = newId(world, 'eipassoc')
  const { AllocationId, PublicIp } = address
  associate(region, networkInterface, { AllocationId, AssociationId, PublicIp, IpOwnerId: world.account })
  const InstanceId = networkInterface.Attachment?.InstanceId
  Object.assign(address, {
    AssociationId,
    NetworkInterfaceId: networkInterface.NetworkInterfaceId,
    NetworkInterfaceOwnerId: world.account,
    PrivateIpAddress: networkInterface.PrivateIpAddress,
    ...(InstanceId && { InstanceId }),
  })
  return AssociationId
}

export function disconnect(ec2: Ec2State, address: Address): void {
  const networkInterface = ec2.networkInterfaces[address.NetworkInterfaceId ?? '']
  if (networkInterface) dissociate(networkInterface)
  delete address.AssociationId
  delete address.NetworkInterfaceId
  delete address.NetworkInterfaceOwnerId
  delete address.PrivateIpAddress
  delete address.InstanceId
}

export const addresses = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const byPublicIp = (call: Call, ip: string): Address => {
    const address = Object.values(ec2(call).addresses).find(({ PublicIp }) => PublicIp === ip)
    if (address) return address
    throw new AwsError('InvalidAddress.NotFound', `Address '${ip}' not found.`)
  }
  const named = (call: Call, allocationId: string | undefined, publicIp: string | undefined): Address => {
    if (allocationId) return find(ec2(call), 'addresses', allocationId)
    if (publicIp) return byPublicIp(call, publicIp)
    throw missing('AllocationId')
  }

  return {
    AllocateAddress: ({ TagSpecifications }, call) => {
      const { Tags: _, ...address } = allocate(world, call.region, tagsFor('elastic-ip', TagSpecifications))
      return address
    },

    DescribeAddresses: (input, call) => {
      const wanted = input.PublicIps?.length
        ? input.PublicIps.map((ip) => byPublicIp(call, ip))
        : select(ec2(call), 'addresses', input.AllocationIds)
      return { Addresses: describe(wanted, { Filters: input.Filters }, paths).items }
    },

    AssociateAddress: (input, call) => {
      const state = ec2(call)
      const address = named(call, input.AllocationId, input.PublicIp)
      const target = input.NetworkInterfaceId
        ? find(state, 'networkInterfaces', input.NetworkInterfaceId)
        : primaryInterface(state, input.InstanceId)
      if (address.AssociationId && address.NetworkInterfaceId !== target.NetworkInterfaceId) {
        if (input.AllowReassociation === false) {
          throw new AwsError(
            'Resource.AlreadyAssociated',
            `resource ${address.AllocationId} is already associated with associate-id ${address.AssociationId}`,
          )
        }
        disconnect(state, address)
      }
      return { AssociationId: connect(world, call.region, address, target) }
    },

    DisassociateAddress: ({ AssociationId, PublicIp }, call) => {
      const address = Object.values(ec2(call).addresses).find((address) =>
        AssociationId ? address.AssociationId === AssociationId : address.PublicIp === PublicIp,
      )
      if (!address?.AssociationId) {
        throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${AssociationId}' does not exist`)
      }
      disconnect(ec2(call), address)
      return {}
    },

    ReleaseAddress: ({ AllocationId, PublicIp }, call) => {
      const address = named(call, AllocationId, PublicIp)
      if (address.AssociationId) {
        throw new AwsError('InvalidIPAddress.InUse', `Address ${address.PublicIp} is in use.`)
      }
      delete ec2(call).addresses[address.AllocationId]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}

function primaryInterface(ec2: Ec2State, instanceId: string | undefined): NetworkInterface {
  const { InstanceId } = find(ec2, 'instances', instanceId)
  const primary = Object.values(ec2.networkInterfaces).find(
    ({ Attachment }) => Attachment?.InstanceId === InstanceId && Attachment.DeviceIndex === 0,
  )
  if (primary) return primary
  throw new AwsError('InvalidInstanceID', `The instance '${InstanceId}' is not in a valid state for this operation.`)
}
