import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createProxyServer } from 'httpxy'
import { page, send, sendRaw } from './answers.ts'
import type { Forwarding } from './balancer.ts'
import { breakTogether } from './connections.ts'
import { withCookies } from './cookies.ts'
import { endToEnd } from './http2.ts'

class IdleTimeout extends Error {}

/** Hears of the answer as soon as its status is known, and whether it is the target's. */
export type Hearer = (status: number, by: 'target' | 'load balancer') => void

/** Sends a request on to its target and the target's answer back, both as streams. */
export function forward(request: IncomingMessage, response: ServerResponse, to: Forwarding, hear: Hearer): void {
  const proxy = prepare(request, to)
  proxy.on('proxyReq', (asking) => giveUpWhenIdle(asking, to))
  proxy.on('proxyRes', (answer) => {
    // The target's connection is ours alone: whether it stays open says nothing to the client.
    delete answer.headers.connection
    delete answer.headers['keep-alive']
    hear(answer.statusCode ?? 0, 'target')
    addCookies(answer, to)
    if (request.httpVersionMajor < 2) return
    answer.headers = endToEnd(answer.headers)
    answer.statusMessage = ''
  })
  proxy.on('error', (error): unknown => {
    // What is left of an upload nobody wants any more must not hold the connection.
    request.resume()
    if (response.headersSent || response.destroyed) return response.destroy()
    const status = error instanceof IdleTimeout ? 504 : 502
    hear(status, 'load balancer')
    return send(response, page(status))
  })
  void proxy.web(request, response)
}

/** Like `forward`, for a connection that becomes a websocket. */
export function forwardUpgrade(
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
  to: Forwarding,
  hear: Hearer,
): void {
  const proxy = prepare(request, to)
  let open = false
  proxy.on('proxyReqWs', (asking) => {
    giveUpWhenIdle(asking, to)
    asking.once('upgrade', (answer) => {
      hear(answer.statusCode ?? 0, 'target')
      addCookies(answer, to)
    })
  })
  proxy.on('open', (target) => {
    open = true
    target.setTimeout(to.idleSeconds * 1000, () => target.destroy())
    // The library forwards an end and an error, but not that a side was destroyed.
    breakTogether(client, target)
  })
  proxy.on('error', (error): unknown => {
    if (open || !client.writable) return client.destroy()
    const status = error instanceof IdleTimeout ? 504 : 502
    hear(status, 'load balancer')
    return sendRaw(request, client, page(status))
  })
  void proxy.ws(request, client, {}, head)
}

/** One proxy a request: its events then need no look-up of the request that they are about. */
function prepare(request: IncomingMessage, to: Forwarding) {
  request.url = to.url
  // Answered already, by Node.
  delete request.headers.expect
  for (const name of Object.keys(request.headers)) if (name.startsWith(':')) delete request.headers[name]
  for (const [name, value] of Object.entries(to.headers)) {
    if (value === undefined) delete request.headers[name]
    else request.headers[name] = value
  }
  return createProxyServer({
    target: { protocol: to.secure ? 'https:' : 'http:', host: '127.0.0.1', port: to.port },
    secure: false,
    // A kept connection can be closed by the target just as the next request goes out: a 502 that is nobody's fault.
    agent: false,
  })
}

function giveUpWhenIdle(asking: ClientRequest, { idleSeconds }: Forwarding): void {
  asking.setTimeout(idleSeconds * 1000, () => asking.destroy(new IdleTimeout('The target was silent.')))
}

function addCookies(answer: IncomingMessage, { cookies }: Forwarding): void {
  answer.headers = withCookies(answer.headers, cookies)
}
