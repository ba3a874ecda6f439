import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { checkedActions, shownActions, withExistingSecret } from './actions.ts'
import { checkedConditions } from './conditions.ts'
import { findListener, findLoadBalancer, findRule, rulesOf, validationError } from './find.ts'
import type { ElbState, StoredListener, StoredRule } from './state.ts'

const PAGE_SIZE = 400
const LOWEST_PRIORITY = 50_000

const shownRule = ({ RuleArn, Priority, Conditions, Actions, Transforms }: StoredRule): Sdk.Rule => ({
  RuleArn,
  Priority,
  Conditions,
  Actions: shownActions(Actions),
  IsDefault: false,
  ...(Transforms && { Transforms }),
})

const defaultRule = ({ defaultRuleArn, DefaultActions }: StoredListener): Sdk.Rule => ({
  RuleArn: defaultRuleArn,
  Priority: 'default',
  Conditions: [],
  Actions: shownActions(DefaultActions),
  IsDefault: true,
})

function checkPriority(priority: number | undefined): number {
  if (priority === undefined) throw validationError('A priority must be specified')
  if (priority >= 1 && priority <= LOWEST_PRIORITY) return priority
  const [rule, bound] = priority < 1 ? ['greater', 1] : ['less', LOWEST_PRIORITY]
  throw validationError(
    `1 validation error detected: Value '${priority}' at 'priority' failed to satisfy constraint: Member must have value ${rule} than or equal to ${bound}`,
  )
}

const priorityInUse = (priority: number) => new AwsError('PriorityInUse', `Priority '${priority}' is currently in use`)

export const rules = (world: World) => {
  const elb = (call: Call) => world.region(call.region).elb
  const isDefault = (state: ElbState, arn: string) =>
    Object.values(state.listeners).some(({ defaultRuleArn }) => defaultRuleArn === arn)

  return {
    CreateRule: ({ ListenerArn, Priority, Conditions, Actions, Transforms, Tags }, call) => {
      const state = elb(call)
      const listener = findListener(state, ListenerArn)
      const loadBalancer = findLoadBalancer(state, listener.LoadBalancerArn)
      const priority = checkPriority(Priority)
      if (rulesOf(state, listener.ListenerArn).some((rule) => Number(rule.Priority) === priority)) {
        throw priorityInUse(priority)
      }
      const RuleArn = `${listener.ListenerArn.replace(':listener/', ':listener-rule/')}/${world.random.hex(16)}`
      const rule: StoredRule = {
        RuleArn,
        listenerArn: listener.ListenerArn,
        Priority: String(priority),
        Conditions: checkedConditions(Conditions),
        Actions: checkedActions(state, loadBalancer, listener.Protocol, Actions),
        ...(Transforms && { Transforms }),
      }
      state.rules[RuleArn] = rule
      state.tags[RuleArn] = tagRecord(Tags)
      return { Rules: [shownRule(rule)] }
    },

    DescribeRules: ({ ListenerArn, RuleArns, Marker, PageSize = PAGE_SIZE }, call) => {
      const state = elb(call)
      if (!ListenerArn && !RuleArns?.length) {
        throw validationError('You must specify either listener rule ARNs or a listener ARN')
      }
      const listeners = ListenerArn ? [findListener(state, ListenerArn)] : Object.values(state.listeners)
      const all = listeners.flatMap((listener) => [
        ...rulesOf(state, listener.ListenerArn).map(shownRule),
        defaultRule(listener),
      ])
      const wanted = RuleArns?.length ? all.filter(({ RuleArn = '' }) => RuleArns.includes(RuleArn)) : all
      if (RuleArns && wanted.length < RuleArns.length) throw new AwsError('RuleNotFound', 'One or more rules not found')
      const { items, next } = page(wanted, PageSize, Marker)
      return { Rules: items, ...(next && { NextMarker: next }) }
    },

    ModifyRule: ({ RuleArn = '', Conditions, Actions, Transforms, ResetTransforms }, call) => {
      const state = elb(call)
      if (isDefault(state, RuleArn)) {
        throw new AwsError('OperationNotPermitted', `Default rule '${RuleArn}' cannot be modified`)
      }
      const rule = findRule(state, RuleArn)
      const listener = findListener(state, rule.listenerArn)
      const loadBalancer = findLoadBalancer(state, listener.LoadBalancerArn)
      const wanted = withExistingSecret(Actions ?? rule.Actions, rule.Actions)
      const actions = checkedActions(state, loadBalancer, listener.Protocol, wanted)
      rule.Conditions = checkedConditions(Conditions ?? rule.Conditions)
      rule.Actions = actions
      if (Transforms) rule.Transforms = Transforms
      if (ResetTransforms) delete rule.Transforms
      return { Rules: [shownRule(rule)] }
    },

    DeleteRule: ({ RuleArn = '' }, call) => {
      if (isDefault(elb(call), RuleArn)) {
        throw new AwsError('OperationNotPermitted', `Default rule '${RuleArn}' cannot be deleted`)
      }
      delete elb(call).rules[findRule(elb(call), RuleArn).RuleArn]
      delete elb(call).tags[RuleArn]
      return {}
    },

    SetRulePriorities: ({ RulePriorities = [] }, call) => {
      const state = elb(call)
      const changes = RulePriorities.map(({ RuleArn, Priority }) => ({
        rule: findRule(state, RuleArn),
        priority: checkPriority(Priority),
      }))
      const moved = changes.map(({ rule }) => rule)
      for (const { rule, priority } of changes) {
        const others = rulesOf(state, rule.listenerArn).filter((other) => !moved.includes(other))
        if (others.some((other) => Number(other.Priority) === priority)) throw priorityInUse(priority)
        if (changes.filter((other) => other.priority === priority).length > 1) {
          throw validationError(`Priority '${priority}' was provided multiple times`)
        }
      }
      for (const { rule, priority } of changes) rule.Priority = String(priority)
      return { Rules: moved.map(shownRule) }
    },
  } satisfies Handlers<typeof Sdk>
}
