import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server as NetServer, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { LOOPBACK, listenOnLoopback } from '../../loopback.ts'
import { reach as reachTask } from '../../services/ecs/reach.ts'
import { send, sendRaw } from './answers.ts'
import type { Answer, Balancer, BalancerRequest, Forwarding, Front } from './balancer.ts'
import { selfSigned } from './certificate.ts'
import { ask, checkPort } from './check.ts'
import { type Connections, connections } from './connections.ts'
import { forward, forwardUpgrade, type Hearer } from './forward.ts'
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

/** Servers that read requests from connections which were accepted elsewhere: one of HTTP, one of HTTPS. */
function httpServers(front: HttpFront, identity: typeof selfSigned, targets: Connections): (secure: boolean) => Server {
  const configure = (server: Server, secure: boolean): Server => {
    server.keepAliveTimeout = CLIENT_IDLE_MS
    // The client may need hours for an upload.
    server.requestTimeout = 0
    server.on('request', (request, response) => {
      const decision = front.decide(facts(request, secure))
      const answer = counting(front, (one) => send(response, one))
      if (decision.type === 'refuse') return request.socket.destroy()
      if (decision.type === 'answer') return answer(decision)
      if (decision.type === 'later') return void decision.answer.then(answer)
      targets.add(decision.target, response)
      forward(request, response, decision, hearing(front, decision))
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const decision = front.decide(facts(request, secure))
      const answer = counting(front, (one) => sendRaw(request, socket, one))
      if (decision.type === 'refuse' || !(socket instanceof Socket)) return socket.destroy()
      if (decision.type === 'answer') return answer(decision)
      if (decision.type === 'later') return void decision.answer.then(answer)
      targets.add(decision.target, socket)
      forwardUpgrade(request, socket, head, decision, hearing(front, decision))
    })
    return server
  }
  const options = { maxHeaderSize: MAXIMUM_HEADERS }
  const plain = configure(createHttpServer(options), false)
  let encrypted: Server | undefined
  return (secure) => {
    if (!secure) return plain
    encrypted ??= configure(createHttpsServer({ ...options, ...identity() }), true)
    return encrypted
  }
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

const facts = (request: IncomingMessage, secure: boolean): BalancerRequest => ({
  secure,
  method: request.method ?? 'GET',
  url: request.url ?? '/',
  headers: request.headers,
  source: request.socket.remoteAddress ?? LOOPBACK,
  sourcePort: request.socket.remotePort ?? 0,
})
