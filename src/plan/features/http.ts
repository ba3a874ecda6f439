import * as z from 'zod'
import { between, type Check, type Checked, type Combination } from '../manifest/checks/places.ts'
import { containersOf, unknownTarget } from '../manifest/containers.ts'
import { given } from '../manifest/durations.ts'
import { addressRange, duration, flag, path, pattern, text, wants } from '../manifest/fields.ts'
import type { Compute, Http, HttpRule } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { priorityBefore, rulePriority } from '../rule-priority.ts'
import type { Feature } from './feature.ts'
import { ruleParameters, rulesOf, targetPorts, valuesOf, withRules } from './http-rules.ts'
import { hasHttps } from './load-balancer.ts'
import { login, sessions } from './login.ts'

const codes = wants(
  'status codes from 200 to 499, such as 200, 200-299 or 200,301',
  z.union([z.int().min(200).max(499), z.string().regex(/^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$/)]),
)
const port = z.int().min(1).max(65535)
const host = pattern(
  'a host such as app.example.com or *.example.com',
  /^(?=.{1,128}$)[A-Za-z0-9*?-]+(\.[A-Za-z0-9*?-]+)+$/,
)

const httpHealthcheck = z.strictObject({
  path: path.optional(),
  port: port.optional().describe('port that is asked, where it is not the one of the requests'),
  success_codes: codes.optional(),
  healthy_threshold: z.int().min(2).max(10).optional(),
  unhealthy_threshold: z.int().min(2).max(10).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  grace_period: duration.optional().describe('how long a new container may fail the check'),
})

const rule = {
  path: pattern(
    'a path that begins with /, of at most six parts and 120 characters, without wildcards',
    /^(?=.{1,120}$)(\/[\w\-.$~"'@:+&]+){0,6}\/?$/,
  )
    .optional()
    .describe('requests below this path go to the service'),
  alias: wants('a host such as app.example.com, or a list of them', z.union([host, z.array(host).min(1)]))
    .optional()
    .describe('hosts whose requests go to the service; all if left out'),
  healthcheck: wants('a path that begins with /, or details of the check', z.union([path, httpHealthcheck]))
    .optional()
    .describe('path that answers 200 when all is well, or details'),
  stickiness: flag.optional().describe('keep a visitor on one task; Streamlit with several tasks needs it'),
  allowed_source_ips: z
    .array(addressRange)
    .min(1)
    .optional()
    .describe('ranges of addresses whose requests go to the service; all if left out'),
  redirect_to_https: flag
    .optional()
    .describe('send plain HTTP on to HTTPS where there is a certificate; true if left out'),
  target_container: text.optional().describe('container that gets the requests, the service’s own if left out'),
  target_port: port.optional().describe('port that gets the requests, the container’s if left out'),
  version: z.enum(['http1', 'http2', 'grpc']).optional().describe('protocol to the container'),
  deregistration_delay: duration.optional().describe('how long a leaving task may finish its requests'),
}

const settings = z.strictObject({
  ...rule,
  internal: flag.optional().describe('reached from within the network alone, by a load balancer of its own'),
  auth: login.optional().describe('a login in front of the service, by OpenID Connect'),
  additional_rules: z.array(z.strictObject(rule)).min(1).max(4).optional().describe('further ways to the service'),
})

export const httpFields = {
  http: wants('a group of settings, or false', z.union([z.literal(false), settings]))
    .optional()
    .describe('how the load balancer reaches the service; false for none'),
}

type RuleSettings = z.infer<z.ZodObject<typeof rule>>

/** A model takes minutes to load, a web server seconds. */
const GRACE_SECONDS = { fargate: 60, gpu: 300 }
/** What a container that speaks gRPC is asked for, and what it says when all is well. */
const GRPC_CHECK = { path: '/AWS.ALB/healthcheck', codes: '12' }

/** Undefined when the load balancer does not lead to the service. Its rules are told from others by the name. */
export function resolveHttp(name: string, service: ManifestService, compute: Compute): Http | undefined {
  const wanted = service.http ?? {}
  if (service.image?.port === undefined || wanted === false) return undefined
  const { additional_rules: further = [], internal = false } = wanted
  const tests = service.deployment?.test?.header !== undefined
  return {
    ...resolveRule(name, '', wanted, compute, tests),
    internal,
    additional: further.map((one, index) =>
      resolveRule(`${name} ${one.alias ?? ''} ${one.path ?? '/'}`, `Rule${index + 2}`, one, compute, tests),
    ),
  }
}

function resolveRule(key: string, prefix: string, wanted: RuleSettings, { kind }: Compute, tests: boolean): HttpRule {
  const check = typeof wanted.healthcheck === 'string' ? { path: wanted.healthcheck } : (wanted.healthcheck ?? {})
  const interval = given(check.interval, 5)
  const hosts = [wanted.alias ?? []].flat()
  const isGrpc = wanted.version === 'grpc'
  return {
    prefix,
    path: wanted.path ?? '/',
    hosts,
    sources: wanted.allowed_source_ips ?? [],
    priority: rulePriority(key, wanted.path ?? '/', hosts.length > 0),
    testPriority: tests ? priorityBefore(key, wanted.path ?? '/', hosts.length > 0) : undefined,
    targetContainer: wanted.target_container,
    targetPort: wanted.target_port,
    version: VERSIONS[wanted.version ?? 'http1'],
    redirects: wanted.redirect_to_https ?? true,
    healthCheck: {
      path: check.path ?? (isGrpc ? GRPC_CHECK.path : '/'),
      port: check.port,
      successCodes: String(check.success_codes ?? (isGrpc ? GRPC_CHECK.codes : 200)),
      healthyThreshold: check.healthy_threshold ?? 2,
      unhealthyThreshold: check.unhealthy_threshold ?? 2,
      interval,
      // A check has to be over before the next begins.
      timeout: given(check.timeout, Math.max(2, Math.min(interval - 1, 10))),
      gracePeriod: given(check.grace_period, kind === 'gpu' ? GRACE_SECONDS.gpu : GRACE_SECONDS.fargate),
    },
    stickiness: wanted.stickiness ?? false,
    deregistrationDelay: given(wanted.deregistration_delay, 15),
  }
}

const VERSIONS = { http1: 'HTTP1', http2: 'HTTP2', grpc: 'GRPC' } as const

const needsPort: Check = ({ image, http: wanted }) =>
  wanted !== undefined && wanted !== false && image?.port === undefined
    ? [
        {
          at: ['http'],
          because: ['image', 'port'],
          message: 'needs image.port: the port that the container listens on',
        },
      ]
    : []

/** Where the settings of a rule stand. */
const placeOf = ({ prefix }: Pick<HttpRule, 'prefix'>): readonly (string | number)[] =>
  prefix === '' ? ['http'] : ['http', 'additional_rules', Number(prefix.slice('Rule'.length)) - 2]

/** The limits of target groups and rules. */
const limits: Check = (_service, { http: resolved }) =>
  rulesOf(resolved).flatMap((one) => {
    const { interval, timeout, gracePeriod } = one.healthCheck
    const at = placeOf(one)
    const check = [...at, 'healthcheck']
    const bounds = [
      ...between([...check, 'interval'], interval, 5, 300),
      ...between([...check, 'timeout'], timeout, 2, 120),
      ...between([...check, 'grace_period'], gracePeriod, 0, 2_147_483_647),
      ...between([...at, 'deregistration_delay'], one.deregistrationDelay, 0, 3600),
    ]
    const late = { at: [...check, 'timeout'], because: [...check, 'interval'] }
    const values = valuesOf(one)
    return [
      ...bounds,
      ...(bounds.length === 0 && timeout >= interval
        ? [{ ...late, message: `must be less than the interval, ${interval}s` }]
        : []),
      ...(values > 5
        ? [
            {
              at: [...at, one.hosts.length > one.sources.length ? 'alias' : 'allowed_source_ips'],
              because: [...at, 'path'],
              message: `path, alias and allowed_source_ips make ${values} conditions; a rule has five at most, so put the rest under additional_rules`,
            },
          ]
        : []),
    ]
  })

/** A load balancer asks nobody to log in who comes without HTTPS. */
const plainLogin: Check = ({ http: wanted }, { http: resolved }) =>
  wanted && wanted.auth !== undefined
    ? rulesOf(resolved)
        .filter(({ redirects }) => !redirects)
        .map((one) => ({
          at: [...placeOf(one), 'redirect_to_https'],
          because: ['http', 'auth'],
          message: 'would be a way past the login, which is asked for by HTTPS alone; leave it out',
        }))
    : []

/** A rule leads to a container of the task that has a port. */
const targets: Check = (service, { name, http: resolved }) =>
  rulesOf(resolved).flatMap(({ targetContainer: wanted = name, targetPort, ...one }) => {
    const at = [...placeOf(one), 'target_container']
    const found = containersOf(name, service).find((container) => container.name === wanted)
    if (!found) return unknownTarget(wanted, name, service).map((message) => ({ at, message }))
    const message = `${wanted} has no port: give it one, or the rule a target_port`
    return found.settings.port === undefined && targetPort === undefined
      ? [{ at, because: found.place(['port']), message }]
      : []
  })

/** What is only for HTTPS. */
function secure({ services, environment, manifest, settings: around, merged }: Checked): Combination[] {
  const { certificate } = manifest.environments?.[environment] ?? {}
  return services.flatMap(({ name, http: resolved }) => {
    if (!resolved || hasHttps({ certificate, settings: around }, resolved.internal)) return []
    const where = resolved.internal ? 'http.private.certificates' : 'certificate'
    const own = merged[name]?.http || {}
    const because = [['environments', environment, 'certificate']]
    return [
      ...rulesOf(resolved).flatMap((one) =>
        one.version === 'HTTP1'
          ? []
          : [
              {
                path: ['services', name, ...placeOf(one), 'version'],
                because,
                message: `${one.version === 'GRPC' ? 'gRPC' : 'HTTP/2'} is for HTTPS: give the environment a ${where}`,
              },
            ],
      ),
      ...(own.auth
        ? [
            {
              path: ['services', name, 'http', 'auth'],
              because,
              message: `a load balancer asks for a login by HTTPS alone: give the environment a ${where}`,
            },
          ]
        : []),
    ]
  })
}

/** One load balancer serves all: each service needs a way of its own, and a place of its own among the rules. */
function samePaths(checked: Checked): Combination[] {
  const served = checked.services.flatMap(({ name, http: resolved }) =>
    rulesOf(resolved).map((one) => ({ name, internal: resolved?.internal ?? false, one, stem: stemOf(one) })),
  )
  return served.flatMap(({ name, one, internal, stem }, index): Combination[] => {
    const before = served.slice(0, index).filter((other) => other.internal === internal)
    const same = before.find((other) => other.stem === stem && shareHost(other.one, one) && sameSources(other.one, one))
    const itself = one.priority === one.testPriority ? { name } : undefined
    const taken = prioritiesOf(one)
    const crossed = itself ?? before.find((other) => prioritiesOf(other.one).some((number) => taken.includes(number)))
    const at = checked.merged[name]?.http ? [...placeOf(one), 'path'] : ['image', 'port']
    if (same)
      return [
        {
          path: ['services', name, ...at],
          because: [['services', same.name, ...placeOf(same.one), 'path']],
          message: `${same.name} has the path ${one.path} already; give ${name} another under http.path, or http: false`,
        },
      ]
    return crossed
      ? [
          {
            path: ['services', name],
            atKey: true,
            message: `cannot be told from ${crossed.name} by the load balancer; rename it`,
          },
        ]
      : []
  })
}

const prioritiesOf = ({ priority, testPriority }: HttpRule): number[] =>
  testPriority === undefined ? [priority] : [priority, testPriority]
const stemOf = ({ path: wanted }: HttpRule): string => wanted.replace(/\/+$/, '')
const shareHost = (a: HttpRule, b: HttpRule): boolean =>
  (a.hosts.length === 0 && b.hosts.length === 0) || a.hosts.some((one) => b.hosts.includes(one))
const sameSources = (a: HttpRule, b: HttpRule): boolean => String([...a.sources]) === String([...b.sources])

export const http: Feature = {
  checks: [needsPort, limits, targets, sessions, plainLogin],
  environmentChecks: [samePaths, secure],
  container: ({ port: own }, { name }, inputs) => targetPorts(name, own, inputs),
  service: (template, inputs) => withRules(template, inputs),
  parameters: (inputs) => ruleParameters(inputs),
}
