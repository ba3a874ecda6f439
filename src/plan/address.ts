import type { Service } from './manifest/model.ts'

type Outputs = Readonly<Record<string, string>>

/** Where visitors find the service. It stands apart from the fields of `http`, with which all of zod would be loaded. */
export function addressOf(
  { http, settings }: Pick<Service, 'http' | 'settings'>,
  shared: Outputs,
  own: Outputs,
): string | null {
  if (!http) return own.NetworkAddress === undefined ? null : networkAddress(own.NetworkAddress, settings.nlb?.port)
  const balancer = shared[http.internal ? 'PrivateUrl' : 'Url'] ?? ''
  const named = http.hosts.find((one) => !/[*?]/.test(one))
  const base = named === undefined ? balancer : `${balancer.split('://')[0] || 'http'}://${named}`
  return base + (http.path === '/' ? '' : http.path)
}

/** `tls://host:443`; the embedded AWS has ports of its own. */
function networkAddress(host: string, port: string | number | undefined): string {
  const [number, protocol = 'tcp'] = String(port).split('/')
  return `${protocol}://${host}${/:\d+$/.test(host) ? '' : `:${number}`}`
}
