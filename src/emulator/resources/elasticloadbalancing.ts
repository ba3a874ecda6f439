import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { ignoringAbsent, type ResourceContext, resource, until } from './resource.ts'

type LoadBalancerProperties = Omit<Sdk.CreateLoadBalancerInput, 'Name' | 'Tags'> & {
  readonly Name?: string
  readonly LoadBalancerAttributes?: Sdk.LoadBalancerAttribute[]
  readonly Tags?: unknown
}
type TargetGroupProperties = Omit<Sdk.CreateTargetGroupInput, 'Name' | 'Tags'> & {
  readonly Name?: string
  readonly Targets?: Sdk.TargetDescription[]
  readonly TargetGroupAttributes?: Sdk.TargetGroupAttribute[]
  readonly Tags?: unknown
}
type ListenerProperties = Omit<Sdk.CreateListenerInput, 'Tags'> & {
  readonly ListenerAttributes?: Sdk.ListenerAttribute[]
  readonly Tags?: unknown
}
type RuleProperties = Omit<Sdk.CreateRuleInput, 'Tags'> & { readonly Tags?: unknown }
interface ListenerCertificateProperties {
  readonly ListenerArn: string
  readonly Certificates: Sdk.Certificate[]
}

const api = ({ world }: ResourceContext) => world.services.elasticloadbalancing

/** Makes the tags of a resource those of its template; AWS has no call that replaces them all. */
function retag(arn: string, own: unknown, context: ResourceContext): void {
  const { call } = context
  const wanted = context.tags(own)
  const [described] = api(context).DescribeTags({ ResourceArns: [arn] }, call).TagDescriptions
  const current: readonly Sdk.Tag[] = described?.Tags ?? []
  const stale = current.flatMap(({ Key = '' }) => (wanted.some((tag) => tag.Key === Key) ? [] : [Key]))
  if (stale.length > 0) api(context).RemoveTags({ ResourceArns: [arn], TagKeys: stale }, call)
  api(context).AddTags({ ResourceArns: [arn], Tags: wanted }, call)
}

const changed = (before: unknown, after: unknown): boolean => JSON.stringify(before) !== JSON.stringify(after)

/** Nobody writes logs here, hears UDP, or asks a user pool of Cognito. */
const logs = ({ LoadBalancerAttributes = [] }: LoadBalancerProperties): string[] =>
  LoadBalancerAttributes.some(({ Key, Value }) => /_logs\.s3\.enabled$/.test(Key ?? '') && String(Value) === 'true')
    ? ['LoadBalancerAttributes (logs)']
    : []
const cognito = (name: string, actions: readonly Sdk.Action[] = []): string[] =>
  actions.some(({ Type }) => Type === 'authenticate-cognito') ? [`${name} (authenticate-cognito)`] : []

const loadBalancer = resource<LoadBalancerProperties>({
  stored: logs,
  async create({ LoadBalancerAttributes, Tags, ...properties }, context) {
    const input = { ...properties, Name: properties.Name ?? context.name(32), Tags: context.tags(Tags) }
    const { LoadBalancers } = await api(context).CreateLoadBalancer(input, context.call)
    const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? ''
    const Attributes = LoadBalancerAttributes
    if (Attributes) api(context).ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes }, context.call)
    return LoadBalancerArn
  },
  stabilize: (id, context) =>
    until(context, 10, () => {
      const { LoadBalancers } = api(context).DescribeLoadBalancers({ LoadBalancerArns: [id] }, context.call)
      return LoadBalancers[0]?.State?.Code === 'active'
    }),
  update(LoadBalancerArn, properties, before, context) {
    const { Subnets, SubnetMappings, SecurityGroups, IpAddressType, LoadBalancerAttributes } = properties
    const { call } = context
    if (changed([before.Subnets, before.SubnetMappings], [Subnets, SubnetMappings])) {
      api(context).SetSubnets({ LoadBalancerArn, Subnets, SubnetMappings }, call)
    }
    if (SecurityGroups && changed(before.SecurityGroups, SecurityGroups)) {
      api(context).SetSecurityGroups({ LoadBalancerArn, SecurityGroups }, call)
    }
    if (IpAddressType && changed(before.IpAddressType, IpAddressType)) {
      api(context).SetIpAddressType({ LoadBalancerArn, IpAddressType }, call)
    }
    if (LoadBalancerAttributes) {
      api(context).ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: LoadBalancerAttributes }, call)
    }
    retag(LoadBalancerArn, properties.Tags, context)
  },
  async delete(LoadBalancerArn, _properties, context) {
    await api(context).DeleteLoadBalancer({ LoadBalancerArn }, context.call)
  },
  attributes(id, context) {
    const [found] = api(context).DescribeLoadBalancers({ LoadBalancerArns: [id] }, context.call).LoadBalancers
    return {
      LoadBalancerArn: id,
      LoadBalancerFullName: id.replace(/^.*:loadbalancer\//, ''),
      LoadBalancerName: found?.LoadBalancerName,
      DNSName: found?.DNSName,
      CanonicalHostedZoneID: found?.CanonicalHostedZoneId,
      SecurityGroups: found?.SecurityGroups,
    }
  },
})

const targetGroup = resource<TargetGroupProperties>({
  create({ Targets, TargetGroupAttributes, Tags, ...properties }, context) {
    const { call } = context
    const input = { ...properties, Name: properties.Name ?? context.name(32), Tags: context.tags(Tags) }
    const [created] = api(context).CreateTargetGroup(input, call).TargetGroups
    const TargetGroupArn = created?.TargetGroupArn ?? ''
    const Attributes = TargetGroupAttributes
    if (Attributes) api(context).ModifyTargetGroupAttributes({ TargetGroupArn, Attributes }, call)
    if (Targets) api(context).RegisterTargets({ TargetGroupArn, Targets }, call)
    return TargetGroupArn
  },
  update(TargetGroupArn, { Targets = [], TargetGroupAttributes, Tags, ...properties }, before, context) {
    const { call } = context
    api(context).ModifyTargetGroup({ ...properties, TargetGroupArn }, call)
    if (TargetGroupAttributes) {
      api(context).ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: TargetGroupAttributes }, call)
    }
    const gone = (before.Targets ?? []).filter((target) => Targets.every((other) => changed(target, other)))
    if (gone.length > 0) api(context).DeregisterTargets({ TargetGroupArn, Targets: gone }, call)
    if (Targets.length > 0) api(context).RegisterTargets({ TargetGroupArn, Targets }, call)
    retag(TargetGroupArn, Tags, context)
  },
  delete(TargetGroupArn, _properties, context) {
    api(context).DeleteTargetGroup({ TargetGroupArn }, context.call)
  },
  attributes(id, context) {
    const [found] = api(context).DescribeTargetGroups({ TargetGroupArns: [id] }, context.call).TargetGroups
    return {
      TargetGroupArn: id,
      TargetGroupFullName: id.replace(/^.*:targetgroup\//, 'targetgroup/'),
      TargetGroupName: found?.TargetGroupName,
      LoadBalancerArns: found?.LoadBalancerArns,
    }
  },
})

const listener = resource<ListenerProperties>({
  stored: ({ Protocol = '', DefaultActions }) => [
    ...(Protocol.includes('UDP') ? ['Protocol (UDP)'] : []),
    ...cognito('DefaultActions', DefaultActions),
  ],
  async create({ ListenerAttributes: Attributes, Tags, ...properties }, context) {
    const { call } = context
    const { Listeners } = await api(context).CreateListener({ ...properties, Tags: context.tags(Tags) }, call)
    const ListenerArn = Listeners[0]?.ListenerArn ?? ''
    if (Attributes) api(context).ModifyListenerAttributes({ ListenerArn, Attributes }, call)
    return ListenerArn
  },
  async update(
    ListenerArn,
    { LoadBalancerArn, ListenerAttributes: Attributes, Tags, ...properties },
    _before,
    context,
  ) {
    await api(context).ModifyListener({ ...properties, ListenerArn }, context.call)
    if (Attributes) api(context).ModifyListenerAttributes({ ListenerArn, Attributes }, context.call)
    retag(ListenerArn, Tags, context)
  },
  delete: (ListenerArn, _properties, context) =>
    ignoringAbsent(['ListenerNotFound'], () => api(context).DeleteListener({ ListenerArn }, context.call)),
  attributes: (id) => ({ ListenerArn: id }),
})

const listenerRule = resource<RuleProperties>({
  stored: ({ Actions }) => cognito('Actions', Actions),
  create({ Tags, ...properties }, context) {
    const [rule] = api(context).CreateRule({ ...properties, Tags: context.tags(Tags) }, context.call).Rules
    return rule?.RuleArn ?? ''
  },
  update(RuleArn, { Conditions, Actions, Transforms, Priority, Tags }, before, context) {
    const { call } = context
    if (changed(before.Priority, Priority)) {
      api(context).SetRulePriorities({ RulePriorities: [{ RuleArn, Priority }] }, call)
    }
    api(context).ModifyRule({ RuleArn, Conditions, Actions, Transforms, ResetTransforms: !Transforms }, call)
    retag(RuleArn, Tags, context)
  },
  delete: (RuleArn, _properties, context) =>
    ignoringAbsent(['RuleNotFound'], () => api(context).DeleteRule({ RuleArn }, context.call)),
  attributes: (id) => ({ RuleArn: id, IsDefault: false }),
})

const listenerCertificate = resource<ListenerCertificateProperties>({
  create({ ListenerArn, Certificates }, context) {
    api(context).AddListenerCertificates({ ListenerArn, Certificates }, context.call)
    return context.name()
  },
  update(_id, { ListenerArn, Certificates }, before, context) {
    api(context).RemoveListenerCertificates({ ListenerArn, Certificates: before.Certificates }, context.call)
    api(context).AddListenerCertificates({ ListenerArn, Certificates }, context.call)
  },
  delete: (_id, { ListenerArn, Certificates }, context) =>
    ignoringAbsent(['ListenerNotFound'], () =>
      api(context).RemoveListenerCertificates({ ListenerArn, Certificates }, context.call),
    ),
  attributes: (id) => ({ Id: id }),
})

export const elasticLoadBalancingResources = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer,
  'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroup,
  'AWS::ElasticLoadBalancingV2::Listener': listener,
  'AWS::ElasticLoadBalancingV2::ListenerRule': listenerRule,
  'AWS::ElasticLoadBalancingV2::ListenerCertificate': listenerCertificate,
}
