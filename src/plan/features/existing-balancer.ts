import * as z from 'zod'
import { pattern, wants } from '../manifest/fields.ts'
import { type Environment, rulesOf, type Service } from '../manifest/model.ts'
import type { EnvironmentSettings } from '../manifest/schema.ts'
import { importable, type Json, ref, subText, type Template } from '../template.ts'

const listener = pattern(
  'the ARN of a listener: arn:aws:elasticloadbalancing:…:listener/app/…',
  /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener\/app\/\S+$/,
)
const named =
  /^((?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?|arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/app\/\S+)$/

const details = z.strictObject({
  http_listener: listener.optional(),
  https_listener: listener.optional(),
  security_group: pattern('the id of a security group: sg-…', /^sg-\w+$/),
  dns_name: pattern('the name of a host', /^[A-Za-z0-9.-]+$/),
  zone_id: pattern('the id of a hosted zone: Z…', /^Z[A-Z0-9]+$/)
    .optional()
    .describe('hosted zone that AWS has for the load balancer’s name; hosts with a hosted_zone need it'),
})

export const existingField = {
  load_balancer: wants(
    'the name or ARN of a load balancer, or its details',
    z.union([z.string().regex(named), details]),
  )
    .optional()
    .describe('a load balancer that exists: its name or ARN, or its listeners, security group and address'),
}

/** Listeners, security group and address. */
export type Existing = z.infer<typeof details>

/** The load balancer that exists already, if the environment is to use one; its name or ARN until it is looked up. */
export const existingOf = ({ http }: EnvironmentSettings): string | Existing | undefined => http?.public?.load_balancer

/** The environment with what was found out of its load balancer. */
export function withFound(environment: Environment, load_balancer: Existing): Environment {
  const { settings } = environment
  const open = { ...settings.http?.public, load_balancer }
  return { ...environment, settings: { ...settings, http: { ...settings.http, public: open } } }
}

const isSecure = (there: string | Existing): boolean => typeof there === 'string' || there.https_listener !== undefined

/** Its listeners are called otherwise than those of a load balancer of one's own: an export in use cannot change. */
export const SHARED = 'Shared'

/** The environment's stack says where an existing load balancer is, and makes none. */
export function withExisting(template: Template, there: string | Existing): Template {
  const known = typeof there === 'string' ? undefined : there
  const parameter = (name: string, Description: string, Type = 'String'): [string, Json][] => [
    [`${SHARED}${name}`, { Type, Description }],
  ]
  const listeners = [
    ...(known && known.http_listener === undefined ? [] : parameter('HttpListener', 'ARN of its listener for HTTP')),
    ...(known && known.https_listener === undefined ? [] : parameter('HttpsListener', 'ARN of its listener for HTTPS')),
  ]
  const told = [
    ...parameter('LoadBalancerSecurityGroup', 'Security group of the load balancer', 'AWS::EC2::SecurityGroup::Id'),
    ...listeners,
  ]
  const Parameters = Object.fromEntries([...told, ...parameter('LoadBalancerAddress', 'Host of the load balancer')])
  const Outputs = Object.fromEntries(
    told.map(([name, { Description }]) => [name, importable(String(Description), ref(name), name)]),
  )
  const protocol = isSecure(there) ? 'https' : 'http'
  const Url = importable(
    'Address of the load balancer',
    subText(`${protocol}://\${${SHARED}LoadBalancerAddress}`),
    'Url',
  )
  return {
    ...template,
    Parameters: { ...template.Parameters, ...Parameters },
    Outputs: { ...template.Outputs, ...Outputs, Url },
  }
}

/** What is not known yet is asked for by whoever deploys the rendered template. */
export function existingParameters({ settings }: Environment): Record<string, string> {
  const there = existingOf(settings)
  if (there === undefined || typeof there === 'string') return {}
  const { http_listener: http, https_listener: https, security_group: group, dns_name: host } = there
  return {
    [`${SHARED}LoadBalancerSecurityGroup`]: group,
    [`${SHARED}LoadBalancerAddress`]: host,
    ...(http !== undefined && { [`${SHARED}HttpListener`]: http }),
    ...(https !== undefined && { [`${SHARED}HttpsListener`]: https }),
  }
}

/** What services ask of listeners that a load balancer does not have: each with the place where it is asked. */
export function lackingListeners(
  { http_listener, https_listener }: Existing,
  services: readonly Pick<Service, 'name' | 'http' | 'settings'>[],
) {
  return services.flatMap(({ name, http, settings }) => {
    if (!http || http.internal) return []
    const own = settings.http || {}
    const rules = rulesOf(http)
    const lacks = (key: string, kind: 'HTTP' | 'HTTPS') => [{ service: name, key, kind }]
    return [
      ...(own.auth && https_listener === undefined ? lacks('auth', 'HTTPS') : []),
      ...(rules.some(({ version }) => version !== 'HTTP1') && https_listener === undefined
        ? lacks('version', 'HTTPS')
        : []),
      ...(rules.some(({ redirects }) => !redirects) && https_listener !== undefined && http_listener === undefined
        ? lacks('redirect_to_https', 'HTTP')
        : []),
    ]
  })
}
