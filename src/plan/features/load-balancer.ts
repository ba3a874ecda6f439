import * as z from 'zod'
import { given } from '../manifest/durations.ts'
import { addressRange, duration, flag, pattern, text, wants } from '../manifest/fields.ts'
import type { Environment } from '../manifest/model.ts'
import type { EnvironmentSettings } from '../manifest/schema.ts'
import { privateLoadBalancerSubnets } from '../stacks/vpc.ts'
import {
  bind,
  type Json,
  merge,
  readTemplate,
  ref,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import { existingField, existingOf, existingParameters, SHARED, withExisting } from './existing-balancer.ts'
import type { EnvironmentInputs, Feature } from './feature.ts'
import { loadBalancerChecks } from './load-balancer-checks.ts'

const certificate = pattern(
  'the ARN of a certificate: arn:aws:acm:…',
  /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
)
export const attributesField = {
  attributes: z
    .record(pattern('the name of an attribute, such as waf.fail_open.enabled', /^[a-z0-9_.]+$/), text)
    .optional()
    .describe('further attributes of the load balancer'),
}

const common = {
  certificates: z.array(certificate).min(1).max(25).optional().describe('ACM certificates; with one it speaks HTTPS'),
  ssl_policy: pattern('the name of a policy: ELBSecurityPolicy-…', /^ELBSecurityPolicy-[\w-]+$/)
    .optional()
    .describe('which versions and ciphers of TLS are spoken'),
  ingress: z
    .strictObject({ source_ips: z.array(addressRange).min(1).max(50).optional() })
    .optional()
    .describe('ranges of addresses that may come in; all if left out'),
  access_logs: wants(
    'true, or a group of settings',
    z.union([flag, z.strictObject({ bucket_name: text.optional(), prefix: text.optional() })]),
  )
    .optional()
    .describe('a record of the requests in S3, in a bucket of the environment or in one that exists'),
  idle_timeout: duration.optional().describe('how long a connection may be silent, 1h if left out'),
  ...attributesField,
}

export const loadBalancerFields = {
  http: z
    .strictObject({
      public: z.strictObject({ ...common, ...existingField }).optional(),
      private: z.strictObject(common).optional(),
    })
    .optional()
    .describe('load balancers of the environment: the public one, and the private one of internal services'),
}

export type Around = Pick<Environment, 'certificate' | 'settings'>
type Balancer = NonNullable<NonNullable<EnvironmentSettings['http']>['private']>

function certificatesOf({ certificate: own, settings }: Around, internal: boolean): readonly string[] {
  const named = settings.http?.[internal ? 'private' : 'public']?.certificates ?? []
  return [...new Set([...(own !== undefined && !internal ? [own] : []), ...named])]
}

/** All certificates of an environment's load balancers. */
export const certificatesIn = (environment: Environment): readonly string[] => [
  ...new Set([
    ...certificatesOf(environment, false),
    ...(isInternal(environment) ? certificatesOf(environment, true) : []),
  ]),
]

/** Whether a load balancer of the environment speaks HTTPS. */
export function hasHttps(around: Around, internal: boolean): boolean {
  const there = internal ? undefined : existingOf(around.settings)
  if (there === undefined) return certificatesOf(around, internal).length > 0
  return typeof there === 'string' || there.https_listener !== undefined
}

/** How the environment's stack calls what belongs to the load balancer: with this before its name. */
export const balancerKind = ({ settings }: Pick<Environment, 'settings'>, internal: boolean): string =>
  internal ? 'Private' : existingOf(settings) === undefined ? '' : SHARED

/** From where instances are reached that serve behind a load balancer of the environment. */
export const sourceGroupOf = (environment: Pick<Environment, 'settings'>, internal: boolean): unknown =>
  ref(`${balancerKind(environment, internal)}LoadBalancerSecurityGroup`)

/** Whether the load balancer that is open to visitors leads to a service. */
export const isOpen = ({ services }: Pick<Environment, 'services'>): boolean =>
  services.some(({ http }) => http && !http.internal)

/** How many load balancers the environment's stack has. */
export const balancersOf = (environment: Environment): number =>
  [isOpen(environment) && existingOf(environment.settings) === undefined, isInternal(environment)].filter(Boolean)
    .length

const isInternal = ({ services }: Pick<Environment, 'services'>) => services.some(({ http }) => http?.internal)

function withLoadBalancers(template: Template, { environment, texts }: EnvironmentInputs): Template {
  const { http } = environment.settings
  const there = existingOf(environment.settings)
  const open = !isOpen(environment)
    ? withoutBalancer(template)
    : there === undefined
      ? withSettings(template, environment, '', http?.public)
      : withExisting(withoutBalancer(template), there)
  const both = isInternal(environment) ? withPrivate(open, environment, texts) : open
  const kept = (['', 'Private'] as const).some((kind) => {
    const settings = kind === '' ? http?.public : http?.private
    return `${kind}LoadBalancer` in both.Resources && logsOf(settings) && bucketOf(settings) === undefined
  })
  return kept ? merge(both, readTemplate(texts.accessLogs)) : both
}

const OWN = [
  'LoadBalancer',
  'LoadBalancerSecurityGroup',
  'HttpListener',
  'HttpsListener',
  'Certificate',
  'IdleTimeout',
  'HasCertificate',
  'Url',
]

/** No load balancer of the environment's own is paid for that leads nowhere. */
function withoutBalancer({ Parameters, Conditions, Resources, Outputs, ...template }: Template): Template {
  const rest = <Part extends object>(part: Part): Part =>
    Object.fromEntries(Object.entries(part).filter(([name]) => !OWN.includes(name))) as Part
  return {
    ...template,
    Parameters: rest(Parameters),
    Conditions: rest(Conditions),
    Resources: rest(Resources),
    Outputs: rest(Outputs),
  }
}

function withPrivate(template: Template, environment: Environment, texts: TemplateTexts): Template {
  const { network } = environment
  const PrivateLoadBalancerSubnets = privateLoadBalancerSubnets(network)
  const range = network.kind === 'new' ? { PrivateSourceRange: { 'Fn::GetAtt': ['Vpc', 'CidrBlock'] } } : {}
  const part = bind(readTemplate(texts.privateLoadBalancer), { PrivateLoadBalancerSubnets, ...range })
  const settings = environment.settings.http?.private
  // What addresses a VPC of somebody else has, nobody says here.
  const ingress = settings?.ingress ?? (network.kind === 'existing' ? { source_ips: PRIVATE_RANGES } : undefined)
  return withSettings(merge(template, part), environment, 'Private', { ...settings, ingress })
}

/** Addresses that are not of the internet (RFC 1918). */
const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

/** What the manifest says of a load balancer, on top of what is good for all. */
function withSettings(
  template: Template,
  environment: Environment,
  prefix: '' | 'Private',
  settings: Balancer | undefined,
): Template {
  const { ssl_policy: policy, ingress, attributes = {} } = settings ?? {}
  const further = certificatesOf(environment, prefix !== '').slice(1)
  const wanted = { ...attributes, ...logAttributes(settings) }
  const steps: ((before: Template) => Template)[] = [
    (before) => withAttributes(before, `${prefix}LoadBalancer`, wanted),
    (before) =>
      logsOf(settings) && bucketOf(settings) === undefined ? afterPolicy(before, `${prefix}LoadBalancer`) : before,
    (before) =>
      policy === undefined
        ? before
        : withProperties(before, `${prefix}HttpsListener`, (properties) => ({ ...properties, SslPolicy: policy })),
    (before) => (ingress?.source_ips ? withSources(before, prefix, ingress.source_ips) : before),
    (before) => (further.length > 0 ? withCertificates(before, prefix, further) : before),
  ]
  return steps.reduce((before, step) => step(before), template)
}

const logsOf = (settings: Balancer | undefined): boolean =>
  settings?.access_logs !== undefined && settings.access_logs !== false

const bucketOf = (settings: Balancer | undefined): string | undefined =>
  typeof settings?.access_logs === 'object' ? settings.access_logs.bucket_name : undefined

function logAttributes(settings: Balancer | undefined): Readonly<Record<string, unknown>> {
  if (!logsOf(settings)) return {}
  const { prefix } = typeof settings?.access_logs === 'object' ? settings.access_logs : {}
  return {
    'access_logs.s3.enabled': 'true',
    'access_logs.s3.bucket': bucketOf(settings) ?? ref('AccessLogs'),
    ...(prefix !== undefined && { 'access_logs.s3.prefix': prefix }),
  }
}

export function withAttributes(
  template: Template,
  balancer: string,
  wanted: Readonly<Record<string, unknown>>,
): Template {
  if (Object.keys(wanted).length === 0) return template
  return withProperties(template, balancer, (properties) => {
    const before = (properties.LoadBalancerAttributes ?? []) as { Key: string; Value: unknown }[]
    const kept = before.filter(({ Key }) => !(Key in wanted))
    const added = Object.entries(wanted).map(([Key, Value]) => ({ Key, Value }))
    return { ...properties, LoadBalancerAttributes: [...kept, ...added] }
  })
}

/** A load balancer tries at once whether it may write its logs. */
function afterPolicy(template: Template, balancer: string): Template {
  const found = template.Resources[balancer]
  return found
    ? { ...template, Resources: { ...template.Resources, [balancer]: { ...found, DependsOn: ['AccessLogsPolicy'] } } }
    : template
}

function withSources(template: Template, prefix: string, ranges: readonly string[]): Template {
  const replaced = (rule: Json): Json[] => {
    const { CidrIp: _all, ...rest } = rule
    return ranges.map((range) => ({ ...rest, [range.includes(':') ? 'CidrIpv6' : 'CidrIp']: range }))
  }
  return withProperties(template, `${prefix}LoadBalancerSecurityGroup`, (properties) => ({
    ...properties,
    SecurityGroupIngress: (properties.SecurityGroupIngress as Json[]).flatMap((rule) => {
      const conditional = rule['Fn::If'] as [string, Json, Json] | undefined
      if (!conditional) return replaced(rule)
      const [condition, then, otherwise] = conditional
      return replaced(then).map((one) => ({ 'Fn::If': [condition, one, otherwise] }))
    }),
  }))
}

function withCertificates(template: Template, prefix: string, further: readonly string[]): Template {
  const more = {
    Type: 'AWS::ElasticLoadBalancingV2::ListenerCertificate',
    Condition: `Has${prefix}Certificate`,
    Properties: {
      ListenerArn: ref(`${prefix}HttpsListener`),
      Certificates: further.map((CertificateArn) => ({ CertificateArn })),
    },
  }
  return { ...template, Resources: { ...template.Resources, [`${prefix}FurtherCertificates`]: more } }
}

function parameters({ environment }: EnvironmentInputs): Record<string, string | number> {
  const { http } = environment.settings
  return {
    Certificate: certificatesOf(environment, false)[0] ?? '',
    PrivateCertificate: certificatesOf(environment, true)[0] ?? '',
    ...existingParameters(environment),
    ...(http?.public?.idle_timeout !== undefined && { IdleTimeout: given(http.public.idle_timeout, 0) }),
    ...(http?.private?.idle_timeout !== undefined && { PrivateIdleTimeout: given(http.private.idle_timeout, 0) }),
  }
}

export const loadBalancer: Feature = {
  environmentChecks: loadBalancerChecks,
  environment: (template, inputs) => withLoadBalancers(template, inputs),
  environmentParameters: parameters,
}
