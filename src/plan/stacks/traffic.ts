import { actionFor, type StackState } from '../stack-status.ts'
import { bind, type Json, readTemplate, referencesOf, type Template, withProperties } from '../template.ts'
import type { Deployed } from './interim.ts'
import { DIGEST_OUTPUT, finishStack, type Stack } from './stack.ts'

/** The two target groups of a way between which ECS moves the traffic. */
export type Side = 'first' | 'second'

/** What the rules of a service's stack give each of its target groups. */
const WEIGHTS = {
  first: { FirstWeight: '100', SecondWeight: '0' },
  second: { FirstWeight: '0', SecondWeight: '100' },
} as const

type Parameters = Readonly<Record<string, string>>

/** Whether ECS moves traffic by the rules of a stack with such parameters. */
export const hasWeights = (parameters: Parameters): boolean => 'FirstWeight' in parameters

/** The side that the weights of a deployed stack are for. */
const sideOf = ({ FirstWeight }: Parameters): Side => (FirstWeight === '0' ? 'second' : 'first')

/** A stack whose rules give all traffic to a side. */
const at = (side: Side, wanted: Stack): Stack =>
  hasWeights(wanted.parameters) ? { ...wanted, parameters: { ...wanted.parameters, ...WEIGHTS[side] } } : wanted

/** A stack with the weights of the one that is deployed: by them its rules do not change, wherever ECS has moved the traffic. */
export function withSameWeights(wanted: Stack, existing: StackState | undefined): Stack {
  const isNew = ['create', 'replace'].includes(actionFor(wanted, existing))
  return existing && !isNew && hasWeights(existing.parameters) ? at(sideOf(existing.parameters), wanted) : wanted
}

/** What CloudFormation writes into a rule when it changes: the weights of a template know nothing of ECS. */
export interface Change {
  readonly wanted: Stack
  readonly deployed: Deployed
  readonly body: string
  /** Where ECS has the traffic; undefined when it moves none. */
  readonly traffic: Side | undefined
}

/**
 * What comes before a change of rules between whose target groups ECS moves the traffic: each update of the stack leaves
 * it where it is, and so does one that fails and goes back. Undefined when nothing has to.
 */
export function trafficStep({ wanted, deployed, body, traffic }: Change): Stack | undefined {
  const [before, after] = [readTemplate(body), readTemplate(wanted.body)]
  if (traffic === undefined || !rulesChange(before, deployed, after, wanted)) return undefined
  const step = (template: Template, parameters: Parameters) => {
    const { [DIGEST_OUTPUT]: _digest, ...Outputs } = template.Outputs
    const { name, tags, summary } = wanted
    return finishStack({ ...template, Outputs }, { name, parameters, tags, summary })
  }
  if (!hasWeights(wanted.parameters)) {
    return traffic === 'second' ? step(broughtHome(before, wanted), deployed.parameters) : undefined
  }
  if (hasWeights(deployed.parameters) && sideOf(deployed.parameters) !== traffic) {
    return step(before, { ...deployed.parameters, ...WEIGHTS[traffic] })
  }
  const changed = boundRules(after, { ...wanted.parameters, ...weightReferences })
  const names = new Set(Object.keys({ ...before.Resources, ...before.Parameters }))
  const possible = Object.entries(changed).filter(
    ([name, rule]) => name in before.Resources && [...referencesOf(rule)].every((one) => names.has(one)),
  )
  const ruled = { ...before, Resources: { ...before.Resources, ...Object.fromEntries(possible) } }
  const alone = text(withoutRules(before), deployed.parameters) === text(withoutRules(after), wanted.parameters)
  const isSame = JSON.stringify(ruled.Resources) === JSON.stringify(before.Resources)
  return alone || isSame ? undefined : step(ruled, deployed.parameters)
}

/** What is deployed in the end: rules that change say where the traffic is, those that do not are left alone. */
export const trafficEnd = ({ wanted, deployed, body, traffic }: Change): Stack =>
  traffic && rulesChange(readTemplate(body), deployed, readTemplate(wanted.body), wanted) ? at(traffic, wanted) : wanted

const LEADING = ['AWS::ElasticLoadBalancingV2::ListenerRule', 'AWS::ElasticLoadBalancingV2::Listener']
const weightReferences = { FirstWeight: { Ref: 'FirstWeight' }, SecondWeight: { Ref: 'SecondWeight' } }

type Resources = Template['Resources']
const chosen = (resources: Resources, rules: boolean): Resources =>
  Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => LEADING.includes(Type) === rules))

const withoutRules = (template: Template): Template => ({ ...template, Resources: chosen(template.Resources, false) })

const boundRules = (template: Template, values: Json): Resources =>
  bind({ ...template, Resources: chosen(template.Resources, true) }, values).Resources

const text = (template: Template, values: Json): string => JSON.stringify(bind(template, values).Resources)

/** Whether rules that are there and stay become others. */
function rulesChange(before: Template, deployed: Deployed, after: Template, wanted: Stack): boolean {
  const old = boundRules(before, { ...deployed.parameters, ...weightReferences })
  const own = boundRules(after, { ...wanted.parameters, ...weightReferences })
  return Object.entries(own).some(([name, rule]) => name in old && JSON.stringify(rule) !== JSON.stringify(old[name]))
}

/** The same tasks once more, in the first target groups. */
function broughtHome(before: Template, { digest }: Stack): Template {
  const [name = ''] = Object.entries(before.Resources).find(([, { Type }]) => Type === 'AWS::ECS::Service') ?? []
  return withProperties(before, name, (properties) => ({
    ...properties,
    ForceNewDeployment: { EnableForceNewDeployment: true, ForceNewDeploymentNonce: digest },
  }))
}
