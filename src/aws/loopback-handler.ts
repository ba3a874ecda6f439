import { request as begin, type ClientRequest } from 'node:http'
import { Readable } from 'node:stream'
import { buildQueryString, type HttpHandler, HttpResponse } from '@smithy/core/protocols'

/** Sends what all clients ask the embedded AWS over the same connections, Node's own; the SDK's handler has TLS loaded for each. */
export function loopbackHandler(): HttpHandler {
  return {
    handle({ method, hostname, port, path, query, headers, body }, { abortSignal } = {}) {
      const search = buildQueryString(query)
      return new Promise((resolve, reject) => {
        const request = begin({
          method,
          hostname,
          port,
          path: search ? `${path}?${search}` : path,
          headers,
          ...(abortSignal && { signal: abortSignal as AbortSignal }),
        })
        request.on('error', reject)
        request.on('response', (answer) => {
          const { statusCode = 0, headers } = answer
          resolve({
            response: new HttpResponse({ statusCode, headers: headers as Record<string, string>, body: answer }),
          })
        })
        send(request, body)
      })
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
}

function send(request: ClientRequest, body: string | Uint8Array | Readable | undefined): void {
  if (body instanceof Readable) body.on('error', (error) => request.destroy(error)).pipe(request)
  else request.end(body)
}

/** All of an answer, without the streams that the SDK's own puts in between. */
export const collected = (answer: Readable): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    answer.on('data', (piece: Uint8Array) => pieces.push(piece))
    answer.on('error', reject).on('end', () => resolve(Buffer.concat(pieces)))
  })
