import { createHash } from 'node:crypto'
import type { AddedCookie } from '../../runtime/balancer/balancer.ts'
import type { Attributes } from './state.ts'

export type Cookies = Readonly<Record<string, string>>

export const readCookies = (header = ''): Cookies =>
  Object.fromEntries(
    header.split(';').map((cookie) => {
      const mark = cookie.indexOf('=')
      return [cookie.slice(0, mark).trim(), cookie.slice(mark + 1).trim()]
    }),
  )

/** What a cookie says of a target or a target group: nothing that a client could read. */
export const cookieValue = (name: string): string => createHash('sha256').update(name).digest('base64url')

/** A cookie of AWS's, and its twin that browsers also send with requests across sites. */
export function timedCookies(name: string, value: string, seconds: number, now: Date, secure: boolean): AddedCookie[] {
  const cookie = (suffix: string) =>
    `${name}${suffix}=${value}; Expires=${new Date(now.getTime() + seconds * 1000).toUTCString()}; Path=/`
  return [{ value: cookie('') }, { value: `${cookie('CORS')}; SameSite=None${secure ? '; Secure' : ''}` }]
}

interface Stickiness {
  /** The target that the client has been given, as `cookieValue`. */
  readonly wanted: string | undefined
  /** The cookies that give it this one. */
  give(target: string): AddedCookie[]
}

/** How a target group keeps a client with a target. */
export function stickiness(attributes: Attributes, cookies: Cookies, now: Date, secure: boolean): Stickiness {
  const none = { wanted: undefined, give: () => [] }
  if (attributes['stickiness.enabled'] !== 'true') return none
  if (attributes['stickiness.type'] === 'lb_cookie') {
    const seconds = Number(attributes['stickiness.lb_cookie.duration_seconds'])
    return {
      wanted: cookies.AWSALB ?? cookies.AWSALBCORS,
      give: (target) => timedCookies('AWSALB', cookieValue(target), seconds, now, secure),
    }
  }
  const when = attributes['stickiness.app_cookie.cookie_name']
  if (attributes['stickiness.type'] !== 'app_cookie' || !when) return none
  return {
    wanted: when in cookies ? cookies['AWSALBAPP-0'] : undefined,
    give: (target) => [{ value: `AWSALBAPP-0=${cookieValue(target)}; Path=/`, when }],
  }
}
