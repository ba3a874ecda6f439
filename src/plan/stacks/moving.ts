import type { Service } from '../manifest/model.ts'
import { bind, type Json, type Resource, readTemplate, ref, type Template } from '../template.ts'
import type { Deployed } from './interim.ts'
import { DIGEST_OUTPUT, finishStack, type Stack } from './stack.ts'

const SERVICE = 'AWS::ECS::Service'
const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'

type Resources = Template['Resources']

/**
 * A service's stack for the time in which another ECS service takes the place of the one that runs, as when it moves from
 * Fargate to instances: both run, each with its own targets, and visitors still reach the old one alone. Without it the
 * load balancer would lead to targets that are not there yet. Undefined when nothing moves, or nobody would notice.
 */
export function movingStack(wanted: Stack, deployed: Deployed, deployedBody: string): Stack | undefined {
  const [before, after] = [readTemplate(deployedBody), readTemplate(wanted.body)]
  const leaving = without(before.Resources, after.Resources)
  const coming = without(after.Resources, before.Resources)
  const rules = movingRules(before, after)
  if (!hasService(leaving) || !hasService(coming) || Object.keys(rules).length === 0) return undefined
  const { [DIGEST_OUTPUT]: _digest, ...Outputs } = after.Outputs
  const kept = asDeployed(leaving, before, deployed)
  return finishStack(
    { ...after, Resources: { ...kept, ...after.Resources, ...rules }, Outputs },
    { name: wanted.name, parameters: wanted.parameters, tags: wanted.tags, summary: wanted.summary },
  )
}

const without = (some: Resources, others: Resources): Resources =>
  Object.fromEntries(Object.entries(some).filter(([name]) => !Object.hasOwn(others, name)))

const hasService = (resources: Resources): boolean => Object.values(resources).some(({ Type }) => Type === SERVICE)

/** What leaves, exactly as it is: with the values of its own parameters, and tasks of the revision that runs. */
function asDeployed(leaving: Resources, before: Template, { parameters, outputs }: Deployed): Resources {
  const { TaskDefinition } = outputs
  const values = { ...parameters, ...(TaskDefinition !== undefined && { TaskDefinition }) }
  return bind({ ...before, Resources: leaving }, values).Resources
}

/** Rules that lead elsewhere than before: to the old targets still, with the new ones beside them. */
function movingRules(before: Template, after: Template): Resources {
  return Object.fromEntries(
    Object.entries(after.Resources).flatMap(([name, rule]) => {
      const old = before.Resources[name]
      const both = rule.Type === RULE && old ? bothTargets(old, rule) : undefined
      return both ? [[name, both]] : []
    }),
  )
}

function bothTargets(old: Resource, rule: Resource): Resource | undefined {
  const [from, to] = [old, rule].map(targetOf)
  if (from === undefined || to === undefined || from === to) return undefined
  const ForwardConfig = {
    TargetGroups: [
      { TargetGroupArn: ref(from), Weight: 1 },
      { TargetGroupArn: ref(to), Weight: 0 },
    ],
  }
  const Actions = actionsOf(rule).map(({ TargetGroupArn, ...action }) =>
    TargetGroupArn === undefined ? action : { ...action, ForwardConfig },
  )
  return { ...rule, Properties: { ...rule.Properties, Actions } }
}

const actionsOf = ({ Properties }: Resource): readonly Json[] => (Properties?.Actions ?? []) as readonly Json[]

/** The one target group that a rule forwards to. */
function targetOf(rule: Resource): string | undefined {
  const forward = actionsOf(rule).find(({ TargetGroupArn }) => TargetGroupArn !== undefined)
  return (forward?.TargetGroupArn as { Ref?: string } | undefined)?.Ref
}

/**
 * A new service's stack for the time in which its tasks start, when visitors of its path are served by another until then:
 * its rule is there, as ECS wants it, and nobody takes it.
 */
export function openingStack(wanted: Stack): Stack {
  const { Outputs: all, Resources, ...template } = readTemplate(wanted.body)
  const { [DIGEST_OUTPUT]: _digest, ...Outputs } = all
  const closed = Object.entries(Resources).map(([name, resource]) => [
    name,
    resource.Type === RULE ? { ...resource, Properties: { ...resource.Properties, Conditions: [NOBODY] } } : resource,
  ])
  const { name, parameters, tags, summary } = wanted
  return finishStack(
    { ...template, Resources: Object.fromEntries(closed), Outputs },
    { name, parameters, tags, summary },
  )
}

/** Of the addresses that are kept for documentation (RFC 5737). */
const NOBODY = { Field: 'source-ip', SourceIpConfig: { Values: ['192.0.2.0/32'] } }

/** Whether what the service is going to serve is served by the other now. */
export function servesToo({ http: other }: Pick<Service, 'http'>, { http }: Pick<Service, 'http'>): boolean {
  if (!http || !other || http.internal !== other.internal) return false
  const stem = other.path.replace(/\/+$/, '')
  const isBelow = http.path === stem || http.path.startsWith(`${stem}/`)
  return isBelow && (other.hosts.length === 0 || http.hosts.some((host) => other.hosts.includes(host)))
}
