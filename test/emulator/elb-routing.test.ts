import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import {
  forward,
  listener,
  loadBalancer,
  settled,
  startElb,
  type TestElb,
  target,
  targetGroup,
} from '../support/elb.ts'

/** A request with the Host header that a browser would send, which `fetch` does not let one choose. */
const ask = (url: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const asking = httpRequest(url, { headers, agent: false }, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers })
    })
    asking.on('error', reject).end()
  })

async function groupOf(started: TestElb, name: string, id: string) {
  const arn = await targetGroup(started, name)
  await target(started, arn, id, (_request, response) => response.end(name))
  return arn
}

test('sends requests by path, host, header and query to target groups, the lowest priority first', async () => {
  const started = await startElb()
  const { LoadBalancerArn, url } = await loadBalancer(started)
  const [web, api, admin] = await Promise.all([
    groupOf(started, 'web', '10.0.0.1'),
    groupOf(started, 'api', '10.0.0.2'),
    groupOf(started, 'admin', '10.0.0.3'),
  ])
  const ListenerArn = await listener(started, LoadBalancerArn, forward(web))
  const rule = (Priority: number, group: string, ...Conditions: object[]) =>
    started.elb.createRule({ ListenerArn, Priority, Conditions, Actions: [forward(group)] })
  await rule(30, api, { Field: 'path-pattern', Values: ['/api/*'] })
  await rule(10, admin, { Field: 'host-header', Values: ['admin.*.com'] })
  await rule(
    20,
    admin,
    { Field: 'path-pattern', Values: ['/v?'] },
    { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'mode', Value: 'ad*' }] } },
    { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Role', Values: ['root'] } },
    { Field: 'source-ip', SourceIpConfig: { Values: ['127.0.0.0/8'] } },
    { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
  )
  for (const group of [web, api, admin]) await settled(started, group, 'healthy')
  const bodies = async (...requests: [path: string, headers?: Record<string, string>][]) =>
    Promise.all(requests.map(async ([path, headers]) => (await ask(url + path, headers)).body))
  expect(
    await bodies(
      ['/'],
      ['/api'],
      ['/api/users?x=1'],
      ['/api/users', { host: 'ADMIN.example.com:8080' }],
      ['/v1?mode=admin', { 'x-role': 'ROOT' }],
      ['/v1?mode=admin'],
      ['/v10?mode=admin', { 'x-role': 'root' }],
    ),
  ).toEqual(['web', 'web', 'api', 'admin', 'admin', 'web', 'web'])

  const { Rules = [] } = await started.elb.describeRules({ ListenerArn })
  expect(Rules.map(({ Priority }) => Priority)).toEqual(['10', '20', '30', 'default'])
  const [first] = Rules
  await started.elb.setRulePriorities({ RulePriorities: [{ RuleArn: first?.RuleArn, Priority: 40 }] })
  expect(await bodies(['/api/users', { host: 'admin.example.com' }])).toEqual(['api'])
})

test('answers by itself: fixed responses, redirects with placeholders, rewritten paths', async () => {
  const started = await startElb()
  const { LoadBalancerArn, url, port } = await loadBalancer(started)
  const group = await targetGroup(started, 'web')
  await target(started, group, '10.0.0.1', ({ url }, response) => response.end(url))
  const ListenerArn = await listener(started, LoadBalancerArn, {
    Type: 'fixed-response',
    FixedResponseConfig: { StatusCode: '418', ContentType: 'text/html', MessageBody: '<p>tea</p>' },
  })
  await started.elb.createRule({
    ListenerArn,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['/old/*'] }],
    Actions: [
      {
        Type: 'redirect',
        RedirectConfig: { Path: '/new/#{path}', Query: 'from=#{host}&#{query}', StatusCode: 'HTTP_302' },
      },
    ],
  })
  await started.elb.createRule({
    ListenerArn,
    Priority: 2,
    Conditions: [{ Field: 'path-pattern', Values: ['/app/*'] }],
    Actions: [forward(group)],
    Transforms: [{ Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/app/(.*)', Replace: '/$1' }] } }],
  })
  await settled(started, group, 'healthy')

  const [fixed, redirected, away, rewritten] = await Promise.all([
    ask(`${url}/`),
    ask(`${url}/old/page?a=1`),
    ask(`${url}/old/page`, { host: 'example.com' }),
    ask(`${url}/app/users?a=1`),
  ])
  expect([fixed.status, fixed.headers['content-type'], fixed.headers.server, fixed.body]).toEqual([
    418,
    'text/html; charset=utf-8',
    'awselb/2.0',
    '<p>tea</p>',
  ])
  expect([redirected.status, redirected.headers.location]).toEqual([
    302,
    `http://127.0.0.1:${port}/new/old/page?from=127.0.0.1&a=1`,
  ])
  expect(away.headers.location).toBe(`http://example.com:${port}/new/old/page?from=example.com&`)
  expect(rewritten.body).toBe('/users?a=1')
})

test('splits requests over target groups by weight', async () => {
  const started = await startElb()
  const { LoadBalancerArn, url } = await loadBalancer(started)
  const [blue, green] = [await groupOf(started, 'blue', '10.0.0.1'), await groupOf(started, 'green', '10.0.0.2')]
  const split = (weights: [number, number], Enabled = false) => ({
    Type: 'forward' as const,
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: blue, Weight: weights[0] },
        { TargetGroupArn: green, Weight: weights[1] },
      ],
      TargetGroupStickinessConfig: { Enabled, DurationSeconds: 60 },
    },
  })
  const ListenerArn = await listener(started, LoadBalancerArn, split([1, 3]))
  for (const group of [blue, green]) await settled(started, group, 'healthy')
  const count = async (headers = {}) => {
    const bodies = await Promise.all(Array.from({ length: 40 }, async () => (await ask(url, headers)).body))
    return bodies.filter((body) => body === 'green').length
  }
  expect(await count()).toBeGreaterThan(22)
  await started.elb.modifyListener({ ListenerArn, DefaultActions: [split([1, 0])] })
  expect(await count()).toBe(0)

  await started.elb.modifyListener({ ListenerArn, DefaultActions: [split([0, 1], true)] })
  const [cookie] = (await ask(url)).headers['set-cookie'] as string[]
  await started.elb.modifyListener({ ListenerArn, DefaultActions: [split([1, 1], true)] })
  expect(await count({ cookie: cookie?.split(';')[0] ?? '' })).toBe(40)
})
