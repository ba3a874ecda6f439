import { createSign, generateKeyPairSync } from 'node:crypto'
import type { AuthenticateOidcActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2'
import { page } from '../../runtime/balancer/answers.ts'
import type { Answer, BalancerRequest, Decision } from '../../runtime/balancer/balancer.ts'
import type { World } from '../../world.ts'
import { splitUrl } from './matching.ts'
import { readCookies } from './stickiness.ts'

/** Where identity providers send visitors back to, whatever the rules say. */
const CALLBACK = '/oauth2/idpresponse'
const WEEK_SECONDS = 7 * 24 * 3600

interface Session {
  /** What targets are told of the visitor. */
  readonly headers: Readonly<Record<string, string>>
  readonly ends: Date
}

interface Attempt {
  readonly config: AuthenticateOidcActionConfig
  /** What the visitor wanted to see, and where the provider is to send them. */
  readonly url: string
  readonly callback: string
}

/** Who is logged in, and who is about to be, at a port of a load balancer. */
export interface Logins {
  readonly sessions: Map<string, Session>
  readonly attempts: Map<string, Attempt>
}

export const noLogins = (): Logins => ({ sessions: new Map(), attempts: new Map() })

/** What is told to the target of a visitor who may pass, or what the visitor is answered. */
export function authenticate(
  world: World,
  logins: Logins,
  request: BalancerRequest,
  config: AuthenticateOidcActionConfig,
): { readonly headers: Readonly<Record<string, string>> } | { readonly answer: Answer } {
  const session = logins.sessions.get(readCookies(request.headers.cookie)[cookieOf(config)] ?? '')
  if (session && session.ends > world.clock.now()) return { headers: session.headers }
  if (config.OnUnauthenticatedRequest === 'allow') return { headers: {} }
  if (config.OnUnauthenticatedRequest === 'deny') return { answer: page(401) }
  const state = world.random.hex(32)
  const callback = `https://${request.headers.host}${CALLBACK}`
  logins.attempts.set(state, { config, url: request.url, callback })
  const location = new URL(config.AuthorizationEndpoint ?? '')
  const parameters = {
    client_id: config.ClientId ?? '',
    redirect_uri: callback,
    response_type: 'code',
    scope: config.Scope ?? 'openid',
    state,
    ...config.AuthenticationRequestExtraParams,
  }
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
  return { answer: page(302, { location: location.href }) }
}

/** The way back from the identity provider, if that is what a request is. */
export function loginAnswer(world: World, logins: Logins, request: BalancerRequest): Decision | undefined {
  const { path, query } = splitUrl(request.url)
  if (path !== CALLBACK) return undefined
  const parameters = new URLSearchParams(query)
  const state = parameters.get('state') ?? ''
  const attempt = logins.attempts.get(state)
  if (!attempt) return page(401)
  logins.attempts.delete(state)
  const code = parameters.get('code')
  if (code === null) return page(401)
  return { type: 'later', answer: logIn(world, logins, attempt, code).catch(() => page(561)) }
}

async function logIn(world: World, logins: Logins, { config, url, callback }: Attempt, code: string): Promise<Answer> {
  const { ClientId = '', ClientSecret = '', TokenEndpoint = '', UserInfoEndpoint = '' } = config
  const tokens = JSON.parse(
    await world.balancer.ask(TokenEndpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${ClientId}:${ClientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: callback }).toString(),
    }),
  ) as { readonly access_token: string }
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  const claims = JSON.parse(await world.balancer.ask(UserInfoEndpoint, { method: 'GET', headers })) as { sub: string }
  const seconds = config.SessionTimeout ?? WEEK_SECONDS
  const ends = new Date(world.clock.now().getTime() + seconds * 1000)
  const id = world.random.hex(64)
  logins.sessions.set(id, {
    ends,
    headers: {
      'x-amzn-oidc-accesstoken': tokens.access_token,
      'x-amzn-oidc-identity': claims.sub,
      'x-amzn-oidc-data': signed(claims, config, ends),
    },
  })
  const cookie = `${cookieOf(config)}=${id}; Expires=${ends.toUTCString()}; Path=/; Secure; HttpOnly`
  return page(302, { location: url, 'set-cookie': cookie })
}

const cookieOf = ({ SessionCookieName = 'AWSELBAuthSessionCookie' }: AuthenticateOidcActionConfig): string =>
  `${SessionCookieName}-0`

let key: ReturnType<typeof generateKeyPairSync> | undefined

/** The claims as a token of the load balancer's own; nobody here serves its public key. */
function signed(claims: object, { Issuer, ClientId }: AuthenticateOidcActionConfig, ends: Date): string {
  key ??= generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = { typ: 'JWT', alg: 'ES256', iss: Issuer, client: ClientId, exp: Math.floor(ends.getTime() / 1000) }
  const text = `${encoded(head)}.${encoded(claims)}`
  const signature = createSign('sha256')
    .update(text)
    .sign({ key: key.privateKey as never, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
