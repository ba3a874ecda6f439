import type {
  Action,
  Certificate,
  Listener,
  LoadBalancer,
  Rule,
  TargetDescription,
  TargetGroup,
  TargetHealth,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Tags } from '../../tags.ts'

export type Attributes = Record<string, string>

export interface StoredLoadBalancer extends LoadBalancer {
  readonly LoadBalancerArn: string
  readonly LoadBalancerName: string
  readonly Type: 'application' | 'network'
  /** The loopback port that stands for the load balancer's address. */
  localPort?: number
  readonly attributes: Attributes
  /** The request that made it: a second one with the same settings is answered with what is there. */
  readonly request: string
}

export interface StoredListener extends Listener {
  readonly ListenerArn: string
  readonly LoadBalancerArn: string
  Port: number
  Protocol: NonNullable<Listener['Protocol']>
  DefaultActions: Action[]
  readonly defaultRuleArn: string
  /** Beside the default certificate. */
  certificates: Certificate[]
  /** Where the load balancer's own port does not serve it. */
  localPort?: number
  readonly attributes: Attributes
  readonly request: string
}

export interface StoredRule extends Rule {
  readonly RuleArn: string
  readonly listenerArn: string
  Priority: string
  Actions: Action[]
}

export interface Target extends TargetDescription {
  readonly Id: string
  readonly zone?: string | undefined
  health: TargetHealth
  /** Health checks in a row that went well, and that did not and count. */
  successes: number
  failures: number
}

export interface StoredTargetGroup extends TargetGroup {
  readonly TargetGroupArn: string
  readonly TargetGroupName: string
  readonly TargetType: NonNullable<TargetGroup['TargetType']>
  HealthCheckIntervalSeconds: number
  HealthCheckTimeoutSeconds: number
  HealthyThresholdCount: number
  UnhealthyThresholdCount: number
  readonly targets: Target[]
  readonly attributes: Attributes
  readonly request: string
}

/** All by ARN. */
export interface ElbState {
  readonly loadBalancers: Record<string, StoredLoadBalancer>
  readonly listeners: Record<string, StoredListener>
  readonly rules: Record<string, StoredRule>
  readonly targetGroups: Record<string, StoredTargetGroup>
  readonly tags: Record<string, Tags>
}

export const emptyElb = (): ElbState => ({ loadBalancers: {}, listeners: {}, rules: {}, targetGroups: {}, tags: {} })
