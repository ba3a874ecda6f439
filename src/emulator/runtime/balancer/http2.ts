import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { LOOPBACK } from '../../loopback.ts'
import { page, send } from './answers.ts'
import type { Forwarding, HealthAnswer, HealthCheck } from './balancer.ts'
import { withCookies } from './cookies.ts'
import type { Hearer } from './forward.ts'

/** What belongs to a connection of HTTP/1.1 alone. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings']

/** Headers of a request or an answer as the other version of HTTP may have them. */
export const endToEnd = <Headers extends object>(headers: Headers): Headers =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !OF_CONNECTION.includes(name) && !name.startsWith(':') && value !== undefined,
    ),
  ) as Headers

/** A connection that begins with HTTP/2, without asking: that is how a load balancer speaks it to targets. */
const session = (port: number, secure: boolean): ClientHttp2Session =>
  connect(`${secure ? 'https' : 'http'}://${LOOPBACK}:${port}`, { rejectUnauthorized: false })

/** Sends a request on to a target that speaks HTTP/2, and its answer back with what follows the body. */
export function forwardHttp2(request: IncomingMessage, response: ServerResponse, to: Forwarding, hear: Hearer): void {
  const target = session(to.port, to.secure)
  const { host, ...headers } = endToEnd({ ...request.headers, ...to.headers })
  const asking = target.request(
    {
      ...headers,
      ':method': request.method ?? 'GET',
      ':path': to.url,
      ':scheme': to.secure ? 'https' : 'http',
      ...(host !== undefined && { ':authority': String(host) }),
    },
    { endStream: false },
  )
  const fail = (status: number) => {
    request.resume()
    if (response.headersSent || response.destroyed) return void response.destroy()
    hear(status, 'load balancer')
    send(response, page(status))
  }
  let late = false
  asking.setTimeout(to.idleSeconds * 1000, () => {
    late = true
    asking.close(constants.NGHTTP2_CANCEL)
  })
  asking.on('response', (head) => {
    const { ':status': status = 502, ...rest } = head
    hear(status, 'target')
    response.writeHead(status, endToEnd(withCookies(rest, to.cookies)))
    asking.pipe(response, { end: false })
  })
  asking.on('trailers', (trailers) => response.addTrailers(endToEnd(trailers) as Record<string, string>))
  asking.on('end', () => response.end())
  asking.on('error', () => {})
  asking.on('close', () => {
    target.close()
    if (!response.writableEnded) fail(late ? 504 : 502)
  })
  target.on('error', () => {})
  response.once('close', () => asking.close(constants.NGHTTP2_CANCEL))
  request.pipe(asking)
}

/** A health check by HTTP/2, or by a call of gRPC, whose own status is what counts. Rejects when the signal aborts. */
export const checkHttp2 = (port: number, check: HealthCheck, signal: AbortSignal): Promise<HealthAnswer> =>
  new Promise((resolve, reject) => {
    const isCall = check.version === 'GRPC'
    const target = session(port, check.protocol === 'HTTPS')
    const done = (status: unknown) => {
      resolve({ type: 'status', status: Number(status) })
      target.destroy()
    }
    const failed = () => (signal.aborted ? reject(signal.reason) : resolve({ type: 'failed' }))
    target.on('error', failed)
    const asking = target.request(
      {
        ':method': isCall ? 'POST' : 'GET',
        ':path': check.path,
        ':authority': check.host,
        'user-agent': 'ELB-HealthChecker/2.0',
        ...(isCall && { 'content-type': 'application/grpc', te: 'trailers' }),
      },
      { endStream: !isCall, signal },
    )
    asking.on('error', failed)
    asking.on('close', () => {
      failed()
      target.destroy()
    })
    asking.on('response', (head) => {
      // A call that fails at once says so without anything behind its head.
      if (!isCall || head[':status'] !== 200) done(head[':status'])
      else if (head['grpc-status'] !== undefined) done(head['grpc-status'])
    })
    asking.on('trailers', (trailers) => done(trailers['grpc-status']))
    asking.resume()
    // Five bytes: not compressed, and nothing in it.
    if (isCall) asking.end(Buffer.alloc(5))
  })
