import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import type { ElbState, StoredListener, StoredLoadBalancer, StoredRule, StoredTargetGroup } from './state.ts'

export const validationError = (message: string): AwsError => new AwsError('ValidationError', message)

export function findLoadBalancer(elb: ElbState, arn = ''): StoredLoadBalancer {
  const found = elb.loadBalancers[arn]
  if (!found) throw new AwsError('LoadBalancerNotFound', `Load balancer '${arn}' not found`)
  return found
}

export function findListener(elb: ElbState, arn = ''): StoredListener {
  const found = elb.listeners[arn]
  if (!found) throw new AwsError('ListenerNotFound', `Listener '${arn}' not found`)
  return found
}

export function findRule(elb: ElbState, arn = ''): StoredRule {
  const found = elb.rules[arn]
  if (!found) throw new AwsError('RuleNotFound', `Rule '${arn}' not found`)
  return found
}

export function findTargetGroup(elb: ElbState, arn = ''): StoredTargetGroup {
  const found = elb.targetGroups[arn]
  if (!found) throw new AwsError('TargetGroupNotFound', `Target groups '${arn}' not found`)
  return found
}

export const listenersOf = (elb: ElbState, loadBalancerArn: string): StoredListener[] =>
  Object.values(elb.listeners)
    .filter((listener) => listener.LoadBalancerArn === loadBalancerArn)
    .sort((a, b) => a.Port - b.Port)

export const rulesOf = (elb: ElbState, listenerArn: string): StoredRule[] =>
  Object.values(elb.rules)
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((a, b) => Number(a.Priority) - Number(b.Priority))

export const forwardedGroups = (actions: readonly Action[]): string[] =>
  actions.flatMap(
    ({ ForwardConfig }) => ForwardConfig?.TargetGroups?.map(({ TargetGroupArn = '' }) => TargetGroupArn) ?? [],
  )

/** The load balancers whose listeners and rules forward to the target group. */
export function loadBalancersOf(elb: ElbState, targetGroupArn: string): string[] {
  const uses = (actions: readonly Action[]) =>
    actions.some(({ ForwardConfig }) =>
      ForwardConfig?.TargetGroups?.some(({ TargetGroupArn }) => TargetGroupArn === targetGroupArn),
    )
  const byRule = new Set<string>()
  for (const { listenerArn, Actions } of Object.values(elb.rules)) if (uses(Actions)) byRule.add(listenerArn)
  const using = Object.values(elb.listeners).filter(
    ({ ListenerArn, DefaultActions }) => byRule.has(ListenerArn) || uses(DefaultActions),
  )
  return [...new Set(using.map(({ LoadBalancerArn }) => LoadBalancerArn))]
}
