import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import { LOOPBACK } from '../../loopback.ts'
import type { HealthAnswer, HealthCheck, Question } from './balancer.ts'
import { checkHttp2 } from './http2.ts'

const PROVIDER_MS = 10_000

/** Asks an identity provider. */
export async function ask(url: string, { method, headers, body }: Question): Promise<string> {
  const answer = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(PROVIDER_MS),
    ...(body !== undefined && { body }),
  })
  if (!answer.ok) throw new Error(`${url} answered with ${answer.status}`)
  return answer.text()
}

/** Docker's proxy takes every connection and closes it at once where nothing listens in the container. */
const PROXY_MS = 100

/** Asks what listens at a loopback port how it is. Rejects when the signal aborts. */
export const checkPort = (port: number, check: HealthCheck, signal: AbortSignal): Promise<HealthAnswer> =>
  check.protocol === 'TCP' || check.version === 'HTTP1'
    ? checkSimply(port, check, signal)
    : checkHttp2(port, check, signal)

const checkSimply = (port: number, check: HealthCheck, signal: AbortSignal): Promise<HealthAnswer> =>
  new Promise((resolve, reject) => {
    const failed = () => (signal.aborted ? reject(signal.reason) : resolve({ type: 'failed' }))
    if (check.protocol === 'TCP') {
      const socket = connect({ host: LOOPBACK, port, signal })
      const connected = () => {
        resolve({ type: 'connected' })
        socket.destroy()
      }
      socket.once('connect', () => socket.setTimeout(PROXY_MS, connected))
      socket.once('data', connected)
      socket.once('close', failed)
      socket.once('error', failed)
      return
    }
    const asking = (check.protocol === 'HTTPS' ? requestHttps : requestHttp)({
      host: LOOPBACK,
      port,
      path: check.path,
      headers: {
        host: check.host,
        connection: 'close',
        'user-agent': 'ELB-HealthChecker/2.0',
        'accept-encoding': 'gzip, compressed',
      },
      agent: false,
      rejectUnauthorized: false,
      signal,
    })
    asking.once('response', (answer) => {
      resolve({ type: 'status', status: answer.statusCode ?? 0 })
      answer.destroy()
    })
    asking.on('error', failed)
    asking.end()
  })
