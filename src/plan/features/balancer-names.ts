import { waysIn } from '../scaling/metrics.ts'
import { renamed, type Template } from '../template.ts'
import type { Feature, ServiceInputs } from './feature.ts'
import { balancerKind } from './load-balancer.ts'

const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'

/**
 * A target group belongs to one load balancer. A service that goes behind another has other groups and rules there, which
 * are made before the old ones go.
 */
function withNames(template: Template, { service, environment }: ServiceInputs): Template {
  const kind = service.http ? balancerKind(environment, service.http.internal) : ''
  if (kind === '') return template
  const rules = Object.entries(template.Resources).flatMap(([name, { Type }]) => (Type === RULE ? [name] : []))
  const groups = waysIn(template).map(({ group }) => group)
  const names = [...rules, ...groups].map((name) => [name, kind + name])
  return renamed(template, Object.fromEntries(names), ['Resources'])
}

/** After all that look for them by their usual names. */
export const balancerNames: Feature = { service: withNames }
