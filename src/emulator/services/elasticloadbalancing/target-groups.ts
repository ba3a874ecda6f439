import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { forgetBell } from '../../bell.ts'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { targetGroupDefaults } from './attributes.ts'
import { findLoadBalancer, findTargetGroup, loadBalancersOf, validationError } from './find.ts'
import { healthSettings, within } from './health-settings.ts'
import { checkName } from './names.ts'
import type { StoredTargetGroup } from './state.ts'

const PAGE_SIZE = 400

export const targetGroups = (world: World) => {
  const elb = (call: Call) => world.region(call.region).elb
  const shown = (group: StoredTargetGroup, call: Call): Sdk.TargetGroup => ({
    ...group,
    LoadBalancerArns: loadBalancersOf(elb(call), group.TargetGroupArn),
  })

  /** Where traffic goes; a function has no place in a network. */
  const destination = ({ TargetType, Protocol, Port, VpcId, ProtocolVersion }: Sdk.TargetGroup, call: Call) => {
    if (TargetType === 'lambda') return {}
    if (!Protocol) throw validationError('A protocol must be specified')
    if (Port === undefined) throw validationError('A port must be specified')
    if (!VpcId) throw validationError('A VPC ID must be specified')
    if (!world.region(call.region).ec2.vpcs[VpcId]) throw validationError(`The VPC ID '${VpcId}' is not found`)
    const http = Protocol === 'HTTP' || Protocol === 'HTTPS'
    const version = http && { ProtocolVersion: ProtocolVersion ?? 'HTTP1' }
    return { Protocol, Port: within('port', Port, 1, 65_535), VpcId, ...version }
  }

  return {
    CreateTargetGroup: (input, call) => {
      const { Name = '', TargetType = 'instance', IpAddressType = 'ipv4' } = input
      checkName('Target group name', Name)
      const request = JSON.stringify(input)
      const same = Object.values(elb(call).targetGroups).find(({ TargetGroupName }) => TargetGroupName === Name)
      if (same?.request === request) return { TargetGroups: [shown(same, call)] }
      if (same) {
        const text = `A target group with the same name '${Name}' exists, but with different settings`
        throw new AwsError('DuplicateTargetGroupName', text)
      }
      const kind = { TargetType, ...destination({ ...input, TargetType }, call) }
      const path = `targetgroup/${Name}/${world.random.hex(16)}`
      const TargetGroupArn = arn(world, 'elasticloadbalancing', call.region, path)
      const group: StoredTargetGroup = {
        TargetGroupArn,
        TargetGroupName: Name,
        ...kind,
        IpAddressType,
        ...healthSettings(kind, input),
        targets: [],
        attributes: targetGroupDefaults(kind),
        request,
      }
      elb(call).targetGroups[TargetGroupArn] = group
      elb(call).tags[TargetGroupArn] = tagRecord(input.Tags)
      return { TargetGroups: [shown(group, call)] }
    },

    DescribeTargetGroups: (input, call) => {
      const { LoadBalancerArn, TargetGroupArns = [], Names = [], Marker, PageSize = PAGE_SIZE } = input
      const all = Object.values(elb(call).targetGroups).map((group) => shown(group, call))
      for (const arn of TargetGroupArns) findTargetGroup(elb(call), arn)
      if (Names.some((name) => !all.some(({ TargetGroupName }) => TargetGroupName === name))) {
        throw new AwsError('TargetGroupNotFound', 'One or more target groups not found')
      }
      if (LoadBalancerArn) findLoadBalancer(elb(call), LoadBalancerArn)
      const wanted = all.filter(
        ({ TargetGroupArn = '', TargetGroupName = '', LoadBalancerArns }) =>
          (TargetGroupArns.length === 0 || TargetGroupArns.includes(TargetGroupArn)) &&
          (Names.length === 0 || Names.includes(TargetGroupName)) &&
          (!LoadBalancerArn || LoadBalancerArns?.includes(LoadBalancerArn)),
      )
      const { items, next } = page(wanted, PageSize, Marker)
      return { TargetGroups: items, ...(next && { NextMarker: next }) }
    },

    ModifyTargetGroup: ({ TargetGroupArn, ...changes }, call) => {
      const group = findTargetGroup(elb(call), TargetGroupArn)
      Object.assign(group, healthSettings(group, { ...group, ...changes }))
      return { TargetGroups: [shown(group, call)] }
    },

    DeleteTargetGroup: ({ TargetGroupArn = '' }, call) => {
      const group = elb(call).targetGroups[TargetGroupArn]
      if (!group) return {}
      if (loadBalancersOf(elb(call), TargetGroupArn).length > 0) {
        const text = `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`
        throw new AwsError('ResourceInUse', text)
      }
      group.targets.length = 0
      delete elb(call).targetGroups[TargetGroupArn]
      delete elb(call).tags[TargetGroupArn]
      forgetBell(world, TargetGroupArn)
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
