import type { Service } from '../manifest/model.ts'
import { bind, type Json, type Resource, readTemplate, referencesOf, type Template } from '../template.ts'
import type { Deployed } from './interim.ts'
import { DIGEST_OUTPUT, finishStack, type Stack } from './stack.ts'

const SERVICE = 'AWS::ECS::Service'
const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule'

type Resources = Template['Resources']

/**
 * A service's stack for the time in which another ECS service takes the place of the one that runs, as when it moves from
 * Fargate to instances: both run, each with its own targets, and visitors still reach the old one alone. Without it the
 * load balancer would lead to targets that are not there yet. For the same reason a new way to a service is there first,
 * and nobody takes it. Undefined when nothing moves, or nobody would notice.
 */
export function movingStack(wanted: Stack, deployed: Deployed, deployedBody: string): Stack | undefined {
  const [before, after] = [readTemplate(deployedBody), readTemplate(wanted.body)]
  const leaving = without(before.Resources, after.Resources)
  const coming = without(after.Resources, before.Resources)
  const rules = movingRules(before, after, deployed)
  const moves = hasService(leaving) && hasService(coming) && Object.keys(rules).length > 0
  const opening = closedRules(coming, ({ Properties }) => [...referencesOf(Properties)].some((name) => name in coming))
  if (!moves && Object.keys(opening).length === 0) return undefined
  const { [DIGEST_OUTPUT]: _digest, ...Outputs } = after.Outputs
  const kept = moves ? { ...asDeployed(leaving, before, deployed), ...after.Resources, ...rules } : after.Resources
  return finishStack(
    { ...after, Resources: { ...kept, ...opening }, Outputs },
    { name: wanted.name, parameters: wanted.parameters, tags: wanted.tags, summary: wanted.summary },
  )
}

/** Whether another ECS service takes the place of the one that runs. */
export const changesService = ({ body }: Stack, deployedBody: string): boolean =>
  hasService(without(readTemplate(deployedBody).Resources, readTemplate(body).Resources))

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
function movingRules(before: Template, after: Template, { parameters }: Deployed): Resources {
  const old = bind(before, parameters).Resources
  return Object.fromEntries(
    Object.entries(after.Resources).flatMap(([name, rule]) => {
      const from = old[name]
      const both = rule.Type === RULE && from ? bothTargets(from, rule) : undefined
      return both ? [[name, both]] : []
    }),
  )
}

function bothTargets(old: Resource, rule: Resource): Resource | undefined {
  const [from, to] = [groupsOf(old), groupsOf(rule)]
  const known = new Set(from.map(nameOf))
  if (from.length === 0 || to.every((group) => known.has(nameOf(group)))) return undefined
  const TargetGroups = [...from, ...to.map(({ TargetGroupArn }) => ({ TargetGroupArn, Weight: 0 }))]
  const Actions = actionsOf(rule).map(({ TargetGroupArn, ...action }) =>
    action.Type === 'forward' ? { ...action, ForwardConfig: { TargetGroups } } : action,
  )
  return { ...rule, Properties: { ...rule.Properties, Actions } }
}

const actionsOf = ({ Properties }: Resource): readonly Json[] => (Properties?.Actions ?? []) as readonly Json[]

interface Group {
  readonly TargetGroupArn: unknown
  readonly Weight: unknown
}

const nameOf = ({ TargetGroupArn }: Group): unknown => (TargetGroupArn as { Ref?: string }).Ref

/** The target groups that a rule forwards to. */
const groupsOf = (rule: Resource): readonly Group[] =>
  actionsOf(rule).flatMap(({ TargetGroupArn, ForwardConfig }) =>
    TargetGroupArn !== undefined
      ? [{ TargetGroupArn, Weight: 1 }]
      : ((ForwardConfig as { TargetGroups?: Group[] } | undefined)?.TargetGroups ?? []),
  )

/**
 * A new service's stack for the time in which its tasks start, when visitors of its path are served by another until then:
 * its rule is there, as ECS wants it, and nobody takes it.
 */
export function openingStack(wanted: Stack): Stack {
  const { Outputs: all, Resources, ...template } = readTemplate(wanted.body)
  const { [DIGEST_OUTPUT]: _digest, ...Outputs } = all
  const { name, parameters, tags, summary } = wanted
  return finishStack(
    { ...template, Resources: { ...Resources, ...closedRules(Resources, () => true) }, Outputs },
    { name, parameters, tags, summary },
  )
}

/** Rules as they are before anybody takes them. */
const closedRules = (resources: Resources, which: (rule: Resource) => boolean): Resources =>
  Object.fromEntries(
    Object.entries(resources).flatMap(([name, rule]) =>
      rule.Type === RULE && which(rule)
        ? [[name, { ...rule, Properties: { ...rule.Properties, Conditions: [NOBODY] } }]]
        : [],
    ),
  )

/** Of the addresses that are kept for documentation (RFC 5737). */
const NOBODY = { Field: 'source-ip', SourceIpConfig: { Values: ['192.0.2.0/32'] } }

/** Whether what the service is going to serve is served by the other now. */
export function servesToo({ http: other }: Pick<Service, 'http'>, { http }: Pick<Service, 'http'>): boolean {
  if (!http || !other || http.internal !== other.internal) return false
  const stem = other.path.replace(/\/+$/, '')
  const isBelow = http.path === stem || http.path.startsWith(`${stem}/`)
  return isBelow && (other.hosts.length === 0 || http.hosts.some((host) => other.hosts.includes(host)))
}
