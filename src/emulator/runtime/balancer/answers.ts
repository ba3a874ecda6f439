import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Answer } from './balancer.ts'

/** Names that differ from those of Node. */
const TITLES: Record<number, string> = { 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' }

/** A page as an Application Load Balancer writes it for its own errors and redirects. */
export function page(status: number, headers: Answer['headers'] = {}): Answer {
  const title = `${status} ${TITLES[status] ?? STATUS_CODES[status] ?? ''}`
  const lines = ['<html>', `<head><title>${title}</title></head>`, '<body>', `<center><h1>${title}</h1></center>`]
  return {
    type: 'answer',
    status,
    headers: { server: 'awselb/2.0', 'content-type': 'text/html', ...headers },
    body: [...lines, '</body>', '</html>', ''].join('\r\n'),
  }
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.statusCode = status
  if (TITLES[status]) response.statusMessage = TITLES[status]
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}

/** Answers on a connection that was to be upgraded, and closes it. */
export function sendRaw(request: IncomingMessage, socket: Duplex, answer: Answer): void {
  if (!(socket instanceof Socket)) return void socket.destroy()
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  send(response, answer)
}
