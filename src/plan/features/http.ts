import { createHash } from 'node:crypto'
import * as z from 'zod'
import { aliasesOf, recordsOf } from '../aliases.ts'
import { given } from '../manifest/durations.ts'
import { addressRange, duration, flag, path, pattern, port, text, wants } from '../manifest/fields.ts'
import type { Compute, Http, HttpRule } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { logicalName } from '../names.ts'
import { priorityBefore, rulePriority } from '../rule-priority.ts'
import { aliasFields } from './alias.ts'
import type { Feature } from './feature.ts'
import { httpChecks, httpEnvironmentChecks } from './http-checks.ts'
import { ruleParameters, targetPorts, withRules } from './http-rules.ts'
import { login } from './login.ts'

const codes = wants(
  'status codes such as 200, 200-299 or 200,301',
  z.union([z.int().min(0).max(499), z.string().regex(/^\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*$/)]),
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
  ...aliasFields,
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
/** What a container that speaks gRPC is asked for, and what it says when all is well: that it has no such method. */
const GRPC_CHECK = { path: '/AWS.ALB/healthcheck', codes: '12' }
/** What it says to a call that it has. */
const GRPC_OK = '0'

/** Undefined when the load balancer does not lead to the service. Its rules are told from others by the name. */
export function resolveHttp(name: string, service: ManifestService, compute: Compute): Http | undefined {
  const wanted = service.http ?? {}
  if (service.image?.port === undefined || wanted === false) return undefined
  const { additional_rules: further = [], internal = false } = wanted
  const tests = service.deployment?.test?.header !== undefined
  return {
    ...resolveRule(name, '', wanted, compute, tests),
    place: ['http'],
    internal,
    additional: further.map((one, index) => {
      const way = `${aliasesOf(one).map(({ host }) => host)} ${one.path ?? '/'}`
      return {
        ...resolveRule(`${name} ${way}`, prefixOf(way, one.path), one, compute, tests),
        place: ['http', 'additional_rules', index],
      }
    }),
  }
}

/** By what the rule is for, not by its place in the list: one that takes another's name finds its priority taken. */
function prefixOf(way: string, path = '/'): string {
  const digest = createHash('sha256').update(way).digest('hex').slice(0, 4)
  return `Rule${logicalName(path)}${digest}`
}

function resolveRule(
  key: string,
  prefix: string,
  wanted: RuleSettings,
  { kind }: Compute,
  tests: boolean,
): Omit<HttpRule, 'place'> {
  const check = typeof wanted.healthcheck === 'string' ? { path: wanted.healthcheck } : (wanted.healthcheck ?? {})
  const interval = given(check.interval, 5)
  const aliases = aliasesOf(wanted)
  const hosts = [...new Set(aliases.map(({ host }) => host))]
  const isGrpc = wanted.version === 'grpc'
  return {
    prefix,
    path: wanted.path ?? '/',
    hosts,
    records: recordsOf(aliases),
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
      successCodes: String(check.success_codes ?? usualCodes(isGrpc, check.path)),
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

const usualCodes = (isGrpc: boolean, path: string | undefined): string =>
  isGrpc ? (path === undefined ? GRPC_CHECK.codes : GRPC_OK) : '200'

const VERSIONS = { http1: 'HTTP1', http2: 'HTTP2', grpc: 'GRPC' } as const

export const http: Feature = {
  checks: httpChecks,
  environmentChecks: httpEnvironmentChecks,
  container: ({ port: own }, { name }, inputs) => targetPorts(name, own, inputs),
  service: (template, inputs) => withRules(template, inputs),
  parameters: (inputs) => ruleParameters(inputs),
}
