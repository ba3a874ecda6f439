import { type Http, type HttpRule, rulesOf, type Service } from '../manifest/model.ts'
import {
  importValue,
  type Json,
  merge,
  prefixed,
  readTemplate,
  ref,
  type Template,
  withProperties,
} from '../template.ts'
import type { ServiceInputs } from './feature.ts'
import { balancerKind, hasHttps } from './load-balancer.ts'
import { loginAction } from './login.ts'
import { openings } from './openings.ts'

/** The container that a rule leads to, and its port. */
function targetOf(rule: HttpRule, { service, containers }: ServiceInputs) {
  const name = rule.targetContainer ?? service.name
  const port = containers.find((container) => container.name === name)?.settings.port
  return { name, port: rule.targetPort ?? port ?? service.port ?? 80 }
}

/** Puts the service behind the load balancer, by a rule and a target group for each way. */
export function withRules(template: Template, inputs: ServiceInputs): Template {
  const { http } = inputs.service
  if (!http) return template
  const rules = rulesOf(http)
  const opens = openings()
  const merged = rules.reduce((before, rule) => merge(before, partOf(rule, inputs, http, opens)), template)
  const served = withProperties(merged, 'TaskService', (properties) => ({
    ...properties,
    HealthCheckGracePeriodSeconds: http.healthCheck.gracePeriod,
    LoadBalancers: rules.map((rule) => {
      const { name, port } = targetOf(rule, inputs)
      return { ContainerName: name, ContainerPort: port, TargetGroupArn: ref(`${rule.prefix}TargetGroup`) }
    }),
  }))
  // ECS refuses a target group that no load balancer has yet.
  const { TaskService } = served.Resources
  const DependsOn = rules.map(({ prefix }) => `${prefix}ListenerRule`)
  return TaskService
    ? { ...served, Resources: { ...served.Resources, TaskService: { ...TaskService, DependsOn } } }
    : served
}

const SHARED = ['EnvironmentStack', 'SecurityGroup']

/** By its port: two resources for one would be in each other's way when rules change places. */
const ingressName = (port: number): string => `LoadBalancerIngress${port}`

function partOf(rule: HttpRule, inputs: ServiceInputs, { internal }: Http, opens: (port: number) => boolean): Template {
  const { environment, service, texts } = inputs
  const text = readTemplate(texts.http)
  const kind = balancerKind(environment, internal)
  const secure = hasHttps(environment, internal)
  const ruled = withProperties(text, 'ListenerRule', (properties) => ({
    ...properties,
    ListenerArn: importValue(`\${EnvironmentStack}-${kind}${secure ? 'HttpsListener' : 'HttpListener'}`),
    Conditions: conditionsOf(rule),
    Actions: actionsOf(service, properties.Actions as Json[]),
  }))
  const targeted = withProperties(ruled, 'TargetGroup', (properties) => withVersion(properties, rule))
  const both = secure && !rule.redirects ? withPlainRule(targeted, kind) : targeted
  const { Resources, ...part } = both
  const { LoadBalancerIngress, ...others } = Resources
  const { port } = targetOf(rule, inputs)
  const { port: check } = rule.healthCheck
  const source =
    kind === '' ? {} : { SourceSecurityGroupId: importValue(`\${EnvironmentStack}-${kind}LoadBalancerSecurityGroup`) }
  const ingress = (to: number, more: Json) => ({
    [ingressName(to)]: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: { ...LoadBalancerIngress?.Properties, ...more, ...source },
    },
  })
  const opened = {
    ...part,
    Resources: {
      ...others,
      ...(opens(port) && ingress(port, {})),
      ...(check !== undefined &&
        opens(check) &&
        ingress(check, {
          Description: 'The load balancer to the port of the health check',
          FromPort: check,
          ToPort: check,
        })),
    },
  }
  if (rule.prefix === '') return opened
  const { Path: _path, ...Parameters } = opened.Parameters
  const ingresses = Object.keys(opened.Resources).filter((name) => name.startsWith('LoadBalancerIngress'))
  return prefixed({ ...opened, Parameters, Outputs: {} }, rule.prefix, [...SHARED, ...ingresses])
}

function conditionsOf({ path, hosts, sources }: HttpRule): Json[] {
  const stem = path.replace(/\/+$/, '')
  // `/` is everything; `/api` is itself and what is below it.
  const values = stem === '' ? ['/*'] : [stem, `${stem}/*`]
  return [
    ...(stem === '' && hosts.length > 0 ? [] : [{ Field: 'path-pattern', PathPatternConfig: { Values: values } }]),
    ...(hosts.length > 0 ? [{ Field: 'host-header', HostHeaderConfig: { Values: [...hosts] } }] : []),
    ...(sources.length > 0 ? [{ Field: 'source-ip', SourceIpConfig: { Values: [...sources] } }] : []),
  ]
}

/** How many values the conditions of a rule have: a load balancer takes five. */
export const valuesOf = (rule: HttpRule): number =>
  conditionsOf(rule).flatMap((condition) =>
    Object.values(condition).flatMap((config) => (config as { Values?: string[] }).Values ?? []),
  ).length

/** A login comes before what the rule does otherwise. */
function actionsOf({ settings }: Service, actions: readonly Json[]): Json[] {
  const login = loginAction(settings)
  return login ? [{ ...login, Order: 1 }, ...actions.map((action) => ({ ...action, Order: 2 }))] : [...actions]
}

function withVersion(properties: Json, { version, healthCheck }: HttpRule): Json {
  const { HttpCode } = properties.Matcher as Json
  return {
    ...properties,
    ...(healthCheck.port !== undefined && { HealthCheckPort: String(healthCheck.port) }),
    ...(version !== 'HTTP1' && { ProtocolVersion: version }),
    ...(version === 'GRPC' && { Matcher: { GrpcCode: HttpCode } }),
  }
}

/** The same way for visitors without HTTPS. */
function withPlainRule(template: Template, kind: string): Template {
  const { ListenerRule } = template.Resources
  const { Actions, ...properties } = ListenerRule?.Properties ?? {}
  const PlainListenerRule = {
    Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
    Properties: {
      ...properties,
      ListenerArn: importValue(`\${EnvironmentStack}-${kind}HttpListener`),
      Actions,
    },
  }
  return { ...template, Resources: { ...template.Resources, PlainListenerRule } }
}

/** Values of the parameters that the rules' parts have. */
export function ruleParameters(inputs: ServiceInputs): Record<string, string | number> {
  const all = rulesOf(inputs.service.http).map((rule) => {
    const { healthCheck } = rule
    const parameters = {
      Port: targetOf(rule, inputs).port,
      Path: rule.path,
      RulePriority: rule.priority,
      HealthCheckPath: healthCheck.path,
      HealthCheckCodes: healthCheck.successCodes,
      HealthCheckInterval: healthCheck.interval,
      HealthCheckTimeout: healthCheck.timeout,
      HealthyThreshold: healthCheck.healthyThreshold,
      UnhealthyThreshold: healthCheck.unhealthyThreshold,
      DeregistrationDelay: rule.deregistrationDelay,
      Stickiness: String(rule.stickiness),
    }
    return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [rule.prefix + name, value]))
  })
  return Object.assign({}, ...all)
}

/** Ports that rules lead to, of a container that does not have them by itself. */
export function targetPorts(name: string, port: number | undefined, inputs: ServiceInputs): Json {
  const wanted = rulesOf(inputs.service.http).flatMap((rule) => {
    const target = targetOf(rule, inputs)
    return target.name === name && target.port !== port ? [target.port] : []
  })
  const further = [...new Set(wanted)].map((ContainerPort) => ({ ContainerPort, Protocol: 'tcp' }))
  return further.length > 0 ? { PortMappings: further } : {}
}
