import { aliasesOf, isRecordName } from './aliases.ts'
import { type Http, rulesOf, type Service } from './manifest/model.ts'

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

/** Both in a line. */
export const addressText = (url: string | null, further: string | null | undefined): string =>
  [url ?? '-', further ?? []].flat().join(', ')

const balancerOf = (http: Http | undefined, shared: Outputs): string =>
  shared[http?.internal ? 'PrivateUrl' : 'Url'] ?? ''

const isName = (host: string): boolean => !/[*?]/.test(host)

/** A host, the load balancer that it has to lead to, and whether its record is made. */
export interface PointedName {
  readonly host: string
  readonly at: string
  readonly made: boolean
}

/** Hosts of an environment's services, each once; a record that one of them has made is there for all. */
export function namesToPoint(
  deployed: readonly { readonly service: Reached; readonly own: Outputs }[],
  shared: Outputs,
): readonly PointedName[] {
  const names = new Map<string, PointedName>()
  for (const name of deployed.flatMap(({ service, own }) => namesOf(service, shared, own))) {
    const key = `${name.host} ${name.at}`
    names.set(key, { ...name, made: name.made || names.get(key)?.made === true })
  }
  return [...names.values()]
}

function namesOf({ http, settings: { nlb } }: Reached, shared: Outputs, own: Outputs): PointedName[] {
  const behind = rulesOf(http).flatMap(({ hosts, records }) =>
    hosts.map((host) => ({ host, at: balancerOf(http, shared), made: records.some((record) => record.host === host) })),
  )
  const network = aliasesOf(nlb ?? {}).map(({ host, zone }) => ({
    host,
    at: own.NetworkAddress ?? '',
    made: zone !== undefined,
  }))
  return [...behind, ...network].filter(({ host }) => isRecordName(host))
}

/** `tls://host:443`; the embedded AWS has ports of its own. */
function networkAddress({ nlb }: Service['settings'], { NetworkAddress: host }: Outputs): string | null {
  if (host === undefined) return null
  const [number, protocol = 'tcp'] = String(nlb?.port).split('/')
  if (/:\d+$/.test(host)) return `${protocol}://${host}`
  const named = aliasesOf(nlb ?? {}).find((one) => isName(one.host))?.host ?? host
  return `${protocol}://${named}:${number}`
}
