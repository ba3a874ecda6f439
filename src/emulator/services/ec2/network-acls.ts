import type * as Sdk from '@aws-sdk/client-ec2'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { select } from './find.ts'

const paths: FilterPaths<Sdk.NetworkAcl> = {
  'association.association-id': 'Associations.NetworkAclAssociationId',
  'association.network-acl-id': 'Associations.NetworkAclId',
  'association.subnet-id': 'Associations.SubnetId',
  default: 'IsDefault',
  'network-acl-id': 'NetworkAclId',
  'owner-id': 'OwnerId',
  'vpc-id': 'VpcId',
}

export const networkAcls = (world: World) =>
  ({
    DescribeNetworkAcls: (input, call) => {
      const acls = select(world.region(call.region).ec2, 'networkAcls', input.NetworkAclIds)
      const shown = acls.map((acl) => ({ ...acl, OwnerId: world.account }))
      const { items, next } = describe(shown, input, paths)
      return { NetworkAcls: items, ...next }
    },
  }) satisfies Handlers<typeof Sdk>
