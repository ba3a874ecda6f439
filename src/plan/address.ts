import { aliasesOf } from './aliases.ts'
import type { Http, Service } from './manifest/model.ts'

type Outputs = Readonly<Record<string, string>>
type Reached = Pick<Service, 'http' | 'settings'>

/** Where visitors find the service. It stands apart from the fields of `http`, with which all of zod would be loaded. */
export function addressOf({ http, settings }: Reached, shared: Outputs, own: Outputs): string | null {
  if (!http) return networkAddress(settings, own)
  const balancer = balancerOf(http, shared)
  const named = http.hosts.find(isName)
  const base = named === undefined ? balancer : `${balancer.split('://')[0] || 'http'}://${named}`
  return base + (http.path === '/' ? '' : http.path)
}

/** Where else: at a network load balancer beside the other one. */
export const furtherAddress = ({ http, settings }: Reached, own: Outputs): string | null =>
  http ? networkAddress(settings, own) : null

const balancerOf = ({ internal }: Http, shared: Outputs): string => shared[internal ? 'PrivateUrl' : 'Url'] ?? ''

const isName = (host: string): boolean => !/[*?]/.test(host)

/** A host of the service, the load balancer that it has to lead to, and whether its record is made. */
export interface PointedName {
  readonly host: string
  readonly at: string
  readonly made?: true
}

export function namesToPoint({ http, settings: { nlb } }: Reached, shared: Outputs, own: Outputs): PointedName[] {
  const behind = http
    ? [http, ...http.additional].flatMap(({ hosts, records }) =>
        hosts.map((host) => ({
          host,
          at: balancerOf(http, shared),
          isMade: records.some((record) => record.host === host),
        })),
      )
    : []
  const network = aliasesOf(nlb ?? {}).map(({ host, zone }) => ({
    host,
    at: own.NetworkAddress ?? '',
    isMade: zone !== undefined,
  }))
  const all = [...behind, ...network].filter(({ host }) => /^(\*\.)?[^*?]+$/.test(host))
  return [...new Map(all.map((one) => [`${one.host} ${one.at}`, one])).values()].map(({ isMade, ...name }) => ({
    ...name,
    ...(isMade && { made: true as const }),
  }))
}

/** `tls://host:443`; the embedded AWS has ports of its own. */
function networkAddress({ nlb }: Service['settings'], { NetworkAddress: host }: Outputs): string | null {
  if (host === undefined) return null
  const [number, protocol = 'tcp'] = String(nlb?.port).split('/')
  if (/:\d+$/.test(host)) return `${protocol}://${host}`
  const named = aliasesOf(nlb ?? {}).find((one) => isName(one.host))?.host ?? host
  return `${protocol}://${named}:${number}`
}
