import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find } from './find.ts'
import { newId } from './ids.ts'
import { type PermissionInput, permissionsOf, rulesOf, ruleText } from './permissions.ts'
import { groupOf } from './security-groups.ts'
import type { SecurityGroup, SecurityGroupRule } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.SecurityGroupRule> = {
  'group-id': 'GroupId',
  'security-group-rule-id': 'SecurityGroupRuleId',
}

/** A direction can have as many rules; AWS's default quota. */
const MAXIMUM_RULES = 60

interface GroupInput extends PermissionInput {
  readonly GroupId?: string | undefined
  readonly GroupName?: string | undefined
  readonly SecurityGroupRuleIds?: string[] | undefined
  readonly TagSpecifications?: Sdk.TagSpecification[] | undefined
}

export const securityGroupRules = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const groupFor = (input: GroupInput, call: Call) => groupOf(ec2(call), input.GroupId, input.GroupName)
  const namedRules = (input: GroupInput, call: Call) =>
    rulesOf(input, (name) => groupOf(ec2(call), undefined, name).GroupId)

  const show = (rule: SecurityGroupRule, { GroupId }: SecurityGroup, call: Call) => ({
    ...rule,
    GroupId,
    GroupOwnerId: world.account,
    SecurityGroupRuleArn: arn(world, 'ec2', call.region, `security-group-rule/${rule.SecurityGroupRuleId}`),
    ...(rule.ReferencedGroupInfo && { ReferencedGroupInfo: { UserId: world.account, ...rule.ReferencedGroupInfo } }),
  })

  function authorize(input: GroupInput, IsEgress: boolean, call: Call) {
    const group = groupFor(input, call)
    const known = new Set(group.rules.filter((rule) => rule.IsEgress === IsEgress).map(ruleText))
    const Tags = tagsFor('security-group-rule', input.TagSpecifications)
    const added: SecurityGroupRule[] = []
    for (const rule of namedRules(input, call)) {
      if (rule.ReferencedGroupInfo) find(ec2(call), 'securityGroups', rule.ReferencedGroupInfo.GroupId)
      if (known.has(ruleText(rule))) {
        throw new AwsError('InvalidPermission.Duplicate', `the specified rule "${ruleText(rule)}" already exists`)
      }
      known.add(ruleText(rule))
      added.push({ ...rule, IsEgress, SecurityGroupRuleId: newId(world, 'sgr'), Tags: [...Tags] })
    }
    if (known.size > MAXIMUM_RULES) {
      throw new AwsError(
        'RulesPerSecurityGroupLimitExceeded',
        'The maximum number of rules per security group has been reached.',
      )
    }
    group.rules.push(...added)
    return { Return: true, SecurityGroupRules: added.map((rule) => show(rule, group, call)) }
  }

  /** Rules that are not there are an error, but in a default VPC they are only named in the answer. */
  function revoke(input: GroupInput, IsEgress: boolean, call: Call) {
    const group = groupFor(input, call)
    const candidates = group.rules.filter((rule) => rule.IsEgress === IsEgress)
    const byId = input.SecurityGroupRuleIds?.map((id) => {
      const rule = candidates.find(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id)
      if (rule) return rule
      throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
    })
    const wanted = byId?.length ? [] : namedRules(input, call)
    const isWanted = (rule: SecurityGroupRule) => wanted.some((other) => ruleText(other) === ruleText(rule))
    const revoked = byId?.length ? byId : candidates.filter(isWanted)
    const unknown = wanted.filter((rule) => !candidates.some((other) => ruleText(other) === ruleText(rule)))
    if (unknown.length > 0 && !ec2(call).vpcs[group.VpcId]?.IsDefault) {
      throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
    }
    group.rules.splice(0, Infinity, ...group.rules.filter((rule) => !revoked.includes(rule)))
    return {
      Return: true,
      RevokedSecurityGroupRules: revoked.map((rule) => ({ ...rule, GroupId: group.GroupId })),
      ...(unknown.length > 0 && { UnknownIpPermissions: permissionsOf(unknown, world.account) }),
    }
  }

  function redescribe(input: GroupInput, IsEgress: boolean, call: Call) {
    const { rules } = groupFor(input, call)
    for (const { Description, ...named } of namedRules(input, call)) {
      const rule = rules.find((rule) => rule.IsEgress === IsEgress && ruleText(rule) === ruleText(named))
      if (!rule) {
        throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
      }
      rule.Description = Description
    }
    return { Return: true }
  }

  return {
    AuthorizeSecurityGroupIngress: (input, call) => authorize(input, false, call),
    AuthorizeSecurityGroupEgress: (input, call) => authorize(input, true, call),
    RevokeSecurityGroupIngress: (input, call) => revoke(input, false, call),
    RevokeSecurityGroupEgress: (input, call) => revoke(input, true, call),
    UpdateSecurityGroupRuleDescriptionsIngress: (input, call) => redescribe(input, false, call),
    UpdateSecurityGroupRuleDescriptionsEgress: (input, call) => redescribe(input, true, call),

    DescribeSecurityGroupRules: (input, call) => {
      const all = Object.values(ec2(call).securityGroups).flatMap((group) =>
        group.rules.map((rule) => show(rule, group, call)),
      )
      const ids = input.SecurityGroupRuleIds ?? []
      for (const id of ids) {
        if (all.some(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id)) continue
        throw new AwsError('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`)
      }
      const wanted = all.filter(({ SecurityGroupRuleId }) => ids.length === 0 || ids.includes(SecurityGroupRuleId))
      const { items, next } = describe(wanted, input, paths)
      return { SecurityGroupRules: items, ...next }
    },
  } satisfies Handlers<typeof Sdk>
}
