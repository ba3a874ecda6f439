import { once } from 'node:events'
import { connect, createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { forward, health, listener, loadBalancer, settled, startElb, target, targetGroup } from '../support/elb.ts'

const CERTIFICATE = 'arn:aws:acm:us-east-1:000000000000:certificate/1'

/** What speaks HTTP/2 from the first byte and nothing else, as servers of gRPC do; a call of theirs ends with a status. */
async function target2(): Promise<number> {
  const server = createServer((asking, answer) => {
    const call = asking.headers['content-type'] === 'application/grpc'
    answer.writeHead(200, { 'set-cookie': 'own=1', ...(call && { 'content-type': 'application/grpc' }) })
    asking.on('data', (chunk) => answer.write(chunk))
    asking.on('end', () => {
      if (call) answer.addTrailers({ 'grpc-status': asking.url.startsWith('/AWS') ? '12' : '0' })
      answer.end(
        call ? '' : `${asking.method} ${asking.url} ${asking.authority} ${asking.headers['x-forwarded-proto']}`,
      )
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A load balancer with TLS before one target. */
async function balanced(ProtocolVersion: string, place: number) {
  const started = await startElb()
  const { LoadBalancerArn, port } = await loadBalancer(started)
  const group = await targetGroup(started, 'web', { ProtocolVersion })
  await started.elb.modifyTargetGroupAttributes({
    TargetGroupArn: group,
    Attributes: [
      { Key: 'stickiness.enabled', Value: 'true' },
      { Key: 'stickiness.type', Value: 'lb_cookie' },
    ],
  })
  const secure = { Port: 443, Protocol: 'HTTPS', Certificates: [{ CertificateArn: CERTIFICATE }] }
  await listener(started, LoadBalancerArn, forward(group), secure)
  started.places.set('10.0.0.1:8080', { port: place })
  await started.elb.registerTargets({ TargetGroupArn: group, Targets: [{ Id: '10.0.0.1' }] })
  return { started, group, port }
}

/** Asks by HTTP/2. */
async function ask2(port: number, headers: OutgoingHttpHeaders, body = '') {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  const stream = session.request(headers, { endStream: false })
  let trailers: IncomingHttpHeaders = {}
  stream.on('trailers', (found) => {
    trailers = found
  })
  const answered = once(stream, 'response')
  stream.end(body)
  const [head] = await answered
  const said = await text(stream)
  session.close()
  return { status: head[':status'], said, cookies: head['set-cookie']?.length ?? 0, grpc: trailers['grpc-status'] }
}

/** Asks by HTTP/1.1. */
async function ask1(port: number) {
  const asking = request({ port, path: '/x', rejectUnauthorized: false, agent: false }).end()
  const [answer] = await once(asking, 'response')
  return { status: answer.statusCode, said: await text(answer), version: answer.httpVersion }
}

const call = { ':method': 'POST', ':path': '/demo.Greeter/Hello', 'content-type': 'application/grpc', te: 'trailers' }

test('targets of HTTP/2 are asked by it, and by clients that speak it', async () => {
  const { started, group, port } = await balanced('HTTP2', await target2())
  await settled(started, group, 'healthy')
  expect(await ask2(port, { ':path': '/a?b=1', ':authority': 'www.example.com' })).toEqual({
    status: 200,
    said: 'GET /a?b=1 www.example.com https',
    cookies: 3,
    grpc: undefined,
  })
  expect(await ask1(port)).toMatchObject({ status: 464, version: '1.1' })
})

test('calls of gRPC go through to their last word, which is what health is told by', async () => {
  const { started, group, port } = await balanced('GRPC', await target2())
  await settled(started, group, 'healthy')
  expect(await ask2(port, call, 'hello')).toMatchObject({ status: 200, said: 'hello', grpc: '0' })
  expect(await ask2(port, { ':path': '/' })).toMatchObject({ status: 464 })
  await started.elb.modifyTargetGroup({ TargetGroupArn: group, Matcher: { GrpcCode: '0-5' } })
  await settled(started, group, 'unhealthy')
  expect(await health(started, group)).toEqual([
    {
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [12]',
    },
  ])
})

test('a client of HTTP/2 reaches targets of HTTP/1.1, which are no targets for gRPC', async () => {
  const { started, group, port } = await balanced('HTTP1', 0)
  await target(started, group, '10.0.0.1', (asking, answer) => {
    answer.write(`${asking.httpVersion} ${asking.headers.host}`)
    answer.end()
  })
  await settled(started, group, 'healthy')
  expect(await ask2(port, { ':path': '/', ':authority': 'www.example.com' })).toEqual({
    status: 200,
    said: '1.1 www.example.com',
    cookies: 2,
    grpc: undefined,
  })
  expect(await ask1(port)).toMatchObject({ status: 200, said: `1.1 localhost:${port}`, version: '1.1' })
  expect(await ask2(port, call)).toMatchObject({ status: 464 })
})

test('what speaks HTTP/1.1 alone is no target of HTTP/2', async () => {
  const { started, group } = await balanced('HTTP2', 0)
  await target(started, group, '10.0.0.1', (_asking, answer) => answer.end())
  await settled(started, group, 'unhealthy')
  expect(await health(started, group)).toMatchObject([{ Reason: 'Target.FailedHealthChecks' }])
})
