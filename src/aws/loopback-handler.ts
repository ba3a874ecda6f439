import { buildQueryString, type HttpHandler, HttpResponse } from '@smithy/core/protocols'
import { exchange } from '../http/exchange.ts'

/** Sends what all clients ask the embedded AWS; the SDK's handler has TLS loaded for each. Neither requests nor answers are streams here. */
export function loopbackHandler(): HttpHandler {
  return {
    async handle({ method, hostname, port = 80, path, query, headers, body }) {
      const search = buildQueryString(query)
      const asked = { method, hostname, port, path: search ? `${path}?${search}` : path, headers, body }
      return { response: new HttpResponse(await exchange(asked)) }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
}
