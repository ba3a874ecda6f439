import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { checkedActions, shownActions, withExistingSecret } from './actions.ts'
import { listenerDefaults } from './attributes.ts'
import { findListener, findLoadBalancer, listenersOf, rulesOf, validationError } from './find.ts'
import { arrangePorts } from './ports.ts'
import { DEFAULT_SSL_POLICY, sslPolicies } from './ssl-policies.ts'
import type { ElbState, StoredListener, StoredLoadBalancer } from './state.ts'

const PAGE_SIZE = 400
const PROTOCOLS = { application: ['HTTPS', 'HTTP'], network: ['UDP', 'TCP', 'TCP_UDP', 'TLS'] } as const

/** Takes a listener out of the state, with its rules. */
export function removeListener(elb: ElbState, { ListenerArn, defaultRuleArn }: StoredListener): void {
  for (const { RuleArn } of rulesOf(elb, ListenerArn)) {
    delete elb.rules[RuleArn]
    delete elb.tags[RuleArn]
  }
  delete elb.listeners[ListenerArn]
  delete elb.tags[ListenerArn]
  delete elb.tags[defaultRuleArn]
}

type Settings = Pick<Sdk.Listener, 'Port' | 'Protocol' | 'SslPolicy' | 'Certificates' | 'AlpnPolicy'>

/** The settings of a listener as they will be, checked. */
function checked(elb: ElbState, { LoadBalancerArn, Type }: StoredLoadBalancer, own: string, wanted: Settings) {
  const { Port, Protocol, Certificates, AlpnPolicy } = wanted
  if (!Protocol) throw validationError('A listener protocol must be specified')
  if (!Port) throw validationError('A listener port must be specified')
  const allowed: readonly string[] = PROTOCOLS[Type]
  if (!allowed.includes(Protocol)) {
    throw validationError(`Listener protocol '${Protocol}' must be one of '${allowed.join(', ')}'`)
  }
  if (listenersOf(elb, LoadBalancerArn).some((other) => other.Port === Port && other.ListenerArn !== own)) {
    const text = `A listener already exists on this port for this load balancer '${LoadBalancerArn}'`
    throw new AwsError('DuplicateListener', text)
  }
  if (Protocol !== 'HTTPS' && Protocol !== 'TLS') return { Port, Protocol }
  const [certificate] = Certificates ?? []
  if (!certificate?.CertificateArn) throw validationError(`A certificate must be specified for ${Protocol} listeners`)
  const { SslPolicy = DEFAULT_SSL_POLICY } = wanted
  if (!sslPolicies.some(({ Name }) => Name === SslPolicy)) {
    throw new AwsError('SSLPolicyNotFound', `SSL policy '${SslPolicy}' not found`)
  }
  const { CertificateArn } = certificate
  return { Port, Protocol, Certificates: [{ CertificateArn }], SslPolicy, ...(AlpnPolicy && { AlpnPolicy }) }
}

const shown = (listener: StoredListener): Sdk.Listener => ({
  ...listener,
  DefaultActions: shownActions(listener.DefaultActions),
})

export const listeners = (world: World) => {
  const elb = (call: Call) => world.region(call.region).elb

  return {
    CreateListener: async (input, call) => {
      const state = elb(call)
      const loadBalancer = findLoadBalancer(state, input.LoadBalancerArn)
      const request = JSON.stringify(input)
      const same = listenersOf(state, loadBalancer.LoadBalancerArn).find((listener) => listener.request === request)
      if (same) return { Listeners: [shown(same)] }
      const settings = checked(state, loadBalancer, '', input)
      const DefaultActions = checkedActions(state, loadBalancer, settings.Protocol, input.DefaultActions)
      const ListenerArn = `${loadBalancer.LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${world.random.hex(16)}`
      const listener: StoredListener = {
        ListenerArn,
        LoadBalancerArn: loadBalancer.LoadBalancerArn,
        ...settings,
        DefaultActions,
        ...(input.MutualAuthentication && { MutualAuthentication: input.MutualAuthentication }),
        defaultRuleArn: `${ListenerArn.replace(':listener/', ':listener-rule/')}/${world.random.hex(16)}`,
        certificates: [],
        attributes: listenerDefaults(settings.Protocol),
        request,
      }
      state.listeners[ListenerArn] = listener
      state.tags[ListenerArn] = tagRecord(input.Tags)
      await arrangePorts(world, call.region, loadBalancer)
      return { Listeners: [shown(listener)] }
    },

    DescribeListeners: ({ LoadBalancerArn, ListenerArns, Marker, PageSize = PAGE_SIZE }, call) => {
      if (!LoadBalancerArn && !ListenerArns?.length) {
        throw validationError('You must specify either listener ARNs or a load balancer ARN')
      }
      if (ListenerArns?.some((arn) => !elb(call).listeners[arn])) {
        throw new AwsError('ListenerNotFound', 'One or more listeners not found')
      }
      const wanted = ListenerArns?.length
        ? ListenerArns.map((arn) => findListener(elb(call), arn))
        : listenersOf(elb(call), findLoadBalancer(elb(call), LoadBalancerArn).LoadBalancerArn)
      const { items, next } = page(wanted, PageSize, Marker)
      return { Listeners: items.map(shown), ...(next && { NextMarker: next }) }
    },

    ModifyListener: async ({ ListenerArn, DefaultActions, MutualAuthentication, ...changes }, call) => {
      const listener = findListener(elb(call), ListenerArn)
      const loadBalancer = findLoadBalancer(elb(call), listener.LoadBalancerArn)
      const settings = checked(elb(call), loadBalancer, listener.ListenerArn, { ...listener, ...changes })
      const actions = withExistingSecret(DefaultActions ?? listener.DefaultActions, listener.DefaultActions)
      listener.DefaultActions = checkedActions(elb(call), loadBalancer, settings.Protocol, actions)
      for (const name of ['Certificates', 'SslPolicy', 'AlpnPolicy'] as const) delete listener[name]
      Object.assign(listener, settings, MutualAuthentication && { MutualAuthentication })
      await arrangePorts(world, call.region, loadBalancer)
      return { Listeners: [shown(listener)] }
    },

    DeleteListener: async ({ ListenerArn }, call) => {
      const listener = findListener(elb(call), ListenerArn)
      removeListener(elb(call), listener)
      await world.balancer.close(listener.ListenerArn)
      await arrangePorts(world, call.region, findLoadBalancer(elb(call), listener.LoadBalancerArn))
      return {}
    },

    DescribeListenerCertificates: ({ ListenerArn, Marker, PageSize = PAGE_SIZE }, call) => {
      const { Certificates = [], certificates } = findListener(elb(call), ListenerArn)
      const all = [
        ...Certificates.map(({ CertificateArn }) => ({ CertificateArn, IsDefault: true })),
        ...certificates.map(({ CertificateArn }) => ({ CertificateArn, IsDefault: false })),
      ]
      const { items, next } = page(all, PageSize, Marker)
      return { Certificates: items, ...(next && { NextMarker: next }) }
    },

    AddListenerCertificates: ({ ListenerArn, Certificates = [] }, call) => {
      const { certificates } = findListener(elb(call), ListenerArn)
      for (const { CertificateArn } of Certificates) {
        if (!certificates.some((known) => known.CertificateArn === CertificateArn))
          certificates.push({ CertificateArn })
      }
      return { Certificates: certificates.map(({ CertificateArn }) => ({ CertificateArn, IsDefault: false })) }
    },

    RemoveListenerCertificates: ({ ListenerArn, Certificates = [] }, call) => {
      const listener = findListener(elb(call), ListenerArn)
      const removed = Certificates.map(({ CertificateArn }) => CertificateArn)
      listener.certificates = listener.certificates.filter(({ CertificateArn }) => !removed.includes(CertificateArn))
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
