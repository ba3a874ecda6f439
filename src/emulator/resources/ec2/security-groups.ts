import type { IpPermission } from '@aws-sdk/client-ec2'
import { ignoringAbsent, type ResourceContext, resource } from '../resource.ts'
import { api, retag, tagged, whenFree, without } from './shared.ts'

/** A rule as templates write it, of either direction. */
interface Rule {
  readonly IpProtocol: string
  readonly FromPort?: number
  readonly ToPort?: number
  readonly CidrIp?: string
  readonly CidrIpv6?: string
  readonly SourceSecurityGroupId?: string
  readonly SourceSecurityGroupName?: string
  readonly SourcePrefixListId?: string
  readonly DestinationSecurityGroupId?: string
  readonly DestinationPrefixListId?: string
  readonly Description?: string
}

interface SecurityGroupProperties {
  readonly GroupDescription: string
  readonly GroupName?: string
  readonly VpcId?: string
  readonly SecurityGroupIngress?: readonly Rule[]
  readonly SecurityGroupEgress?: readonly Rule[]
  readonly Tags?: unknown
}

interface RuleProperties extends Rule {
  readonly GroupId?: string
  readonly GroupName?: string
}

type Direction = 'ingress' | 'egress'

function permission(rule: Rule): IpPermission {
  const { IpProtocol, FromPort, ToPort, CidrIp, CidrIpv6, Description } = rule
  const GroupId = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId
  const GroupName = rule.SourceSecurityGroupName
  const PrefixListId = rule.SourcePrefixListId ?? rule.DestinationPrefixListId
  return {
    IpProtocol,
    FromPort,
    ToPort,
    ...(CidrIp && { IpRanges: [{ CidrIp, Description }] }),
    ...(CidrIpv6 && { Ipv6Ranges: [{ CidrIpv6, Description }] }),
    ...(PrefixListId && { PrefixListIds: [{ PrefixListId, Description }] }),
    ...((GroupId || GroupName) && { UserIdGroupPairs: [{ GroupId, GroupName, Description }] }),
  }
}

function authorize(GroupId: string, direction: Direction, rules: readonly Rule[], context: ResourceContext) {
  if (rules.length === 0) return []
  const input = { GroupId, IpPermissions: rules.map(permission) }
  return direction === 'ingress'
    ? api(context).AuthorizeSecurityGroupIngress(input, context.call).SecurityGroupRules
    : api(context).AuthorizeSecurityGroupEgress(input, context.call).SecurityGroupRules
}

function revoke(GroupId: string, direction: Direction, rules: readonly Rule[], context: ResourceContext): void {
  if (rules.length === 0) return
  const input = { GroupId, IpPermissions: rules.map(permission) }
  if (direction === 'ingress') api(context).RevokeSecurityGroupIngress(input, context.call)
  else api(context).RevokeSecurityGroupEgress(input, context.call)
}

/** What AWS gives to a new group, and CloudFormation takes away when the template has rules of its own. */
const EVERYTHING: readonly Rule[] = [{ IpProtocol: '-1', CidrIp: '0.0.0.0/0' }]

const egressOf = ({ SecurityGroupEgress }: SecurityGroupProperties): readonly Rule[] =>
  SecurityGroupEgress ?? EVERYTHING

const securityGroup = resource<SecurityGroupProperties>({
  seconds: 5,
  async create(properties, context) {
    const { GroupDescription: Description, GroupName = context.name(255), VpcId, Tags } = properties
    const TagSpecifications = tagged(context, 'security-group', Tags)
    const input = { GroupName, Description, VpcId, TagSpecifications }
    const { GroupId } = api(context).CreateSecurityGroup(input, context.call)
    try {
      const egress = egressOf(properties)
      authorize(GroupId, 'ingress', properties.SecurityGroupIngress ?? [], context)
      revoke(GroupId, 'egress', without(EVERYTHING, egress), context)
      authorize(GroupId, 'egress', without(egress, EVERYTHING), context)
    } catch (error) {
      api(context).DeleteSecurityGroup({ GroupId }, context.call)
      throw error
    }
    return GroupId
  },
  update(id, properties, before, context) {
    const [ingress, ingressBefore] = [properties.SecurityGroupIngress, before.SecurityGroupIngress]
    revoke(id, 'ingress', without(ingressBefore, ingress), context)
    authorize(id, 'ingress', without(ingress, ingressBefore), context)
    revoke(id, 'egress', without(egressOf(before), egressOf(properties)), context)
    authorize(id, 'egress', without(egressOf(properties), egressOf(before)), context)
    retag(id, properties.Tags, context)
  },
  delete: (id, _properties, context) =>
    whenFree(context, () => api(context).DeleteSecurityGroup({ GroupId: id }, context.call)),
  attributes(id, context) {
    const [group] = api(context).DescribeSecurityGroups({ GroupIds: [id] }, context.call).SecurityGroups
    return { GroupId: id, Id: id, VpcId: group?.VpcId }
  },
})

const ABSENT = ['InvalidSecurityGroupRuleId.NotFound', 'InvalidGroup.NotFound']

/** A rule of its own, which another stack's group may get. */
const rule = (direction: Direction) =>
  resource<RuleProperties>({
    create({ GroupId, GroupName, ...properties }, context) {
      const [group] = api(context).DescribeSecurityGroups(
        GroupId ? { GroupIds: [GroupId] } : { GroupNames: [GroupName ?? ''] },
        context.call,
      ).SecurityGroups
      const [created] = authorize(group?.GroupId ?? '', direction, [properties], context)
      return created?.SecurityGroupRuleId ?? ''
    },
    update(_id, { GroupId, GroupName, ...properties }, _before, context) {
      const input = { GroupId, GroupName, IpPermissions: [permission(properties)] }
      if (direction === 'ingress') api(context).UpdateSecurityGroupRuleDescriptionsIngress(input, context.call)
      else api(context).UpdateSecurityGroupRuleDescriptionsEgress(input, context.call)
    },
    delete: (id, { GroupId, GroupName }, context) =>
      ignoringAbsent(ABSENT, () => {
        const input = { GroupId, GroupName, SecurityGroupRuleIds: [id] }
        if (direction === 'ingress') api(context).RevokeSecurityGroupIngress(input, context.call)
        else api(context).RevokeSecurityGroupEgress(input, context.call)
      }),
    attributes: (id) => ({ Id: id }),
  })

export const securityGroupResources = {
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::EC2::SecurityGroupIngress': rule('ingress'),
  'AWS::EC2::SecurityGroupEgress': rule('egress'),
}
