import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { findListener, findLoadBalancer, findTargetGroup, validationError } from './find.ts'
import type { Attributes, StoredLoadBalancer, StoredTargetGroup } from './state.ts'

interface Attribute {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

const S3_LOGS = (kind: string): Attributes => ({
  [`${kind}.s3.enabled`]: 'false',
  [`${kind}.s3.bucket`]: '',
  [`${kind}.s3.prefix`]: '',
})

/** What a new load balancer has, as AWS documents it. */
export const loadBalancerDefaults = (type: StoredLoadBalancer['Type'], internal: boolean): Attributes => ({
  ...S3_LOGS('access_logs'),
  'deletion_protection.enabled': 'false',
  'ipv6.deny_all_igw_traffic': String(internal),
  'zonal_shift.config.enabled': 'false',
  'load_balancing.cross_zone.enabled': String(type === 'application'),
  ...(type === 'network'
    ? { 'dns_record.client_routing_policy': 'any_availability_zone', 'secondary_ips.auto_assigned.per_subnet': '0' }
    : {
        ...S3_LOGS('connection_logs'),
        ...S3_LOGS('health_check_logs'),
        'idle_timeout.timeout_seconds': '60',
        'client_keep_alive.seconds': '3600',
        'routing.http2.enabled': 'true',
        'routing.http.desync_mitigation_mode': 'defensive',
        'routing.http.drop_invalid_header_fields.enabled': 'false',
        'routing.http.preserve_host_header.enabled': 'false',
        'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
        'routing.http.xff_client_port.enabled': 'false',
        'routing.http.xff_header_processing.mode': 'append',
        'waf.fail_open.enabled': 'false',
      }),
})

const isHttp = (protocol: string | undefined) => protocol === 'HTTP' || protocol === 'HTTPS'

/** What a new target group has. */
export function targetGroupDefaults({ Protocol, TargetType }: Pick<StoredTargetGroup, 'Protocol' | 'TargetType'>) {
  if (TargetType === 'lambda') return { 'lambda.multi_value_headers.enabled': 'false' }
  const common = {
    'deregistration_delay.timeout_seconds': '300',
    'stickiness.enabled': 'false',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
  }
  if (isHttp(Protocol)) {
    return {
      ...common,
      'stickiness.type': 'lb_cookie',
      'stickiness.lb_cookie.duration_seconds': '86400',
      'stickiness.app_cookie.cookie_name': '',
      'stickiness.app_cookie.duration_seconds': '86400',
      'load_balancing.algorithm.type': 'round_robin',
      'load_balancing.algorithm.anomaly_mitigation': 'off',
      'slow_start.duration_seconds': '0',
    }
  }
  return {
    ...common,
    'stickiness.type': 'source_ip',
    'deregistration_delay.connection_termination.enabled': String(Protocol === 'UDP' || Protocol === 'TCP_UDP'),
    'preserve_client_ip.enabled': String(TargetType !== 'ip' || Protocol === 'UDP' || Protocol === 'TCP_UDP'),
    'proxy_protocol_v2.enabled': 'false',
    'target_health_state.unhealthy.connection_termination.enabled': 'true',
    'target_health_state.unhealthy.draining_interval_seconds': '0',
  }
}

/** What a new listener has: an Application Load Balancer's may also set and rename headers, which is kept as it is. */
export const listenerDefaults = (protocol: string): Attributes =>
  isHttp(protocol) ? { 'routing.http.response.server.enabled': 'true' } : { 'tcp.idle_timeout.seconds': '350' }

/** The least and the most of numbers; AWS documents these ranges. */
const ranges: Record<string, readonly [number, number]> = {
  'idle_timeout.timeout_seconds': [1, 4000],
  'client_keep_alive.seconds': [60, 604_800],
  'deregistration_delay.timeout_seconds': [0, 3600],
  'stickiness.lb_cookie.duration_seconds': [1, 604_800],
  'stickiness.app_cookie.duration_seconds': [1, 604_800],
  'slow_start.duration_seconds': [0, 900],
  'tcp.idle_timeout.seconds': [60, 6000],
}

/** Sets all or none. `kind` begins AWS's sentence about a key that it does not know. */
function change(kind: string, attributes: Attributes, changes: readonly Attribute[] = [], free?: RegExp): void {
  for (const { Key = '', Value = '' } of changes) {
    if (!(Key in attributes) && !free?.test(Key))
      throw validationError(`${kind} attribute key '${Key}' is not recognized`)
    const [least, most] = ranges[Key] ?? []
    const outside = least !== undefined && most !== undefined && !(Number(Value) >= least && Number(Value) <= most)
    const switched = /^(true|false)$/.test(attributes[Key] ?? '') && !/^(true|false)$/.test(Value)
    if (outside) throw validationError(`'${Key}' must be between '${least}' and '${most}' inclusive`)
    if (switched) throw validationError(`'${Key}' must be one of 'true' or 'false'`)
  }
  for (const { Key = '', Value = '' } of changes) attributes[Key] = Value
}

const listed = (attributes: Attributes) => Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }))

export const attributes = (world: World) => {
  const elb = (call: Call) => world.region(call.region).elb
  return {
    DescribeLoadBalancerAttributes: ({ LoadBalancerArn }, call) => ({
      Attributes: listed(findLoadBalancer(elb(call), LoadBalancerArn).attributes),
    }),

    ModifyLoadBalancerAttributes: ({ LoadBalancerArn, Attributes }, call) => {
      const { attributes } = findLoadBalancer(elb(call), LoadBalancerArn)
      change('Load balancer', attributes, Attributes)
      return { Attributes: listed(attributes) }
    },

    DescribeTargetGroupAttributes: ({ TargetGroupArn }, call) => ({
      Attributes: listed(findTargetGroup(elb(call), TargetGroupArn).attributes),
    }),

    ModifyTargetGroupAttributes: ({ TargetGroupArn, Attributes }, call) => {
      const { attributes } = findTargetGroup(elb(call), TargetGroupArn)
      change('Target group', attributes, Attributes)
      return { Attributes: listed(attributes) }
    },

    DescribeListenerAttributes: ({ ListenerArn }, call) => ({
      Attributes: listed(findListener(elb(call), ListenerArn).attributes),
    }),

    ModifyListenerAttributes: ({ ListenerArn, Attributes }, call) => {
      const { attributes } = findListener(elb(call), ListenerArn)
      change('Listener', attributes, Attributes, /^routing\.http\.(request|response)\./)
      return { Attributes: listed(attributes) }
    },
  } satisfies Handlers<typeof Sdk>
}
