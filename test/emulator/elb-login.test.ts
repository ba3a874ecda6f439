import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { forward, listener, loadBalancer, serve, settled, startElb, target, targetGroup } from '../support/elb.ts'

const CERTIFICATE = 'arn:aws:acm:us-east-1:000000000000:certificate/one'
const oidc = { Issuer: 'https://id.example.com', ClientId: 'demo', ClientSecret: 'hush' }

/** A visitor behind HTTPS, who follows nothing and trusts everybody. */
const visit = (url: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }>((resolve, reject) => {
    const asking = httpsRequest(url, { headers, agent: false, rejectUnauthorized: false }, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers })
    })
    asking.on('error', reject).end()
  })

/** An app behind a login, and a provider that takes one code. */
async function start(more: object = {}) {
  const started = await startElb()
  const asked: string[] = []
  const provider = await serve(async (request, response) => {
    const body = await text(request)
    asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
    if (request.url === '/token' && !body.includes('code=good')) return response.writeHead(400).end()
    response.end(JSON.stringify(request.url === '/token' ? { access_token: 'token-1' } : { sub: 'ann' }))
  })
  const base = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const { LoadBalancerArn, port } = await loadBalancer(started)
  const group = await targetGroup(started, 'web')
  await target(started, group, '10.0.0.1', ({ headers }, response) => {
    response.end(`for ${headers['x-amzn-oidc-identity']}`)
  })
  const AuthenticateOidcConfig = {
    ...oidc,
    AuthorizationEndpoint: 'https://id.example.com/authorize?tenant=1',
    TokenEndpoint: `${base}/token`,
    UserInfoEndpoint: `${base}/user`,
    AuthenticationRequestExtraParams: { prompt: 'login' },
    ...more,
  }
  const ListenerArn = await listener(
    started,
    LoadBalancerArn,
    { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } },
    { Port: 443, Protocol: 'HTTPS', Certificates: [{ CertificateArn: CERTIFICATE }] },
  )
  const { Rules } = await started.elb.createRule({
    ListenerArn,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['/app*'] }],
    Actions: [
      { Type: 'authenticate-oidc', Order: 1, AuthenticateOidcConfig },
      { ...forward(group), Order: 2 },
    ],
  })
  await settled(started, group, 'healthy')
  return { ...started, url: `https://127.0.0.1:${port}`, asked, rule: Rules?.[0], ListenerArn }
}

test('sends a visitor to the provider, and lets in whom it has sent back', async () => {
  const { url, asked, rule } = await start({ Scope: 'openid email' })
  expect(JSON.stringify(rule)).not.toContain('hush')
  const sent = await visit(`${url}/app/page?x=1`, { 'x-amzn-oidc-identity': 'forged' })
  expect(sent.status).toBe(302)
  const { origin, pathname, searchParams } = new URL(sent.headers.location ?? '')
  expect([origin, pathname]).toEqual(['https://id.example.com', '/authorize'])
  const { state = '', ...asks } = Object.fromEntries(searchParams)
  expect(asks).toEqual({
    tenant: '1',
    client_id: 'demo',
    redirect_uri: `${url}/oauth2/idpresponse`,
    response_type: 'code',
    scope: 'openid email',
    prompt: 'login',
  })
  const back = await visit(`${url}/oauth2/idpresponse?code=good&state=${state}`)
  expect([back.status, back.headers.location]).toEqual([302, '/app/page?x=1'])
  const cookie = back.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  expect(cookie).toMatch(/^AWSELBAuthSessionCookie-0=[0-9a-f]{64}$/)
  expect(await visit(`${url}/app`, { cookie })).toMatchObject({ status: 200, body: 'for ann' })
  expect(asked).toEqual([
    `POST /token Basic ${btoa('demo:hush')} ${new URLSearchParams({
      grant_type: 'authorization_code',
      code: 'good',
      redirect_uri: `${url}/oauth2/idpresponse`,
    })}`,
    'GET /user Bearer token-1 ',
  ])
  // A way back serves once.
  expect((await visit(`${url}/oauth2/idpresponse?code=good&state=${state}`)).status).toBe(401)
})

test('a code that the provider does not take lets nobody in', async () => {
  const { url } = await start()
  const { headers } = await visit(`${url}/app`)
  const state = new URL(headers.location ?? '').searchParams.get('state')
  expect((await visit(`${url}/oauth2/idpresponse?code=bad&state=${state}`)).status).toBe(561)
  expect((await visit(`${url}/app`, { cookie: 'AWSELBAuthSessionCookie-0=made-up' })).status).toBe(302)
})

test.each([
  ['deny', 401, ''],
  ['allow', 200, 'for undefined'],
] as const)('%s: a visitor without a session gets %i', async (OnUnauthenticatedRequest, status, body) => {
  const { url } = await start({ OnUnauthenticatedRequest })
  const answer = await visit(`${url}/app`, { 'x-amzn-oidc-identity': 'forged' })
  expect([answer.status, body && answer.body]).toEqual([status, body])
})

test('a login is for HTTPS, and needs to know its provider', async () => {
  const started = await startElb()
  const { LoadBalancerArn } = await loadBalancer(started)
  const group = await targetGroup(started, 'web')
  const behind = (config: object, more: object) =>
    listener(started, LoadBalancerArn, forward(group), {
      ...more,
      DefaultActions: [
        { Type: 'authenticate-oidc', Order: 1, AuthenticateOidcConfig: config },
        { ...forward(group), Order: 2 },
      ],
    })
  const all = { ...oidc, AuthorizationEndpoint: 'https://a', TokenEndpoint: 'https://b', UserInfoEndpoint: 'https://c' }
  await expect(behind(all, {})).rejects.toMatchObject({ name: 'InvalidLoadBalancerActionException' })
  const https = { Port: 443, Protocol: 'HTTPS', Certificates: [{ CertificateArn: CERTIFICATE }] }
  const { TokenEndpoint: _one, ...without } = all
  await expect(behind(without, https)).rejects.toThrow('TokenEndpoint')
})
