import type { Action, ActionTypeEnum, AuthenticateOidcActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError } from '../../errors.ts'
import { findTargetGroup, forwardedGroups, loadBalancersOf, validationError } from './find.ts'
import type { ElbState, StoredLoadBalancer } from './state.ts'

/** Actions as they are shown: nobody is told a secret again. */
export const shownActions = (actions: readonly Action[]): Action[] =>
  actions.map((action) => {
    if (!action.AuthenticateOidcConfig) return action
    const { ClientSecret: _secret, ...config } = action.AuthenticateOidcConfig
    return { ...action, AuthenticateOidcConfig: config }
  })

/** Actions with the client secret that a listener or rule has already, where they are to go on with it. */
export function withExistingSecret(actions: readonly Action[], before: readonly Action[]): Action[] {
  const known = before.find(({ Type }) => Type === 'authenticate-oidc')?.AuthenticateOidcConfig?.ClientSecret
  return actions.map((action) => {
    const config = action.AuthenticateOidcConfig
    if (!config?.UseExistingClientSecret || known === undefined) return action
    return { ...action, AuthenticateOidcConfig: { ...config, ClientSecret: known } }
  })
}

const LAST: readonly (ActionTypeEnum | undefined)[] = ['forward', 'redirect', 'fixed-response']

/** Actions with the defaults that AWS adds, in order, checked against the listener that is to perform them. */
export function checkedActions(
  elb: ElbState,
  loadBalancer: StoredLoadBalancer,
  protocol: string,
  actions: readonly Action[] | undefined,
): Action[] {
  if (!actions?.length) throw validationError('An action must be specified')
  const inOrder = [...actions].sort((a, b) => (a.Order ?? 1) - (b.Order ?? 1)).map(withDefaults)
  const routing = inOrder.filter(({ Type }) => LAST.includes(Type))
  if (routing.length !== 1 || routing[0] !== inOrder.at(-1)) {
    throw new AwsError(
      'InvalidLoadBalancerAction',
      'Exactly one action of type forward, redirect or fixed-response must be specified, and it must be the last one',
    )
  }
  if (protocol !== 'HTTPS' && inOrder.some(({ Type }) => Type?.startsWith('authenticate-'))) {
    throw new AwsError('InvalidLoadBalancerAction', 'Actions that authenticate are supported by HTTPS listeners only')
  }
  for (const arn of forwardedGroups(inOrder)) checkGroup(elb, loadBalancer, protocol, arn)
  return inOrder
}

function withDefaults(action: Action): Action {
  if (action.Type === 'authenticate-oidc') return { ...action, AuthenticateOidcConfig: checkedOidc(action) }
  if (action.Type === 'redirect') {
    const whole = { Protocol: '#{protocol}', Port: '#{port}', Host: '#{host}', Path: '/#{path}', Query: '#{query}' }
    return { ...action, RedirectConfig: { StatusCode: 'HTTP_301', ...whole, ...action.RedirectConfig } }
  }
  if (action.Type === 'fixed-response') {
    if (!/^[245]\d\d$/.test(action.FixedResponseConfig?.StatusCode ?? '')) {
      throw validationError("The status code must be of the form '2XX', '4XX' or '5XX'")
    }
    return action
  }
  if (action.Type !== 'forward') return action
  const { TargetGroupArn, ForwardConfig } = action
  const groups = ForwardConfig?.TargetGroups ?? (TargetGroupArn === undefined ? [] : [{ TargetGroupArn }])
  const [first] = groups
  if (!first) throw validationError('A target group must be specified')
  if (TargetGroupArn !== undefined && first.TargetGroupArn !== TargetGroupArn) {
    throw validationError('The target group of the action and of its forward configuration must be the same')
  }
  return {
    ...action,
    ...(groups.length === 1 && { TargetGroupArn: first.TargetGroupArn }),
    ForwardConfig: {
      TargetGroups: groups.map(({ TargetGroupArn, Weight = 1 }) => ({ TargetGroupArn, Weight })),
      TargetGroupStickinessConfig: ForwardConfig?.TargetGroupStickinessConfig ?? { Enabled: false },
    },
  }
}

const OIDC = ['Issuer', 'AuthorizationEndpoint', 'TokenEndpoint', 'UserInfoEndpoint', 'ClientId'] as const

function checkedOidc({ AuthenticateOidcConfig }: Action): AuthenticateOidcActionConfig {
  for (const name of OIDC) {
    if (!AuthenticateOidcConfig?.[name]) throw validationError(`The ${name} of an OIDC configuration must be specified`)
  }
  const { ClientSecret, UseExistingClientSecret } = AuthenticateOidcConfig ?? {}
  if (!ClientSecret && !UseExistingClientSecret) throw validationError('A client secret must be specified')
  return {
    SessionCookieName: 'AWSELBAuthSessionCookie',
    Scope: 'openid',
    SessionTimeout: 604_800,
    OnUnauthenticatedRequest: 'authenticate',
    ...(AuthenticateOidcConfig as AuthenticateOidcActionConfig),
  }
}

/** The protocols of target groups that a listener can forward to. */
const COMPATIBLE: Record<string, readonly string[]> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS'],
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
}

function checkGroup(
  elb: ElbState,
  { LoadBalancerArn, VpcId }: StoredLoadBalancer,
  protocol: string,
  arn: string,
): void {
  const group = findTargetGroup(elb, arn)
  if (group.TargetType !== 'lambda' && !COMPATIBLE[protocol]?.includes(group.Protocol ?? '')) {
    throw new AwsError(
      'IncompatibleProtocols',
      `The listener and the following target groups have incompatible protocols: '${arn}'`,
    )
  }
  if (group.VpcId !== undefined && group.VpcId !== VpcId) {
    throw new AwsError(
      'InvalidConfigurationRequest',
      `The following target groups are not in the same VPC as the load balancer: '${arn}'`,
    )
  }
  if (loadBalancersOf(elb, arn).some((other) => other !== LoadBalancerArn)) {
    throw new AwsError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    )
  }
}
