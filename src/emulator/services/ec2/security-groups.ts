import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find, invalid, missing, select } from './find.ts'
import { newId } from './ids.ts'
import { permissionsOf } from './permissions.ts'
import type { Ec2State, SecurityGroup } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.SecurityGroup> = {
  description: 'Description',
  'egress.ip-permission.cidr': 'IpPermissionsEgress.IpRanges.CidrIp',
  'egress.ip-permission.from-port': 'IpPermissionsEgress.FromPort',
  'egress.ip-permission.group-id': 'IpPermissionsEgress.UserIdGroupPairs.GroupId',
  'egress.ip-permission.ipv6-cidr': 'IpPermissionsEgress.Ipv6Ranges.CidrIpv6',
  'egress.ip-permission.protocol': 'IpPermissionsEgress.IpProtocol',
  'egress.ip-permission.to-port': 'IpPermissionsEgress.ToPort',
  'group-id': 'GroupId',
  'group-name': 'GroupName',
  'ip-permission.cidr': 'IpPermissions.IpRanges.CidrIp',
  'ip-permission.from-port': 'IpPermissions.FromPort',
  'ip-permission.group-id': 'IpPermissions.UserIdGroupPairs.GroupId',
  'ip-permission.ipv6-cidr': 'IpPermissions.Ipv6Ranges.CidrIpv6',
  'ip-permission.protocol': 'IpPermissions.IpProtocol',
  'ip-permission.to-port': 'IpPermissions.ToPort',
  'owner-id': 'OwnerId',
  'vpc-id': 'VpcId',
}

export const defaultVpc = (ec2: Ec2State): string => {
  const vpc = Object.values(ec2.vpcs).find(({ IsDefault }) => IsDefault)
  if (vpc) return vpc.VpcId
  throw new AwsError(
    'VPCIdNotSpecified',
    'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.',
  )
}

/** By id, or by name in the default VPC. */
export function groupOf(ec2: Ec2State, id: string | undefined, name: string | undefined): SecurityGroup {
  if (id !== undefined) return find(ec2, 'securityGroups', id)
  if (name === undefined) throw missing('GroupName or GroupId')
  const vpcId = defaultVpc(ec2)
  const group = Object.values(ec2.securityGroups).find((group) => group.VpcId === vpcId && group.GroupName === name)
  if (group) return group
  throw new AwsError('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpcId}'`)
}

const inUse = (ec2: Ec2State, id: string): boolean =>
  Object.values(ec2.networkInterfaces).some(({ Groups }) => Groups.some(({ GroupId }) => GroupId === id)) ||
  Object.values(ec2.securityGroups).some(
    ({ GroupId, rules }) => GroupId !== id && rules.some((rule) => rule.ReferencedGroupInfo?.GroupId === id),
  )

export const securityGroups = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = ({ rules, ...group }: SecurityGroup, call: Call) => ({
    ...group,
    OwnerId: world.account,
    SecurityGroupArn: arn(world, 'ec2', call.region, `security-group/${group.GroupId}`),
    IpPermissions: permissionsOf(
      rules.filter(({ IsEgress }) => !IsEgress),
      world.account,
    ),
    IpPermissionsEgress: permissionsOf(
      rules.filter(({ IsEgress }) => IsEgress),
      world.account,
    ),
  })

  return {
    CreateSecurityGroup: ({ GroupName, Description, VpcId, TagSpecifications }, call) => {
      const state = ec2(call)
      if (!GroupName) throw missing('GroupName')
      if (!Description) throw missing('GroupDescription')
      const vpcId = VpcId ? find(state, 'vpcs', VpcId).VpcId : defaultVpc(state)
      if (GroupName.startsWith('sg-')) {
        throw invalid(`invalid value for parameter groupName (${GroupName}): group names may not be in the format sg-*`)
      }
      if (GroupName === 'default') throw invalid('Cannot use reserved security group name: default')
      if (Object.values(state.securityGroups).some((group) => group.VpcId === vpcId && group.GroupName === GroupName)) {
        throw new AwsError(
          'InvalidGroup.Duplicate',
          `The security group '${GroupName}' already exists for VPC '${vpcId}'`,
        )
      }
      const group: SecurityGroup = {
        GroupId: newId(world, 'sg'),
        GroupName,
        Description,
        VpcId: vpcId,
        Tags: tagsFor('security-group', TagSpecifications),
        rules: [
          {
            SecurityGroupRuleId: newId(world, 'sgr'),
            IsEgress: true,
            IpProtocol: '-1',
            FromPort: -1,
            ToPort: -1,
            CidrIpv4: '0.0.0.0/0',
            Tags: [],
          },
        ],
      }
      state.securityGroups[group.GroupId] = group
      const { GroupId, SecurityGroupArn, Tags } = show(group, call)
      return { GroupId, SecurityGroupArn, Tags }
    },

    DescribeSecurityGroups: (input, call) => {
      const state = ec2(call)
      const wanted = input.GroupNames?.length
        ? input.GroupNames.map((name) => groupOf(state, undefined, name))
        : select(state, 'securityGroups', input.GroupIds)
      const shown = wanted.map((group) => show(group, call))
      const { items, next } = describe(shown, input, paths)
      return { SecurityGroups: items, ...next }
    },

    DeleteSecurityGroup: (input, call) => {
      const { GroupId, GroupName } = groupOf(ec2(call), input.GroupId, input.GroupName)
      if (GroupName === 'default') {
        throw new AwsError(
          'CannotDelete',
          `the specified group: "${GroupId}" name: "${GroupName}" cannot be deleted by a user`,
        )
      }
      if (inUse(ec2(call), GroupId)) {
        throw new AwsError('DependencyViolation', `resource ${GroupId} has a dependent object`)
      }
      delete ec2(call).securityGroups[GroupId]
      return { Return: true, GroupId }
    },
  } satisfies Handlers<typeof Sdk>
}
