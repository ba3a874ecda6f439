import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import type { State } from '../../src/emulator/state.ts'
import {
  forward,
  health,
  listener,
  loadBalancer,
  serve,
  settled,
  startElb,
  target,
  targetGroup,
} from '../support/elb.ts'

/** A load balancer with one healthy target a listener function. */
async function balanced(listeners: RequestListener[], attributes: Record<string, string> = {}) {
  const started = await startElb()
  const balancer = await loadBalancer(started)
  const group = await targetGroup(started, 'web')
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }))
  await started.elb.modifyTargetGroupAttributes({ TargetGroupArn: group, Attributes })
  await listener(started, balancer.LoadBalancerArn, forward(group))
  const servers = []
  for (const [index, listen] of listeners.entries()) {
    servers.push(await target(started, group, `10.0.0.${index + 1}`, listen))
  }
  await settled(started, group, 'healthy')
  return { started, group, servers, ...balancer }
}

test('streams an upload of 50 MB, and the answer back, without keeping either', async () => {
  const size = 50 * 1024 * 1024
  let arrived = 0
  const { url } = await balanced([
    async (request, response) => {
      if (request.method !== 'PUT') return response.end()
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      request.on('data', (chunk: Buffer) => {
        arrived += chunk.length
      })
      await pipeline(request, response)
    },
  ])
  const block = randomBytes(1024 * 1024)
  const sent = createHash('sha256')
  let before = 0
  const body = Readable.from(
    (function* () {
      for (let index = 0; index < 50; index++) {
        if (index === 40) before = arrived
        sent.update(block)
        yield block
      }
    })(),
  )
  const asking = httpRequest(url, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' } })
  const answered = once(asking, 'response').then(([answer]) => buffer(answer))
  await pipeline(body, asking)
  const received = await answered
  expect([received.length, createHash('sha256').update(received).digest('hex')]).toEqual([size, sent.digest('hex')])
  expect(before).toBeGreaterThan(size / 4)
}, 30_000)

test('carries a websocket both ways, sticky to the target that has the session', async () => {
  const { url, servers, group, started } = await balanced(
    ['one', 'two'].map((name) => (_request, response) => response.end(name)),
    { 'stickiness.enabled': 'true', 'stickiness.type': 'lb_cookie', 'stickiness.lb_cookie.duration_seconds': '600' },
  )
  for (const [index, server] of servers.entries()) {
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', () => {})
      if (request.url === '/refused') return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
      socket.write(`${index + 1} ${request.headers['x-forwarded-for']} `)
      socket.unshift(head)
      socket.pipe(socket)
    })
  }
  const first = await fetch(url)
  const [cookie = '', cors = ''] = first.headers.getSetCookie()
  expect(
    [cookie, cors].map((text) => text.replace(/=[\w-]{43}; Expires=[^;]+ GMT/, '=<value>; Expires=<date>')),
  ).toEqual(['AWSALB=<value>; Expires=<date>; Path=/', 'AWSALBCORS=<value>; Expires=<date>; Path=/; SameSite=None'])
  const index = (await first.text()) === 'one' ? 1 : 2
  const headers = { connection: 'Upgrade', upgrade: 'websocket', cookie: cookie.split(';')[0] }
  const open = async () => {
    const asking = httpRequest(url, { headers })
    asking.end()
    const [answer, socket, head] = (await once(asking, 'upgrade')) as [IncomingMessage, Socket, Buffer]
    socket.unshift(head)
    return { answer, socket }
  }
  for (let attempt = 0; attempt < 4; attempt++) {
    const { answer, socket } = await open()
    expect([answer.statusCode, answer.headers['set-cookie']?.[0]?.slice(0, 20)]).toEqual([101, cookie.slice(0, 20)])
    socket.end('ping')
    expect(await text(socket)).toBe(`${index} 127.0.0.1 ping`)
  }

  const refused = httpRequest(`${url}/refused`, { headers })
  refused.end()
  const [answer] = (await once(refused, 'response')) as [IncomingMessage]
  expect([answer.statusCode, await text(answer)]).toEqual([403, 'no'])

  const { socket } = await open()
  const closed = once(socket.resume(), 'close')
  await started.elb.modifyTargetGroupAttributes({
    TargetGroupArn: group,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '20' }],
  })
  await started.elb.deregisterTargets({ TargetGroupArn: group, Targets: [{ Id: `10.0.0.${index}` }] })
  await closed
  expect((await health(started, group)).map((target) => target?.State)).toEqual(['healthy'])
})

test('keeps a client with its target by a cookie of the application', async () => {
  const { url } = await balanced(
    ['one', 'two'].map((name) => ({ url }, response) => {
      if (url === '/login') response.setHeader('set-cookie', 'session=1; Path=/')
      response.end(name)
    }),
    {
      'stickiness.enabled': 'true',
      'stickiness.type': 'app_cookie',
      'stickiness.app_cookie.cookie_name': 'session',
    },
  )
  const anonymous = await fetch(url)
  expect(anonymous.headers.getSetCookie()).toEqual([])
  const login = await fetch(`${url}/login`)
  const cookie = login.headers.getSetCookie().map((text) => text.split(';')[0])
  expect(cookie).toEqual(['session=1', expect.stringMatching(/^AWSALBAPP-0=[\w-]{43}$/)])
  const name = await login.text()
  const ask = async () => (await fetch(url, { headers: { cookie: cookie.join('; ') } })).text()
  expect([await ask(), await ask(), await ask()]).toEqual([name, name, name])
})

test('lets running requests finish while a target drains, and sends it no new ones', async () => {
  let release = () => {}
  const { url, group, started } = await balanced([
    ({ url }, response) => {
      if (url !== '/slow') return void response.end('old')
      response.write('begun ')
      release = () => response.end('finished')
    },
  ])
  const slow = await fetch(`${url}/slow`)
  await target(started, group, '10.0.0.2', (_request, response) => response.end('new'))
  await settled(started, group, 'healthy')
  await started.elb.modifyTargetGroupAttributes({
    TargetGroupArn: group,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '20' }],
  })
  await started.elb.deregisterTargets({ TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] })
  expect((await health(started, group))[0]).toEqual({
    State: 'draining',
    Reason: 'Target.DeregistrationInProgress',
    Description: 'Target deregistration is in progress',
  })
  release()
  expect(await slow.text()).toBe('begun finished')
  const bodies = await Promise.all(Array.from({ length: 6 }, async () => (await fetch(url)).text()))
  expect(bodies).toEqual(Array(6).fill('new'))
  await started.aws.eventually(async () => (await health(started, group)).length === 1)
})

test('redirects HTTP to HTTPS on the same port, where TLS has a certificate of its own', async () => {
  const { url, port, LoadBalancerArn, group, started } = await balanced([
    ({ headers }, response) => response.end(`${headers['x-forwarded-proto']} ${headers['x-forwarded-port']}`),
  ])
  const { Listeners = [] } = await started.elb.describeListeners({ LoadBalancerArn })
  await started.elb.modifyListener({
    ListenerArn: Listeners[0]?.ListenerArn,
    DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }],
  })
  const before = await fetch(`${url}/path?a=1`, { redirect: 'manual' })
  expect(before.headers.get('location')).toBe('https://127.0.0.1:443/path?a=1')
  const Certificates = [{ CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/1' }]
  await listener(started, LoadBalancerArn, forward(group), { Port: 443, Protocol: 'HTTPS', Certificates })

  const redirected = await fetch(`${url}/path?a=1`, { redirect: 'manual' })
  const location = redirected.headers.get('location') ?? ''
  expect([redirected.status, location]).toEqual([301, `https://127.0.0.1:${port}/path?a=1`])
  const asking = httpsRequest(location, { rejectUnauthorized: false, agent: false })
  asking.end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  const certificate = new X509Certificate((answer.socket as TLSSocket).getPeerCertificate().raw)
  expect(await text(answer)).toBe(`https ${port}`)
  expect([certificate.checkIP('127.0.0.1'), certificate.verify(certificate.publicKey)]).toEqual(['127.0.0.1', true])
  expect(await trusted(location, certificate.toString())).toBe(`https ${port}`)
})

async function trusted(location: string, ca: string): Promise<string> {
  const asking = httpsRequest(location, { ca, agent: false })
  asking.end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  return text(answer)
}

test("tells the target of the client, keeps the client's connection, and ends what the client gives up", async () => {
  let gone: Promise<unknown> | undefined
  const { url } = await balanced([
    ({ url, headers }, response) => {
      if (url === '/stream') {
        response.write('first')
        gone = once(response, 'close')
      } else response.end(JSON.stringify(headers))
    },
  ])
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const sockets = new Set<Socket>()
  const get = async (headers: Record<string, string>) => {
    const asking = httpRequest(url, { agent, headers })
    asking.end()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    sockets.add(answer.socket)
    return JSON.parse(await text(answer))
  }
  const trace = expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/)
  expect(await get({})).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-amzn-trace-id': trace,
  })
  expect(await get({ 'x-forwarded-for': '1.2.3.4' })).toMatchObject({ 'x-forwarded-for': '1.2.3.4, 127.0.0.1' })
  expect(sockets.size).toBe(1)
  agent.destroy()

  const abort = new AbortController()
  const stream = await fetch(`${url}/stream`, { signal: abort.signal })
  await stream.body?.getReader().read()
  abort.abort()
  await gone
})

test('answers 502 when the target breaks off and 504 when it is silent, and closes an idle websocket', async () => {
  const { url, started, servers, LoadBalancerArn } = await balanced([
    ({ url, socket }, response) => {
      if (url === '/broken') return void socket.destroy()
      if (url === '/half')
        return void response.writeHead(200, { 'content-length': 10 }).write('half', () => socket.destroy())
      if (url !== '/silent') response.end()
    },
  ])
  await started.elb.modifyLoadBalancerAttributes({
    LoadBalancerArn,
    Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '1' }],
  })
  const titles = await Promise.all(
    ['/broken', '/silent'].map(async (path) => /<h1>(.*)<\/h1>/.exec(await (await fetch(url + path)).text())?.[1]),
  )
  expect(titles).toEqual(['502 Bad Gateway', '504 Gateway Time-out'])
  await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow()

  servers[0]?.on('upgrade', (_request, socket: Socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  })
  const asking = httpRequest(url, { headers: { connection: 'upgrade', upgrade: 'websocket' } })
  asking.end()
  const [, socket] = (await once(asking, 'upgrade')) as [IncomingMessage, Socket]
  await once(socket.resume(), 'close')
})

test('is at the same port after a restart, with its targets', async () => {
  const before = await balanced([(_request, response) => response.end('still here')])
  const { ListenerArn } =
    (await before.started.elb.describeListeners({ LoadBalancerArn: before.LoadBalancerArn })).Listeners?.[0] ?? {}
  await listener(before.started, before.LoadBalancerArn, forward(before.group), { Port: 81 })
  await before.started.aws.emulator.close()
  await expect(fetch(before.url)).rejects.toThrow()

  const state = structuredClone(before.started.aws.emulator.world.state) as State
  const after = await startElb({ state, places: before.started.places })
  await settled(after, before.group, 'healthy')
  expect(await (await fetch(before.url)).text()).toBe('still here')
  await after.elb.deleteListener({ ListenerArn })
  expect(await (await fetch(before.url)).text()).toBe('still here')
  await after.aws.emulator.close()

  const occupied = await serve(() => {}, before.port)
  const moved = await startElb({ state, places: before.started.places })
  const url = await moved.aws.eventually(async () => {
    const { LoadBalancers } = await moved.elb.describeLoadBalancers({})
    const url = `http://${LoadBalancers?.[0]?.DNSName}`
    return url !== before.url && url
  })
  await settled(moved, before.group, 'healthy')
  expect(await (await fetch(url)).text()).toBe('still here')
  occupied.close()
  await moved.elb.deleteLoadBalancer({ LoadBalancerArn: before.LoadBalancerArn })
  await expect(fetch(url)).rejects.toThrow()
})
