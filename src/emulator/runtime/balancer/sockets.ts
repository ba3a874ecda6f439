import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import { createServer, type Server as NetServer, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls'
import { LOOPBACK, listenOnLoopback } from '../../loopback.ts'
import { reach as reachTask } from '../../services/ecs/reach.ts'
import { send, sendRaw } from './answers.ts'
import type { Answer, Balancer, BalancerRequest, Forwarding, Front } from './balancer.ts'
import { selfSigned } from './certificate.ts'
import { ask, checkPort } from './check.ts'
import { type Connections, connections } from './connections.ts'
import { forward, forwardUpgrade, type Hearer } from './forward.ts'
import { forwardHttp2 } from './http2.ts'
import { pipeTo } from './tcp.ts'

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16
/** An Application Load Balancer takes 64 kB of headers, keeps a silent client's connection for a minute. */
const MAXIMUM_HEADERS = 64 * 1024
const CLIENT_IDLE_MS = 60_000

interface Opened {
  readonly server: NetServer
  readonly port: number
}

/** Load balancers that listen on this machine's loopback. */
export function socketBalancer({ reach = reachTask }: { readonly reach?: Balancer['reach'] } = {}): Balancer {
  const opened = new Map<string, Promise<Opened>>()
  const clients = connections()
  const targets = connections()
  let certificate: ReturnType<typeof selfSigned> | undefined
  const identity = () => {
    certificate ??= selfSigned()
    return certificate
  }

  const close = async (key: string) => {
    const closing = opened.get(key)
    opened.delete(key)
    const server = (await closing)?.server
    server?.close()
    clients.end(key)
  }

  return {
    reach,
    async open(key, wanted, front) {
      const opening = opened.get(key) ?? listen(wanted, acceptor(key, front, identity, clients, targets))
      opened.set(key, opening)
      return (await opening).port
    },
    close,
    closeAll: async () => {
      await Promise.all([...opened.keys()].map(close))
    },
    isBusy: (target) => targets.has(target),
    disconnect: (target) => targets.end(target),
    ask,
    check: checkPort,
  }
}

async function listen(wanted: number | undefined, accept: (socket: Socket) => void): Promise<Opened> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  return { server, port: await listenOnLoopback(server, wanted) }
}

/** What is done with a new connection at a front. */
function acceptor(
  key: string,
  front: Front,
  identity: typeof selfSigned,
  clients: Connections,
  targets: Connections,
): (socket: Socket) => void {
  const serve = front.type === 'http' ? httpServers(front, identity, targets) : undefined
  return (socket) => {
    clients.add(key, socket)
    socket.on('error', () => socket.destroy())
    if (serve) return peek(socket, (first) => serve(first === TLS_HANDSHAKE).emit('connection', socket))
    const connection = front.type === 'tcp' ? front.connect() : undefined
    if (!connection) return socket.destroy()
    const client = connection.tls ? new TLSSocket(socket, { isServer: true, ...identity() }) : socket
    pipeTo(client, connection.to, targets)
  }
}

/** Tells the first byte of a connection, and leaves it there to be read again. */
function peek(socket: Socket, found: (byte: number | undefined) => void): void {
  socket.setTimeout(CLIENT_IDLE_MS, () => socket.destroy())
  socket.once('readable', () => {
    const chunk: Buffer | null = socket.read()
    socket.setTimeout(0)
    socket.removeAllListeners('timeout')
    if (!chunk) return void socket.destroy()
    socket.unshift(chunk)
    found(chunk[0])
  })
}

/** Servers that read requests from connections which were accepted elsewhere: as they are, or behind TLS. */
function httpServers(
  front: HttpFront,
  identity: typeof selfSigned,
  targets: Connections,
): (secure: boolean) => Server | TlsServer {
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const decision = front.decide(facts(request))
    const answer = counting(front, (one) => send(response, one))
    if (decision.type === 'refuse') return request.socket.destroy()
    if (decision.type === 'answer') return answer(decision)
    if (decision.type === 'later') return void decision.answer.then(answer)
    targets.add(decision.target, response)
    return (decision.http2 ? forwardHttp2 : forward)(request, response, decision, hearing(front, decision))
  }
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const decision = front.decide(facts(request))
    const answer = counting(front, (one) => sendRaw(request, socket, one))
    if (decision.type === 'refuse' || !(socket instanceof Socket)) return socket.destroy()
    if (decision.type === 'answer') return answer(decision)
    if (decision.type === 'later') return void decision.answer.then(answer)
    targets.add(decision.target, socket)
    return forwardUpgrade(request, socket, head, decision, hearing(front, decision))
  }
  const plain = createHttpServer({ maxHeaderSize: MAXIMUM_HEADERS }, serve).on('upgrade', upgrade)
  plain.keepAliveTimeout = CLIENT_IDLE_MS
  // The client may need hours for an upload.
  plain.requestTimeout = 0
  let encrypted: TlsServer | undefined
  return (secure) => {
    if (!secure) return plain
    encrypted ??= behindTls(plain, serve, identity)
    return encrypted
  }
}

/** Clients say in the handshake which HTTP they want to speak. */
function behindTls(
  plain: Server,
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  identity: typeof selfSigned,
): TlsServer {
  // Its requests and answers are made to be used as those of HTTP/1.1 are.
  const second: Http2Server = createHttp2Server({}, (request, response) =>
    serve(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  )
  return createTlsServer({ ...identity(), ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.on('error', () => socket.destroy())
    ;(socket.alpnProtocol === 'h2' ? second : plain).emit('connection', socket)
  })
}

type HttpFront = Extract<Front, { type: 'http' }>

/** Sends answers that the load balancer has itself, and has them counted. */
const counting = (front: HttpFront, write: (answer: Answer) => void) => {
  const started = performance.now()
  return (answer: Answer) => {
    const { status, by = 'load balancer', target } = answer
    front.answered({ status, by, ...(target !== undefined && { target }), seconds: since(started) })
    write(answer)
  }
}

/** Has the answers of targets counted. */
const hearing = (front: HttpFront, { target }: Forwarding): Hearer => {
  const started = performance.now()
  return (status, by) => front.answered({ status, by, target, seconds: since(started) })
}

const since = (started: number): number => (performance.now() - started) / 1000

/** What a client of HTTP/2 calls the authority is the host of others. */
function facts(request: IncomingMessage): BalancerRequest {
  const { headers, socket, httpVersionMajor, method = 'GET', url = '/' } = request
  headers.host ??= headers[':authority']?.toString()
  return {
    secure: 'encrypted' in socket && socket.encrypted === true,
    http2: httpVersionMajor === 2,
    method,
    url,
    headers,
    source: socket.remoteAddress ?? LOOPBACK,
    sourcePort: socket.remotePort ?? 0,
  }
}
