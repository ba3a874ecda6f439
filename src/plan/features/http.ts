import * as z from 'zod'
import { between, type Check, type Checked, type Combination } from '../manifest/checks/places.ts'
import { given } from '../manifest/durations.ts'
import { duration, flag, path, pattern, wants } from '../manifest/fields.ts'
import type { Compute, Environment, Http, Service } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { rulePriority } from '../rule-priority.ts'
import {
  importValue,
  type Json,
  merge,
  readTemplate,
  ref,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import type { Feature } from './feature.ts'

const codes = wants(
  'status codes from 200 to 499, such as 200, 200-299 or 200,301',
  z.union([z.int().min(200).max(499), z.string().regex(/^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$/)]),
)

const httpHealthcheck = z.strictObject({
  path: path.optional(),
  success_codes: codes.optional(),
  healthy_threshold: z.int().min(2).max(10).optional(),
  unhealthy_threshold: z.int().min(2).max(10).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  grace_period: duration.optional().describe('how long a new container may fail the check'),
})

const settings = z.strictObject({
  path: pattern(
    'a path that begins with /, of at most six parts and 120 characters, without wildcards',
    /^(?=.{1,120}$)(\/[\w\-.$~"'@:+&]+){0,6}\/?$/,
  )
    .optional()
    .describe('requests below this path go to the service'),
  healthcheck: wants('a path that begins with /, or details of the check', z.union([path, httpHealthcheck]))
    .optional()
    .describe('path that answers 200 when all is well, or details'),
  stickiness: flag.optional().describe('keep a visitor on one task; Streamlit with several tasks needs it'),
  deregistration_delay: duration.optional().describe('how long a leaving task may finish its requests'),
})

export const httpFields = {
  http: wants('a group of settings, or false', z.union([z.literal(false), settings]))
    .optional()
    .describe('how the load balancer reaches the service; false for none'),
}

/** A model takes minutes to load, a web server seconds. */
const GRACE_SECONDS = { fargate: 60, gpu: 300 }

/** Undefined when the load balancer does not lead to the service. */
export function resolveHttp(service: ManifestService, { kind }: Compute): Http | undefined {
  const wanted = service.http ?? {}
  if (service.image?.port === undefined || wanted === false) return undefined
  const check = typeof wanted.healthcheck === 'string' ? { path: wanted.healthcheck } : (wanted.healthcheck ?? {})
  const interval = given(check.interval, 5)
  return {
    path: wanted.path ?? '/',
    healthCheck: {
      path: check.path ?? '/',
      successCodes: String(check.success_codes ?? 200),
      healthyThreshold: check.healthy_threshold ?? 2,
      unhealthyThreshold: check.unhealthy_threshold ?? 2,
      interval,
      // A check has to be over before the next begins.
      timeout: given(check.timeout, Math.max(2, Math.min(interval - 1, 10))),
      gracePeriod: given(check.grace_period, GRACE_SECONDS[kind]),
    },
    stickiness: wanted.stickiness ?? false,
    deregistrationDelay: given(wanted.deregistration_delay, 15),
  }
}

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

/** The limits of a target group. */
const times: Check = (_service, { http: resolved }) => {
  if (!resolved) return []
  const { interval, timeout, gracePeriod } = resolved.healthCheck
  const check = ['http', 'healthcheck']
  const bounds = [
    ...between([...check, 'interval'], interval, 5, 300),
    ...between([...check, 'timeout'], timeout, 2, 120),
    ...between([...check, 'grace_period'], gracePeriod, 0, 2_147_483_647),
    ...between(['http', 'deregistration_delay'], resolved.deregistrationDelay, 0, 3600),
  ]
  if (bounds.length > 0 || timeout < interval) return bounds
  const message = `must be less than the interval, ${interval}s`
  return [{ at: [...check, 'timeout'], because: [...check, 'interval'], message }]
}

/** One load balancer serves all: each service needs a path of its own, and a place of its own among the rules. */
function samePaths(checked: Checked): Combination[] {
  const served = checked.services.flatMap(({ name, http: resolved }) =>
    resolved
      ? [
          {
            name,
            path: resolved.path,
            stem: resolved.path.replace(/\/+$/, ''),
            rule: rulePriority(name, resolved.path),
          },
        ]
      : [],
  )
  return served.flatMap(({ name, path: wanted, stem, rule }, index): Combination[] => {
    const before = served.slice(0, index)
    const same = before.find((one) => one.stem === stem)
    const crossed = before.find((one) => one.rule === rule)
    const at = checked.merged[name]?.http ? ['http', 'path'] : ['image', 'port']
    if (same)
      return [
        {
          path: ['services', name, ...at],
          because: [['services', same.name, 'http', 'path']],
          message: `${same.name} has the path ${wanted} already; give ${name} another under http.path, or http: false`,
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

/** A load balancer takes certificates of its own region only. */
function certificate({ environment, manifest }: Checked): Combination[] {
  const { certificate: arn, region } = manifest.environments?.[environment] ?? {}
  const home = arn?.split(':')[3]
  return home === undefined || region === undefined || home === region
    ? []
    : [
        {
          path: ['environments', environment, 'certificate'],
          message: `is in ${home}; the load balancer is in ${region}`,
        },
      ]
}
/** Puts the service behind the load balancer. */
function withHttp(
  template: Template,
  { certificate }: Environment,
  { http: resolved, port, name }: Service,
  texts: TemplateTexts,
): Template {
  if (!resolved || port === undefined) return template
  const merged = merge(template, readTemplate(texts.http))
  const listener = certificate === undefined ? 'HttpListener' : 'HttpsListener'
  const ruled = withProperties(merged, 'ListenerRule', (properties) => ({
    ...properties,
    ListenerArn: importValue(`\${EnvironmentStack}-${listener}`),
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: patterns(resolved.path) } }],
  }))
  const served = withProperties(ruled, 'TaskService', (properties) => ({
    ...properties,
    HealthCheckGracePeriodSeconds: resolved.healthCheck.gracePeriod,
    LoadBalancers: [{ ContainerName: name, ContainerPort: port, TargetGroupArn: ref('TargetGroup') }],
  }))
  // ECS refuses a target group that no load balancer has yet.
  const { TaskService } = served.Resources
  return TaskService
    ? { ...served, Resources: { ...served.Resources, TaskService: { ...TaskService, DependsOn: ['ListenerRule'] } } }
    : served
}

/** `/` is everything; `/api` is itself and what is below it. */
const patterns = (path: string): Json[] | string[] => {
  const stem = path.replace(/\/+$/, '')
  return stem === '' ? ['/*'] : [stem, `${stem}/*`]
}

function httpParameters({ port = 80, name }: Service, resolved: Http): Record<string, string | number> {
  const { healthCheck } = resolved
  return {
    Port: port,
    Path: resolved.path,
    RulePriority: rulePriority(name, resolved.path),
    HealthCheckPath: healthCheck.path,
    HealthCheckCodes: healthCheck.successCodes,
    HealthCheckInterval: healthCheck.interval,
    HealthCheckTimeout: healthCheck.timeout,
    HealthyThreshold: healthCheck.healthyThreshold,
    UnhealthyThreshold: healthCheck.unhealthyThreshold,
    DeregistrationDelay: resolved.deregistrationDelay,
    Stickiness: String(resolved.stickiness),
  }
}

export const http: Feature = {
  checks: [needsPort, times],
  environmentChecks: [samePaths, certificate],
  service: (template, { environment, service, texts }) => withHttp(template, environment, service, texts),
  parameters: ({ service }) => (service.http ? httpParameters(service, service.http) : {}),
}
