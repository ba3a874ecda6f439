import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { quotaReached } from '../servicequotas/quotas.ts'
import { cidrText, parseCidr } from './cidr.ts'
import { describe, type FilterPaths } from './describe.ts'
import { dependencyViolation, find, invalid, select } from './find.ts'
import { newId } from './ids.ts'
import type { Ec2State, Vpc, VpcAttribute } from './state.ts'
import { tagsFor } from './tags.ts'
import { newVpc } from './vpc-parts.ts'

const paths: FilterPaths<Sdk.Vpc> = {
  'vpc-id': 'VpcId',
  cidr: 'CidrBlock',
  'cidr-block': 'CidrBlock',
  cidrBlock: 'CidrBlock',
  'cidr-block-association.association-id': 'CidrBlockAssociationSet.AssociationId',
  'cidr-block-association.cidr-block': 'CidrBlockAssociationSet.CidrBlock',
  'cidr-block-association.state': 'CidrBlockAssociationSet.CidrBlockState.State',
  'dhcp-options-id': 'DhcpOptionsId',
  'is-default': 'IsDefault',
  isDefault: 'IsDefault',
  'owner-id': 'OwnerId',
  state: 'State',
}

/** What keeps a VPC from being deleted. What AWS made with it goes with it. */
function inUse(ec2: Ec2State, id: string): boolean {
  const mine = ({ VpcId }: { readonly VpcId?: string | undefined }) => VpcId === id
  return (
    Object.values(ec2.subnets).some(mine) ||
    Object.values(ec2.internetGateways).some(({ Attachments }) => Attachments.some(mine)) ||
    Object.values(ec2.natGateways).some(
      (gateway) => mine(gateway) && ['pending', 'available', 'deleting'].includes(gateway.State),
    ) ||
    Object.values(ec2.vpcEndpoints).some(mine) ||
    Object.values(ec2.routeTables).some((table) => mine(table) && !table.Associations.some(({ Main }) => Main)) ||
    Object.values(ec2.networkAcls).some((acl) => mine(acl) && !acl.IsDefault) ||
    Object.values(ec2.securityGroups).some((group) => mine(group) && group.GroupName !== 'default')
  )
}

export const vpcs = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = ({ attributes: _, ...vpc }: Vpc) => ({ ...vpc, OwnerId: world.account })

  return {
    CreateVpc: ({ CidrBlock, InstanceTenancy, TagSpecifications }, call) => {
      if (CidrBlock === undefined) {
        throw new AwsError('MissingParameter', "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
      }
      const cidr = parseCidr(CidrBlock)
      if (!cidr)
        throw invalid(`Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`)
      if (cidr.prefix < 16 || cidr.prefix > 28) {
        throw new AwsError('InvalidVpc.Range', `The CIDR '${CidrBlock}' is invalid.`)
      }
      if (quotaReached(world, 'L-F678F1CE', Object.keys(ec2(call).vpcs).length)) {
        throw new AwsError('VpcLimitExceeded', 'The maximum number of VPCs has been reached.')
      }
      const { vpc, routeTable, networkAcl, securityGroup } = newVpc(cidrText(cidr), (prefix) => newId(world, prefix))
      vpc.InstanceTenancy = InstanceTenancy ?? 'default'
      vpc.Tags = tagsFor('vpc', TagSpecifications)
      const { vpcs, routeTables, networkAcls, securityGroups } = ec2(call)
      vpcs[vpc.VpcId] = vpc
      routeTables[routeTable.RouteTableId] = routeTable
      networkAcls[networkAcl.NetworkAclId] = networkAcl
      securityGroups[securityGroup.GroupId] = securityGroup
      return { Vpc: show(vpc) }
    },

    DescribeVpcs: (input, call) => {
      const { items, next } = describe(select(ec2(call), 'vpcs', input.VpcIds).map(show), input, paths)
      return { Vpcs: items, ...next }
    },

    DeleteVpc: ({ VpcId }, call) => {
      const state = ec2(call)
      const vpc = find(state, 'vpcs', VpcId)
      if (inUse(state, vpc.VpcId)) throw dependencyViolation('vpc', vpc.VpcId)
      for (const kind of ['vpcs', 'routeTables', 'networkAcls', 'securityGroups'] as const) {
        for (const [id, item] of Object.entries(state[kind])) if (item.VpcId === vpc.VpcId) delete state[kind][id]
      }
      return {}
    },

    ModifyVpcAttribute: (input, call) => {
      const { attributes } = find(ec2(call), 'vpcs', input.VpcId)
      const given = (Object.keys(attributes) as VpcAttribute[]).filter((name) => input[name] !== undefined)
      if (given.length > 1) {
        const names = given.map((name) => name.charAt(0).toLowerCase() + name.slice(1)).join(', ')
        throw new AwsError('InvalidParameterCombination', `Fields for multiple attribute types specified: ${names}`)
      }
      for (const name of given) attributes[name] = input[name]?.Value ?? false
      return {}
    },

    DescribeVpcAttribute: ({ VpcId, Attribute }, call) => {
      const { attributes } = find(ec2(call), 'vpcs', VpcId)
      const name = `${Attribute?.charAt(0).toUpperCase()}${Attribute?.slice(1)}` as VpcAttribute
      if (!(name in attributes)) {
        throw invalid(`Value (${Attribute}) for parameter attribute is invalid. Unknown attribute.`)
      }
      return { VpcId, [name]: { Value: attributes[name] } }
    },
  } satisfies Handlers<typeof Sdk>
}
