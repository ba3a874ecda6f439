import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { allocate, connect, disconnect } from './addresses.ts'
import { age } from './age.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find, missing, select } from './find.ts'
import { newId } from './ids.ts'
import { gatewayOf } from './internet-gateways.ts'
import { createNetworkInterface } from './network-interfaces.ts'
import type { Ec2State, NatGateway } from './state.ts'
import { tagsFor } from './tags.ts'
import { zoneId } from './zones.ts'

const paths: FilterPaths<Sdk.NatGateway> = {
  'nat-gateway-id': 'NatGatewayId',
  state: 'State',
  'subnet-id': 'SubnetId',
  'vpc-id': 'VpcId',
}

const SECONDS_TO_CREATE = 100
const SECONDS_TO_FAIL = 5
const SECONDS_TO_DELETE = 45
const SECONDS_SHOWN_AFTERWARDS = 3600

/** Lets a NAT gateway become available, or go. */
export function ageNatGateway(world: World, region: string, id: string): void {
  const { ec2 } = world.region(region)
  const gateway = ec2.natGateways[id]
  if (!gateway) return
  const unreachable = gateway.ConnectivityType === 'public' && !gatewayOf(ec2, gateway.VpcId)
  age(world, () => ec2.natGateways[id]?.State, {
    pending: unreachable
      ? [SECONDS_TO_FAIL, () => fail(ec2, gateway)]
      : [
          SECONDS_TO_CREATE,
          () => {
            gateway.State = 'available'
          },
        ],
    deleting: [
      SECONDS_TO_DELETE,
      () => {
        release(ec2, gateway)
        gateway.State = 'deleted'
        gateway.DeleteTime = world.clock.now()
      },
    ],
    deleted: [SECONDS_SHOWN_AFTERWARDS, () => delete ec2.natGateways[id]],
    failed: [SECONDS_SHOWN_AFTERWARDS, () => delete ec2.natGateways[id]],
  })
}

function fail(ec2: Ec2State, gateway: NatGateway): void {
  release(ec2, gateway)
  gateway.State = 'failed'
  gateway.FailureCode = 'Gateway.NotAttached'
  gateway.FailureMessage = `Network ${gateway.VpcId} has no Internet gateway attached`
}

function release(ec2: Ec2State, gateway: NatGateway): void {
  for (const { AllocationId, NetworkInterfaceId } of gateway.NatGatewayAddresses) {
    const address = ec2.addresses[AllocationId ?? '']
    if (address) disconnect(ec2, address)
    if (address?.ServiceManaged) delete ec2.addresses[address.AllocationId]
    delete ec2.networkInterfaces[NetworkInterfaceId ?? '']
  }
  for (const route of Object.values(ec2.routeTables).flatMap(({ Routes }) => Routes)) {
    if (route.NatGatewayId === gateway.NatGatewayId) route.State = 'blackhole'
  }
}

export const natGateways = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2

  /** In one subnet, with an Elastic IP of the user's when it is public. */
  function zonalAddress(call: Call, id: string, input: Sdk.CreateNatGatewayRequest, isPublic: boolean) {
    const state = ec2(call)
    const subnet = find(state, 'subnets', input.SubnetId)
    if (isPublic && !input.AllocationId) {
      throw new AwsError(
        'MissingParameter',
        'The request must include the AllocationId parameter. Add the required parameter and retry the request.',
      )
    }
    const address = isPublic ? find(state, 'addresses', input.AllocationId) : undefined
    if (address?.AssociationId) {
      throw new AwsError(
        'Resource.AlreadyAssociated',
        `Elastic IP address [${address.AllocationId}] is already associated`,
      )
    }
    const networkInterface = createNetworkInterface(world, call.region, {
      subnetId: subnet.SubnetId,
      privateIpAddress: input.PrivateIpAddress,
      description: `Interface for NAT Gateway ${id}`,
      type: 'natGateway',
      requester: 'amazon-nat',
    })
    return {
      VpcId: subnet.VpcId,
      address: {
        ...(address && {
          AllocationId: address.AllocationId,
          PublicIp: address.PublicIp,
          AssociationId: connect(world, call.region, address, networkInterface),
        }),
        NetworkInterfaceId: networkInterface.NetworkInterfaceId,
        PrivateIp: networkInterface.PrivateIpAddress,
        IsPrimary: true,
        Status: 'succeeded' as const,
      },
    }
  }

  /** For a whole VPC: AWS brings an Elastic IP for every zone in which the VPC has a subnet. */
  function regionalAddresses(call: Call, vpcId: string): Sdk.NatGatewayAddress[] {
    const inVpc = Object.values(ec2(call).subnets).filter(({ VpcId }) => VpcId === vpcId)
    const zones = [...new Set(inVpc.map(({ AvailabilityZone }) => AvailabilityZone))].sort()
    return zones.map((AvailabilityZone) => {
      const address = allocate(world, call.region)
      address.ServiceManaged = 'rnat'
      address.AssociationId = newId(world, 'eipassoc')
      const { AllocationId, PublicIp, AssociationId } = address
      const AvailabilityZoneId = zoneId(AvailabilityZone)
      return { AllocationId, PublicIp, AssociationId, AvailabilityZone, AvailabilityZoneId, Status: 'succeeded' }
    })
  }

  function create(input: Sdk.CreateNatGatewayRequest, call: Call): NatGateway {
    const NatGatewayId = newId(world, 'nat')
    const ConnectivityType = input.ConnectivityType ?? 'public'
    const common = {
      NatGatewayId,
      State: 'pending' as const,
      ConnectivityType,
      CreateTime: world.clock.now(),
      Tags: tagsFor('natgateway', input.TagSpecifications),
      clientToken: input.ClientToken,
    }
    if (input.AvailabilityMode === 'regional') {
      if (!input.VpcId) throw missing('VpcId')
      const { VpcId } = find(ec2(call), 'vpcs', input.VpcId)
      return {
        ...common,
        VpcId,
        AvailabilityMode: 'regional',
        AutoProvisionZones: 'enabled',
        AutoScalingIps: 'enabled',
        NatGatewayAddresses: regionalAddresses(call, VpcId),
      }
    }
    if (!input.SubnetId) throw missing('SubnetId')
    const { VpcId, address } = zonalAddress(call, NatGatewayId, input, ConnectivityType === 'public')
    return { ...common, VpcId, SubnetId: input.SubnetId, AvailabilityMode: 'zonal', NatGatewayAddresses: [address] }
  }

  return {
    CreateNatGateway: (input, call) => {
      const state = ec2(call)
      const same = ({ clientToken }: NatGateway) => clientToken !== undefined && clientToken === input.ClientToken
      const gateway = Object.values(state.natGateways).find(same) ?? create(input, call)
      if (!state.natGateways[gateway.NatGatewayId]) {
        state.natGateways[gateway.NatGatewayId] = gateway
        ageNatGateway(world, call.region, gateway.NatGatewayId)
      }
      return { NatGateway: gateway, ...(input.ClientToken && { ClientToken: input.ClientToken }) }
    },

    DescribeNatGateways: (input, call) => {
      const gateways = select(ec2(call), 'natGateways', input.NatGatewayIds)
      const { items, next } = describe(gateways, { ...input, Filters: input.Filter }, paths)
      return { NatGateways: items, ...next }
    },

    DeleteNatGateway: ({ NatGatewayId }, call) => {
      const gateway = find(ec2(call), 'natGateways', NatGatewayId)
      if (gateway.State !== 'deleted' && gateway.State !== 'deleting') {
        gateway.State = 'deleting'
        ageNatGateway(world, call.region, gateway.NatGatewayId)
      }
      return { NatGatewayId: gateway.NatGatewayId }
    },
  } satisfies Handlers<typeof Sdk>
}
