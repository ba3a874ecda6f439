import type * as Sdk from '@aws-sdk/client-ec2'
import { cidrText, parseCidr } from './cidr.ts'
import { invalid, missing } from './find.ts'
import type { SecurityGroupRule } from './state.ts'

/** What a rule says, without who owns it. */
export type Rule = Omit<SecurityGroupRule, 'SecurityGroupRuleId' | 'IsEgress' | 'Tags'>

const PROTOCOLS: Record<string, string> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' }

/** The parameters of rules as Authorize and Revoke take them: a list of permissions, or one of them spelt flat. */
export interface PermissionInput {
  readonly IpPermissions?: Sdk.IpPermission[] | undefined
  readonly IpProtocol?: string | undefined
  readonly FromPort?: number | undefined
  readonly ToPort?: number | undefined
  readonly CidrIp?: string | undefined
  readonly SourceSecurityGroupName?: string | undefined
}

/** The rules that a request names, one a peer. `groupNamed` finds a group's id by its name. */
export function rulesOf(input: PermissionInput, groupNamed: (name: string) => string): Rule[] {
  const { IpPermissions, IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName } = input
  const flat: Sdk.IpPermission[] = [
    {
      IpProtocol,
      FromPort,
      ToPort,
      ...(CidrIp !== undefined && { IpRanges: [{ CidrIp }] }),
      ...(SourceSecurityGroupName !== undefined && { UserIdGroupPairs: [{ GroupName: SourceSecurityGroupName }] }),
    },
  ]
  return (IpPermissions?.length ? IpPermissions : flat).flatMap((permission) => explode(permission, groupNamed))
}

function explode(permission: Sdk.IpPermission, groupNamed: (name: string) => string): Rule[] {
  const { IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] } = permission
  const common = protocolAndPorts(permission)
  const peers: Partial<Rule>[] = [
    ...IpRanges.map(({ CidrIp = '', Description }) => ({ CidrIpv4: checkedCidr(CidrIp), Description })),
    ...Ipv6Ranges.map(({ CidrIpv6, Description }) => ({ CidrIpv6, Description })),
    ...PrefixListIds.map(({ PrefixListId, Description }) => ({ PrefixListId, Description })),
    ...UserIdGroupPairs.map(({ GroupId, GroupName = '', Description }) => ({
      ReferencedGroupInfo: { GroupId: GroupId ?? groupNamed(GroupName) },
      Description,
    })),
  ]
  return peers.map(({ Description, ...peer }) => ({ ...common, ...peer, ...(Description && { Description }) }))
}

function protocolAndPorts({ IpProtocol, FromPort, ToPort }: Sdk.IpPermission): Rule {
  if (IpProtocol === undefined) throw missing('ipProtocol')
  const protocol = PROTOCOLS[IpProtocol.toLowerCase()] ?? IpProtocol.toLowerCase()
  if (protocol === '-1') return { IpProtocol: '-1', FromPort: -1, ToPort: -1 }
  if (protocol === 'tcp' || protocol === 'udp') {
    if (FromPort === undefined || ToPort === undefined) {
      throw invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
    }
    if (FromPort < 0 || ToPort > 65_535 || FromPort > ToPort) {
      throw invalid(`Invalid ${protocol.toUpperCase()} port range (${FromPort},${ToPort})`)
    }
  }
  return { IpProtocol: protocol, FromPort: FromPort ?? -1, ToPort: ToPort ?? -1 }
}

function checkedCidr(text: string): string {
  const cidr = parseCidr(text)
  if (cidr) return cidrText(cidr)
  throw invalid(`CIDR block ${text} is malformed`)
}

const peerOf = ({ CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo }: Rule): string =>
  CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? ReferencedGroupInfo?.GroupId ?? ''

const portsOf = ({ IpProtocol, FromPort, ToPort }: Rule): string =>
  IpProtocol === '-1' ? 'ALL' : `${IpProtocol.toUpperCase()}, from port: ${FromPort}, to port: ${ToPort}`

/** A rule as AWS names it when it refuses one. Equal texts are equal rules: the description does not count. */
export const ruleText = (rule: Rule): string => `peer: ${peerOf(rule)}, ${portsOf(rule)}, ALLOW`

/** Rules as they are listed at their group: put together by protocol and ports. */
export function permissionsOf(rules: readonly Rule[], owner: string): Sdk.IpPermission[] {
  const byPorts = new Map<string, Rule[]>()
  for (const rule of rules) byPorts.set(portsOf(rule), [...(byPorts.get(portsOf(rule)) ?? []), rule])
  return [...byPorts.values()].map((together) => {
    const [first] = together
    const described = ({ Description }: Rule) => Description !== undefined && { Description }
    return {
      IpProtocol: first?.IpProtocol,
      ...(first?.IpProtocol !== '-1' && { FromPort: first?.FromPort, ToPort: first?.ToPort }),
      IpRanges: together.flatMap((rule) => (rule.CidrIpv4 ? [{ CidrIp: rule.CidrIpv4, ...described(rule) }] : [])),
      Ipv6Ranges: together.flatMap((rule) => (rule.CidrIpv6 ? [{ CidrIpv6: rule.CidrIpv6, ...described(rule) }] : [])),
      PrefixListIds: together.flatMap((rule) =>
        rule.PrefixListId ? [{ PrefixListId: rule.PrefixListId, ...described(rule) }] : [],
      ),
      UserIdGroupPairs: together.flatMap((rule) =>
        rule.ReferencedGroupInfo
          ? [{ GroupId: rule.ReferencedGroupInfo.GroupId, UserId: owner, ...described(rule) }]
          : [],
      ),
    }
  })
}
