import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { quotaReached } from '../servicequotas/quotas.ts'
import { loadBalancerDefaults } from './attributes.ts'
import { findLoadBalancer, listenersOf } from './find.ts'
import { removeListener } from './listeners.ts'
import { checkName } from './names.ts'
import { defaultSecurityGroup, place, securityGroups } from './network.ts'
import { arrangePorts, closePorts } from './ports.ts'
import type { StoredLoadBalancer } from './state.ts'

const PROVISIONING_SECONDS = 120
const PAGE_SIZE = 400
const TOO_MANY = "You've reached the limit on the number of load balancers for your AWS account."
/** Route 53's name for the zone of the load balancers' addresses: us-east-1's, in every region. */
const HOSTED_ZONES = { application: 'Z35SXDOTRQ7X7K', network: 'Z26RNL4JYFTOTI' } as const

/** Waits until the load balancer is in service. */
export function provision(world: World, loadBalancer: StoredLoadBalancer): void {
  world.background(async (signal) => {
    await world.clock.sleep(PROVISIONING_SECONDS * 1000, signal)
    loadBalancer.State = { Code: 'active' }
  })
}

export const loadBalancers = (world: World) => {
  const elb = (call: Call) => world.region(call.region).elb

  return {
    CreateLoadBalancer: async (input, call) => {
      const { Name = '', Type = 'application', Scheme = 'internet-facing', IpAddressType = 'ipv4' } = input
      if (Type === 'gateway') {
        throw new AwsError('NotImplemented', 'The embedded AWS does not have Gateway Load Balancers.', 501)
      }
      checkName('The load balancer name', Name)
      const request = JSON.stringify(input)
      const same = Object.values(elb(call).loadBalancers).find(({ LoadBalancerName }) => LoadBalancerName === Name)
      if (same?.request === request) return { LoadBalancers: [{ ...same }] }
      if (same) {
        const text = `A load balancer with the same name '${Name}' exists, but with different settings`
        throw new AwsError('DuplicateLoadBalancerName', text)
      }
      const alike = Object.values(elb(call).loadBalancers).filter((one) => one.Type === Type).length
      if (Type === 'application' && quotaReached(world, 'L-53DA6B97', alike)) {
        throw new AwsError('TooManyLoadBalancers', TOO_MANY)
      }
      const { vpcId, zones } = place(world, call, input)
      const groups = securityGroups(world, call, vpcId, input.SecurityGroups ?? [])
      const path = `${Type === 'application' ? 'app' : 'net'}/${Name}/${world.random.hex(16)}`
      const LoadBalancerArn = arn(world, 'elasticloadbalancing', call.region, `loadbalancer/${path}`)
      const defaultGroup = Type === 'application' ? defaultSecurityGroup(world, call, vpcId) : []
      const loadBalancer: StoredLoadBalancer = {
        LoadBalancerArn,
        LoadBalancerName: Name,
        CanonicalHostedZoneId: HOSTED_ZONES[Type],
        CreatedTime: world.clock.now(),
        Scheme,
        VpcId: vpcId,
        State: { Code: 'provisioning' },
        Type,
        AvailabilityZones: zones,
        SecurityGroups: groups.length > 0 ? groups : defaultGroup,
        IpAddressType,
        attributes: loadBalancerDefaults(Type, Scheme === 'internal'),
        request,
      }
      elb(call).loadBalancers[LoadBalancerArn] = loadBalancer
      elb(call).tags[LoadBalancerArn] = tagRecord(input.Tags)
      await arrangePorts(world, call.region, loadBalancer)
      provision(world, loadBalancer)
      return { LoadBalancers: [{ ...loadBalancer }] }
    },

    DescribeLoadBalancers: ({ LoadBalancerArns = [], Names = [], Marker, PageSize = PAGE_SIZE }, call) => {
      const all = Object.values(elb(call).loadBalancers)
      const missing = Names.filter((name) => !all.some(({ LoadBalancerName }) => LoadBalancerName === name))
      if (missing.length > 0) {
        throw new AwsError('LoadBalancerNotFound', `Load balancers '[${missing.join(', ')}]' not found`)
      }
      if (LoadBalancerArns.some((arn) => !elb(call).loadBalancers[arn])) {
        throw new AwsError('LoadBalancerNotFound', 'One or more load balancers not found')
      }
      const wanted = all.filter(
        ({ LoadBalancerArn, LoadBalancerName }) =>
          (LoadBalancerArns.length === 0 || LoadBalancerArns.includes(LoadBalancerArn)) &&
          (Names.length === 0 || Names.includes(LoadBalancerName)),
      )
      const { items, next } = page(wanted, PageSize, Marker)
      return { LoadBalancers: items.map((item) => ({ ...item })), ...(next && { NextMarker: next }) }
    },

    DeleteLoadBalancer: async ({ LoadBalancerArn = '' }, call) => {
      const loadBalancer = elb(call).loadBalancers[LoadBalancerArn]
      if (!loadBalancer) return {}
      if (loadBalancer.attributes['deletion_protection.enabled'] === 'true') {
        throw new AwsError(
          'OperationNotPermitted',
          `Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
        )
      }
      const listeners = listenersOf(elb(call), LoadBalancerArn)
      for (const listener of listeners) removeListener(elb(call), listener)
      delete elb(call).loadBalancers[LoadBalancerArn]
      delete elb(call).tags[LoadBalancerArn]
      await closePorts(world, loadBalancer, listeners)
      return {}
    },

    SetSubnets: (input, call) => {
      const loadBalancer = findLoadBalancer(elb(call), input.LoadBalancerArn)
      const { Type, Scheme } = loadBalancer
      const { zones } = place(world, call, { ...input, Type, Scheme })
      loadBalancer.AvailabilityZones = zones
      return { AvailabilityZones: zones, IpAddressType: loadBalancer.IpAddressType }
    },

    SetSecurityGroups: ({ LoadBalancerArn, SecurityGroups = [] }, call) => {
      const loadBalancer = findLoadBalancer(elb(call), LoadBalancerArn)
      loadBalancer.SecurityGroups = securityGroups(world, call, loadBalancer.VpcId ?? '', SecurityGroups)
      return { SecurityGroupIds: loadBalancer.SecurityGroups }
    },

    SetIpAddressType: ({ LoadBalancerArn, IpAddressType }, call) => {
      const loadBalancer = findLoadBalancer(elb(call), LoadBalancerArn)
      loadBalancer.IpAddressType = IpAddressType
      return { IpAddressType }
    },
  } satisfies Handlers<typeof Sdk>
}
