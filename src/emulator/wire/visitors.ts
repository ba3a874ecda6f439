import type { IncomingHttpHeaders } from 'node:http'

const OWN_NAMES = /^(127(\.\d{1,3}){3}|\[::1\]|(.+\.)?localhost|host\.docker\.internal|)$/i

/**
 * Why a request is no AWS client's: web pages can send requests to loopback ports too, by their own names even, and
 * what listens here starts containers. Undefined for all others.
 */
export function strangeVisitor(headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined || (site !== undefined && site !== 'none')) return 'The embedded AWS serves no web pages.'
  const name = host.replace(/:\d+$/, '')
  return OWN_NAMES.test(name) ? undefined : `The embedded AWS does not answer to the name ${name}.`
}
