import type { IncomingHttpHeaders } from 'node:http'
import type { AddedCookie } from './balancer.ts'

/** An answer's headers with cookies beside those of the target, where that is what they hang on. */
export function withCookies<Headers extends Pick<IncomingHttpHeaders, 'set-cookie'>>(
  headers: Headers,
  cookies: readonly AddedCookie[],
): Headers {
  const own = headers['set-cookie'] ?? []
  const added = cookies.filter(({ when }) => when === undefined || own.some((cookie) => cookie.startsWith(`${when}=`)))
  return added.length > 0 ? { ...headers, 'set-cookie': [...own, ...added.map(({ value }) => value)] } : headers
}
