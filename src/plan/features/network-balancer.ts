import * as z from 'zod'
import { between, type Check, type Checked, type Combination } from '../manifest/checks/places.ts'
import { unknownTarget } from '../manifest/containers.ts'
import { given } from '../manifest/durations.ts'
import { duration, flag, pattern, port, text, wants } from '../manifest/fields.ts'
import { type Environment, NETWORK_GRACE_SECONDS } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { subnetsOfService } from '../stacks/vpc.ts'
import { bind, type Json, merge, prefixed, readTemplate, ref, type Template, withProperties } from '../template.ts'
import { aliasFields, soundRecords } from './alias.ts'
import type { Feature, ServiceInputs } from './feature.ts'
import { attributesField, withAttributes } from './load-balancer.ts'
import { networkModeOf } from './network-mode.ts'
import { openings } from './openings.ts'

const entrance = wants(
  'a port, or a port with its protocol such as 443/tls',
  z.union([port, z.string().regex(/^\d{1,5}(\/(tcp|udp|tls))?$/)]),
)

const listener = {
  port: entrance.describe('port that visitors use, with tcp, udp or tls behind it; 443/tls'),
  target_port: port.optional().describe('port that gets the connections, the container’s if left out'),
  target_container: text.optional().describe('container that gets them, the service’s own if left out'),
  healthcheck: z
    .strictObject({
      port: port.optional(),
      healthy_threshold: z.int().min(2).max(10).optional(),
      unhealthy_threshold: z.int().min(2).max(10).optional(),
      interval: duration.optional(),
      timeout: duration.optional(),
    })
    .optional()
    .describe('a connection that is tried'),
  ssl_policy: pattern('the name of a policy: ELBSecurityPolicy-…', /^ELBSecurityPolicy-[\w-]+$/).optional(),
  stickiness: flag.optional().describe('keep a visitor’s address on one task'),
}

export const networkBalancerFields = {
  nlb: z
    .strictObject({
      ...listener,
      ...aliasFields,
      ...attributesField,
      additional_listeners: z.array(z.strictObject(listener)).min(1).max(4).optional().describe('further ports'),
    })
    .optional()
    .describe('a network load balancer of the service, for what is not HTTP'),
}

type Listener = z.infer<z.ZodObject<typeof listener>>

const SSL_POLICY = 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09'

/** Each port with the beginning of its resources' names: nothing for the first, the port for others, whose order may change. */
export const listenersOf = ({ nlb }: ManifestService): readonly (Listener & { readonly prefix: string })[] =>
  nlb
    ? [nlb, ...(nlb.additional_listeners ?? [])].map((one, index) => ({
        ...one,
        prefix: index === 0 ? '' : `Port${entranceOf(one).number}`,
      }))
    : []

/** The ports that visitors use. */
export const portsOf = (settings: ManifestService): number[] =>
  listenersOf(settings).map((one) => entranceOf(one).number)

function entranceOf({ port: wanted }: Listener) {
  const [number, protocol = 'tcp'] = String(wanted).split('/')
  return { number: Number(number), protocol: protocol.toUpperCase() as 'TCP' | 'UDP' | 'TLS' }
}

function targetOf(one: Listener, { service, containers }: ServiceInputs) {
  const name = one.target_container ?? service.name
  const own = containers.find((container) => container.name === name)?.settings.port
  return { name, port: one.target_port ?? own ?? entranceOf(one).number }
}

const SHARED = ['EnvironmentStack', 'SecurityGroup', 'NetworkLoadBalancer', 'NetworkLoadBalancerSecurityGroup']

function withBalancer(template: Template, inputs: ServiceInputs): Template {
  const { environment, service, texts } = inputs
  const all = listenersOf(service.settings)
  if (all.length === 0) return template
  const opens = openings()
  const placed = withProperties(readTemplate(texts.networkLoadBalancer), 'NetworkLoadBalancer', (properties) => ({
    ...properties,
    Subnets: subnetsOfService(environment.network, 'public'),
  }))
  const base = withAttributes(placed, 'NetworkLoadBalancer', service.settings.nlb?.attributes ?? {})
  const parts = all.map((one) => partOf(one, inputs, opens))
  const merged = merge(template, base, ...parts)
  const balanced = withProperties(merged, 'TaskService', (properties) => ({
    ...properties,
    HealthCheckGracePeriodSeconds: properties.HealthCheckGracePeriodSeconds ?? NETWORK_GRACE_SECONDS,
    LoadBalancers: [
      ...((properties.LoadBalancers as Json[] | undefined) ?? []),
      ...all.map((one) => {
        const { name, port: target } = targetOf(one, inputs)
        return { ContainerName: name, ContainerPort: target, TargetGroupArn: ref(`${one.prefix}NetworkTargetGroup`) }
      }),
    ],
  }))
  const { TaskService } = balanced.Resources
  const DependsOn = [
    ...((TaskService?.DependsOn as string[] | undefined) ?? []),
    ...all.map(({ prefix }) => `${prefix}NetworkListener`),
  ]
  return TaskService
    ? { ...balanced, Resources: { ...balanced.Resources, TaskService: { ...TaskService, DependsOn } } }
    : balanced
}

function partOf(
  one: Listener & { readonly prefix: string },
  inputs: ServiceInputs,
  opens: (port: string) => boolean,
): Template {
  const { environment, texts } = inputs
  const { number, protocol } = entranceOf(one)
  const { healthcheck: check = {} } = one
  const transport = protocol === 'UDP' ? 'UDP' : 'TCP'
  const values = {
    ListenerPort: number,
    TargetPort: targetOf(one, inputs).port,
    HealthCheckPort: check.port === undefined ? 'traffic-port' : String(check.port),
    HealthCheckInterval: given(check.interval, 10),
    HealthCheckTimeout: given(check.timeout, 5),
    HealthyThreshold: check.healthy_threshold ?? 2,
    UnhealthyThreshold: check.unhealthy_threshold ?? 2,
    Stickiness: String(one.stickiness ?? false),
  }
  const bound = bind(readTemplate(texts.networkListener), values)
  const targeted = withProperties(bound, 'NetworkTargetGroup', (properties) => ({ ...properties, Protocol: transport }))
  const listening = withProperties(targeted, 'NetworkListener', (properties) => ({
    ...properties,
    Protocol: protocol,
    ...(protocol === 'TLS' && {
      SslPolicy: one.ssl_policy ?? SSL_POLICY,
      Certificates: [{ CertificateArn: certificateOf(environment) }],
    }),
  }))
  const opened = ['NetworkVisitors', 'NetworkIngress'].reduce(
    (before, name) =>
      withProperties(before, name, (properties) => ({ ...properties, IpProtocol: transport.toLowerCase() })),
    listening,
  )
  const { NetworkIngress = { Type: 'AWS::EC2::SecurityGroupIngress' }, ...others } = opened.Resources
  // By its port: two resources for one would be in each other's way when listeners change places.
  const ingressName = (target: number, by: string) => `NetworkIngress${target}${by}`
  const Resources = {
    ...others,
    ...(opens(`${values.TargetPort}/${transport}`) && {
      [ingressName(values.TargetPort, transport)]: NetworkIngress,
    }),
    ...(check.port !== undefined &&
      opens(`${check.port}/TCP`) && { [ingressName(check.port, 'TCP')]: checkIngress(NetworkIngress, check.port) }),
  }
  const part = { ...opened, Resources }
  const ingresses = Object.keys(Resources).filter((name) => name.startsWith('NetworkIngress'))
  return one.prefix === '' ? part : prefixed(part, one.prefix, [...SHARED, ...ingresses])
}

const checkIngress = (ingress: Template['Resources'][string] | undefined, check: number) => ({
  Type: 'AWS::EC2::SecurityGroupIngress',
  Properties: {
    ...ingress?.Properties,
    Description: 'The network load balancer to the port of the health check',
    IpProtocol: 'tcp',
    FromPort: check,
    ToPort: check,
  },
})

const certificateOf = ({ certificate, settings }: Pick<Environment, 'certificate' | 'settings'>): string | undefined =>
  certificate ?? settings.http?.public?.certificates?.[0]

/** Ports that the container does not have by itself. */
function furtherPorts(name: string, own: number | undefined, inputs: ServiceInputs): Json {
  const mappings = listenersOf(inputs.service.settings).flatMap((one) => {
    const target = targetOf(one, inputs)
    const Protocol = entranceOf(one).protocol === 'UDP' ? 'udp' : 'tcp'
    return target.name === name && (target.port !== own || Protocol === 'udp')
      ? [{ ContainerPort: target.port, Protocol }]
      : []
  })
  return mappings.length > 0 ? { PortMappings: mappings } : {}
}

const placeOf = (index: number): (string | number)[] =>
  index === 0 ? ['nlb'] : ['nlb', 'additional_listeners', index - 1]

const combinations: Check = (settings, service) => {
  const all = listenersOf(settings)
  if (all.length === 0) return []
  const zones = soundRecords(settings.nlb ?? {}).map(({ at, ...finding }) => ({ ...finding, at: ['nlb', ...at] }))
  const ports = portsOf(settings)
  return [
    ...zones,
    ...all.flatMap((one, index) => {
      const { number, protocol } = entranceOf(one)
      const place = placeOf(index)
      const check = [...place, 'healthcheck']
      const [interval, timeout] = [given(one.healthcheck?.interval, 10), given(one.healthcheck?.timeout, 5)]
      return [
        ...(number < 1 || number > 65_535
          ? [{ at: [...place, 'port'], message: 'must be a port from 1 to 65535' }]
          : []),
        ...(ports.indexOf(number) < index
          ? [{ at: [...place, 'port'], message: `${number} is taken by another listener` }]
          : []),
        ...(protocol === 'UDP' && one.healthcheck?.port === undefined
          ? [{ at: [...place, 'port'], message: 'UDP tells nothing of health: name a TCP port as healthcheck.port' }]
          : []),
        ...(protocol !== 'TLS' && one.ssl_policy !== undefined
          ? [
              {
                at: [...place, 'ssl_policy'],
                because: [...place, 'port'],
                message: 'is for TLS: write the port as 443/tls',
              },
            ]
          : []),
        ...unknownTarget(one.target_container, service.name, settings).map((message) => ({
          at: [...place, 'target_container'],
          message,
        })),
        ...between([...check, 'interval'], interval, 5, 300),
        ...between([...check, 'timeout'], timeout, 2, 120),
        ...(timeout >= interval
          ? [
              {
                at: [...check, 'timeout'],
                because: [...check, 'interval'],
                message: `must be less than the interval, ${interval}s`,
              },
            ]
          : []),
      ]
    }),
    ...(networkModeOf(service.settings, service.compute) !== 'awsvpc'
      ? [
          {
            at: ['nlb'],
            because: ['compute'],
            message:
              'leads to tasks with addresses of their own, which tasks on instances have not (except by network.mode: awsvpc)',
          },
        ]
      : []),
  ]
}

function secure({ services, environment, manifest, settings }: Checked): Combination[] {
  const certificate = manifest.environments?.[environment]?.certificate
  if (certificateOf({ certificate, settings }) !== undefined) return []
  return services.flatMap(({ name, settings: own }) =>
    listenersOf(own).flatMap((one, index) =>
      entranceOf(one).protocol === 'TLS'
        ? [
            {
              path: ['services', name, ...placeOf(index), 'port'],
              because: [['environments', environment, 'certificate']],
              message: 'TLS needs a certificate: give the environment one',
            },
          ]
        : [],
    ),
  )
}

export const networkBalancer: Feature = {
  checks: [combinations],
  environmentChecks: [secure],
  container: ({ port: own }, { name }, inputs) => furtherPorts(name, own, inputs),
  service: withBalancer,
}
