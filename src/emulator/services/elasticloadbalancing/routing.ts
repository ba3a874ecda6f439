import type { Action, RedirectActionConfig, RuleTransform } from '@aws-sdk/client-elastic-load-balancing-v2'
import { page } from '../../runtime/balancer/answers.ts'
import type { AddedCookie, BalancerRequest, Decision } from '../../runtime/balancer/balancer.ts'
import type { World } from '../../world.ts'
import { localPortOf } from './addresses.ts'
import { rulesOf } from './find.ts'
import { authenticate, type Logins, loginAnswer } from './login.ts'
import { conditionMatches, hostOf, rewrite, splitUrl } from './matching.ts'
import type { ElbState, StoredListener, StoredLoadBalancer, StoredTargetGroup } from './state.ts'
import { cookieValue, readCookies, stickiness, timedCookies } from './stickiness.ts'
import { healthyTargets, targetKey } from './targets.ts'

/** Whose turn it is in each target group. */
export type Turns = Map<string, number>

interface Context {
  readonly world: World
  readonly region: string
  readonly loadBalancer: StoredLoadBalancer
  readonly listener: StoredListener
  readonly turns: Turns
  readonly logins: Logins
}

/** What a listener of an Application Load Balancer does with a request. */
export function decide(context: Context, request: BalancerRequest): Decision {
  const { world, region, listener, logins } = context
  const back = loginAnswer(world, logins, request)
  if (back && authenticates(world.region(region).elb, listener)) return back
  const rule = rulesOf(world.region(region).elb, listener.ListenerArn).find(({ Conditions = [] }) =>
    Conditions.every((condition) => conditionMatches(condition, request)),
  )
  const actions = rule?.Actions ?? listener.DefaultActions
  // A user pool's own pages are not here: whoever comes by one is let through.
  const oidc = actions.find(({ Type }) => Type === 'authenticate-oidc')?.AuthenticateOidcConfig
  const visitor = oidc ? authenticate(world, logins, request, oidc) : { headers: {} }
  if ('answer' in visitor) return visitor.answer
  const action = actions.at(-1)
  if (action?.Type === 'redirect') return redirect(context, request, action.RedirectConfig)
  if (action?.Type === 'fixed-response') {
    const { StatusCode, ContentType = 'text/plain', MessageBody = '' } = action.FixedResponseConfig ?? {}
    const headers = { server: 'awselb/2.0', 'content-type': `${ContentType}; charset=utf-8` }
    return { type: 'answer', by: 'fixed-response', status: Number(StatusCode), headers, body: MessageBody }
  }
  if (!action) return page(503)
  const decision = forward(context, request, action, rule?.Transforms ?? [])
  return decision.type === 'forward'
    ? { ...decision, headers: { ...decision.headers, ...NO_VISITOR, ...visitor.headers } }
    : decision
}

/** Nobody but the load balancer says who a visitor is. */
const NO_VISITOR = {
  'x-amzn-oidc-accesstoken': undefined,
  'x-amzn-oidc-identity': undefined,
  'x-amzn-oidc-data': undefined,
}

const authenticates = (elb: ElbState, { ListenerArn, DefaultActions }: StoredListener): boolean =>
  [...DefaultActions, ...rulesOf(elb, ListenerArn).flatMap(({ Actions }) => Actions)].some(
    ({ Type }) => Type === 'authenticate-oidc',
  )

function redirect(context: Context, request: BalancerRequest, config?: RedirectActionConfig): Decision {
  const { path, query } = splitUrl(request.url)
  const values: Record<string, string> = {
    protocol: context.listener.Protocol.toLowerCase(),
    host: hostOf(request),
    port: String(context.listener.Port),
    path: path.replace(/^\//, ''),
    query,
  }
  const fill = (text = '') => text.replace(/#\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  const protocol = fill(config?.Protocol).toLowerCase()
  const host = fill(config?.Host)
  const port = Number(fill(config?.Port))
  // The load balancer's own listeners are at other ports on this machine.
  const local =
    host === values.host ? localPortOf(context.world, context.region, context.loadBalancer, port) : undefined
  const search = fill(config?.Query)
  const location = `${protocol}://${host}:${local ?? port}${fill(config?.Path)}${search && `?${search}`}`
  return { ...page(config?.StatusCode === 'HTTP_302' ? 302 : 301, { location }), by: 'redirect' }
}

function forward(context: Context, request: BalancerRequest, action: Action, transforms: RuleTransform[]): Decision {
  const { world, region, loadBalancer, turns } = context
  const now = world.clock.now()
  const cookies = readCookies(request.headers.cookie)
  const chosen = chooseGroup(context, request, action)
  if (!chosen) return page(503)
  const { group } = chosen
  if (group.TargetType === 'lambda') return page(502)
  if (!understands(group, request)) return page(464)

  const healthy = healthyTargets(world, region, group)
  const sticky = stickiness(group.attributes, cookies, now, request.secure)
  const turn = turns.get(group.TargetGroupArn) ?? 0
  const kept = healthy.find((target) => cookieValue(targetKey(group, target)) === sticky.wanted)
  const target = kept ?? healthy[turn % healthy.length]
  // AWS would send the request to an unhealthy target when all are; here nobody shall take that for health.
  if (!target) return page(503)
  if (!kept) turns.set(group.TargetGroupArn, turn + 1)

  const { host } = request.headers
  const url = rewrite(transforms, 'url-rewrite', request.url)
  const key = targetKey(group, target)
  const added = [...chosen.cookies, ...sticky.give(key)]
  const place = world.balancer.reach(world, region, target.Id, target.Port ?? 0)
  if (!place) return page(502)
  if ('respond' in place) {
    const { status, body } = place.respond(splitUrl(url).path)
    const set = added.filter(({ when }) => !when).map(({ value }) => value)
    const from = { by: 'target', target: key } as const
    return { ...from, type: 'answer', status, headers: { 'content-type': 'text/plain', 'set-cookie': set }, body }
  }
  return {
    type: 'forward',
    http2: group.ProtocolVersion !== undefined && group.ProtocolVersion !== 'HTTP1',
    target: key,
    port: place.port,
    secure: group.Protocol === 'HTTPS',
    idleSeconds: Number(loadBalancer.attributes['idle_timeout.timeout_seconds']),
    url,
    headers: {
      ...forwardedHeaders(context, request),
      ...(host !== undefined && { host: rewrite(transforms, 'host-header-rewrite', host) }),
    },
    cookies: added,
  }
}

/** Requests that are not what the targets speak are not translated. */
const understands = ({ ProtocolVersion = 'HTTP1' }: StoredTargetGroup, { http2, method, headers }: BalancerRequest) =>
  ProtocolVersion === 'HTTP1'
    ? !headers['content-type']?.startsWith('application/grpc')
    : http2 && (ProtocolVersion === 'HTTP2' || method === 'POST')

/** The target groups of an action that get anything. */
function weightedGroups(world: World, region: string, { ForwardConfig }: Pick<Action, 'ForwardConfig'>) {
  const { targetGroups } = world.region(region).elb
  return (ForwardConfig?.TargetGroups ?? []).flatMap(({ TargetGroupArn = '', Weight = 1 }) => {
    const group = targetGroups[TargetGroupArn]
    return group && Weight > 0 ? [{ group, Weight }] : []
  })
}

/** One of the target groups of an action, each as often as its weight says. */
export function chooseByWeight(
  world: World,
  region: string,
  action: Pick<Action, 'ForwardConfig'>,
): StoredTargetGroup | undefined {
  const weighted = weightedGroups(world, region, action)
  const total = weighted.reduce((sum, { Weight }) => sum + Weight, 0)
  let left = weighted.length > 1 ? world.random.fraction() * total : 0
  const drawn = weighted.find(({ Weight }) => {
    left -= Weight
    return left < 0
  })
  return drawn?.group
}

/** One of the target groups of an action, by weight, or the one that the client has a cookie of. */
function chooseGroup(
  { world, region }: Context,
  request: BalancerRequest,
  { ForwardConfig }: Action,
): { readonly group: StoredTargetGroup; readonly cookies: readonly AddedCookie[] } | undefined {
  const { Enabled, DurationSeconds = 3600 } = ForwardConfig?.TargetGroupStickinessConfig ?? {}
  const wanted = Enabled ? readCookies(request.headers.cookie).AWSALBTG : undefined
  const kept = weightedGroups(world, region, { ForwardConfig }).find(
    ({ group }) => cookieValue(group.TargetGroupArn) === wanted,
  )
  const group = kept?.group ?? chooseByWeight(world, region, { ForwardConfig })
  if (!group) return undefined
  const value = cookieValue(group.TargetGroupArn)
  const cookies = Enabled ? timedCookies('AWSALBTG', value, DurationSeconds, world.clock.now(), request.secure) : []
  return { group, cookies }
}

/** What the load balancer tells the target of the client. */
function forwardedHeaders({ world, loadBalancer }: Context, request: BalancerRequest) {
  const { headers, secure } = request
  const { attributes } = loadBalancer
  const before = headers['x-forwarded-for']?.toString()
  const port = attributes['routing.http.xff_client_port.enabled'] === 'true' ? `:${request.sourcePort}` : ''
  const source = `${request.source}${port}`
  const chain: Record<string, string | undefined> = {
    append: before ? `${before}, ${source}` : source,
    preserve: before,
    remove: undefined,
  }
  const seconds = Math.floor(world.clock.now().getTime() / 1000)
  const id = `1-${seconds.toString(16)}-${world.random.hex(24)}`
  const trace = headers['x-amzn-trace-id']?.toString()
  return {
    'x-forwarded-for': chain[attributes['routing.http.xff_header_processing.mode'] ?? 'append'],
    'x-forwarded-proto': secure ? 'https' : 'http',
    // The port that the client has used: what makes links that a target builds from it work on this machine.
    'x-forwarded-port': String(/:(\d+)$/.exec(headers.host ?? '')?.[1] ?? (secure ? 443 : 80)),
    'x-amzn-trace-id': trace ? `Self=${id};${trace}` : `Root=${id}`,
  }
}
