import type { Http, Service } from './manifest/model.ts'

type Outputs = Readonly<Record<string, string>>

/** Where visitors find the service. It stands apart from the fields of `http`, with which all of zod would be loaded. */
export function addressOf(
  { http, settings }: Pick<Service, 'http' | 'settings'>,
  shared: Outputs,
  own: Outputs,
): string | null {
  if (!http) return own.NetworkAddress === undefined ? null : networkAddress(own.NetworkAddress, settings.nlb)
  const balancer = balancerOf(http, shared)
  const named = hostOf(http)
  const base = named === undefined ? balancer : `${balancer.split('://')[0] || 'http'}://${named}`
  return base + (http.path === '/' ? '' : http.path)
}

const balancerOf = ({ internal }: Http, shared: Outputs): string => shared[internal ? 'PrivateUrl' : 'Url'] ?? ''

/** The host that the service is called by, if it has one of its own. */
const hostOf = ({ hosts }: Http): string | undefined => hosts.find((one) => !/[*?]/.test(one))

/** A host of the service's own, the address of the load balancer that it has to lead to, and whether its record is made. */
export function nameToPoint({ http }: Pick<Service, 'http'>, shared: Outputs) {
  const host = http && hostOf(http)
  if (!http || host === undefined) return undefined
  const isMade = http.records.some((record) => record.host === host)
  return { host, at: balancerOf(http, shared), ...(isMade && { made: true as const }) }
}

/** `tls://host:443`; the embedded AWS has ports of its own. */
function networkAddress(
  host: string,
  { port, alias = [] }: Partial<NonNullable<Service['settings']['nlb']>> = {},
): string {
  const [number, protocol = 'tcp'] = String(port).split('/')
  if (/:\d+$/.test(host)) return `${protocol}://${host}`
  const [named = host] = [alias].flat().map((one) => (typeof one === 'string' ? one : one.name))
  return `${protocol}://${named}:${number}`
}
