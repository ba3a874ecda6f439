import type { Http, Service } from './manifest/model.ts'

type Outputs = Readonly<Record<string, string>>

/** Where visitors find the service. It stands apart from the fields of `http`, with which all of zod would be loaded. */
export function addressOf(
  { http, settings }: Pick<Service, 'http' | 'settings'>,
  shared: Outputs,
  own: Outputs,
): string | null {
  if (!http) return own.NetworkAddress === undefined ? null : networkAddress(own.NetworkAddress, settings.nlb?.port)
  const balancer = balancerOf(http, shared)
  const named = hostOf(http)
  const base = named === undefined ? balancer : `${balancer.split('://')[0] || 'http'}://${named}`
  return base + (http.path === '/' ? '' : http.path)
}

const balancerOf = ({ internal }: Http, shared: Outputs): string => shared[internal ? 'PrivateUrl' : 'Url'] ?? ''

/** The host that the service is called by, if it has one of its own. */
const hostOf = ({ hosts }: Http): string | undefined => hosts.find((one) => !/[*?]/.test(one))

/** A host of the service's own, and the address of the load balancer that it has to lead to. */
export function nameToPoint(
  { http }: Pick<Service, 'http'>,
  shared: Outputs,
): { host: string; at: string } | undefined {
  const host = http && hostOf(http)
  return host === undefined ? undefined : { host, at: balancerOf(http as Http, shared) }
}

/** `tls://host:443`; the embedded AWS has ports of its own. */
function networkAddress(host: string, port: string | number | undefined): string {
  const [number, protocol = 'tcp'] = String(port).split('/')
  return `${protocol}://${host}${/:\d+$/.test(host) ? '' : `:${number}`}`
}
