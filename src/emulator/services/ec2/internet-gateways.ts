import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { dependencyViolation, find, invalid, select } from './find.ts'
import { ATTACHED } from './gateway-state.ts'
import { newId } from './ids.ts'
import type { Ec2State, InternetGateway } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.InternetGateway> = {
  'attachment.state': 'Attachments.State',
  'attachment.vpc-id': 'Attachments.VpcId',
  'internet-gateway-id': 'InternetGatewayId',
  'owner-id': 'OwnerId',
}

export const gatewayOf = (ec2: Ec2State, vpcId: string): InternetGateway | undefined =>
  Object.values(ec2.internetGateways).find(({ Attachments }) => Attachments.some(({ VpcId }) => VpcId === vpcId))

const hasPublicAddress = (ec2: Ec2State, vpcId: string): boolean =>
  Object.values(ec2.networkInterfaces).some(({ VpcId, Association }) => VpcId === vpcId && Association) ||
  Object.values(ec2.natGateways).some(
    ({ VpcId, State, ConnectivityType }) =>
      VpcId === vpcId && ConnectivityType === 'public' && ['pending', 'available', 'deleting'].includes(State),
  )

export const internetGateways = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = (gateway: InternetGateway) => ({ ...gateway, OwnerId: world.account })

  return {
    CreateInternetGateway: ({ TagSpecifications }, call) => {
      const gateway: InternetGateway = {
        InternetGatewayId: newId(world, 'igw'),
        Attachments: [],
        Tags: tagsFor('internet-gateway', TagSpecifications),
      }
      ec2(call).internetGateways[gateway.InternetGatewayId] = gateway
      return { InternetGateway: show(gateway) }
    },

    DescribeInternetGateways: (input, call) => {
      const shown = select(ec2(call), 'internetGateways', input.InternetGatewayIds).map(show)
      const { items, next } = describe(shown, input, paths)
      return { InternetGateways: items, ...next }
    },

    AttachInternetGateway: ({ InternetGatewayId, VpcId }, call) => {
      const gateway = find(ec2(call), 'internetGateways', InternetGatewayId)
      const vpc = find(ec2(call), 'vpcs', VpcId)
      const [attachment] = gateway.Attachments
      if (attachment) {
        throw new AwsError(
          'Resource.AlreadyAssociated',
          `resource ${gateway.InternetGatewayId} is already attached to network ${attachment.VpcId}`,
        )
      }
      if (gatewayOf(ec2(call), vpc.VpcId)) throw invalid(`Network ${VpcId} already has an internet gateway attached`)
      gateway.Attachments.push({ VpcId: vpc.VpcId, State: ATTACHED })
      return {}
    },

    DetachInternetGateway: ({ InternetGatewayId, VpcId }, call) => {
      const gateway = find(ec2(call), 'internetGateways', InternetGatewayId)
      const vpc = find(ec2(call), 'vpcs', VpcId)
      if (gatewayOf(ec2(call), vpc.VpcId) !== gateway) {
        throw new AwsError(
          'Gateway.NotAttached',
          `resource ${InternetGatewayId} is not attached to network ${vpc.VpcId}`,
        )
      }
      if (hasPublicAddress(ec2(call), vpc.VpcId)) {
        throw new AwsError(
          'DependencyViolation',
          `Network ${vpc.VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        )
      }
      gateway.Attachments = []
      return {}
    },

    DeleteInternetGateway: ({ InternetGatewayId }, call) => {
      const gateway = find(ec2(call), 'internetGateways', InternetGatewayId)
      if (gateway.Attachments.length > 0) throw dependencyViolation('internetGateway', gateway.InternetGatewayId)
      delete ec2(call).internetGateways[gateway.InternetGatewayId]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
