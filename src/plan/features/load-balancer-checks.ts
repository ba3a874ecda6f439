import type { Checked, Combination } from '../manifest/checks/places.ts'
import { given } from '../manifest/durations.ts'
import { existingOf, lackingListeners } from './existing-balancer.ts'
import { type Around, hasHttps } from './load-balancer.ts'

/** Where the settings of the environment's load balancers stand. */
const placeOf = ({ manifest, environment }: Checked, kind: 'public' | 'private'): (string | number)[] =>
  manifest.environments?.[environment]?.http?.[kind] ? ['environments', environment, 'http', kind] : ['http', kind]

const KINDS = ['public', 'private'] as const

/** A load balancer takes certificates of its own region only. */
function regions(checked: Checked): Combination[] {
  const { manifest, environment, settings } = checked
  const { certificate: own, region } = manifest.environments?.[environment] ?? {}
  const named = KINDS.flatMap((kind) =>
    (settings.http?.[kind]?.certificates ?? []).map((arn, index) => ({
      arn,
      path: [...placeOf(checked, kind), 'certificates', index],
    })),
  )
  const all = [
    ...(own === undefined ? [] : [{ arn: own, path: ['environments', environment, 'certificate'] }]),
    ...named,
  ]
  return all.flatMap(({ arn, path }) => {
    const home = arn.split(':')[3]
    return home === undefined || region === undefined || home === region
      ? []
      : [{ path, message: `is in ${home}; the load balancer is in ${region}` }]
  })
}

function combinations(checked: Checked): Combination[] {
  const { manifest, environment, settings, network, services } = checked
  const found: Combination[] = []
  for (const kind of KINDS) {
    const wanted = settings.http?.[kind]
    const at = placeOf(checked, kind)
    const seconds = wanted?.idle_timeout === undefined ? 60 : given(wanted.idle_timeout, 0)
    if (seconds < 1 || seconds > 4000)
      found.push({ path: [...at, 'idle_timeout'], message: 'must be from 1s to 4000s' })
    if (wanted?.ssl_policy && !hasHttps(around(checked), kind === 'private')) {
      found.push({ path: [...at, 'ssl_policy'], message: 'is for HTTPS: name certificates beside it' })
    }
  }
  const there = existingOf(settings)
  const at = [...placeOf(checked, 'public'), 'load_balancer']
  if (there && network.kind === 'new') {
    found.push({ path: at, message: 'is in a VPC of its own: name that as network.vpc.id' })
  }
  if (typeof there === 'object' && !there.http_listener && !there.https_listener) {
    found.push({ path: at, message: 'needs an http_listener or an https_listener' })
  }
  if (typeof there === 'object') {
    const lacking = lackingListeners(there, services).filter(({ kind }) => kind === 'HTTP')
    for (const { service, key } of lacking) {
      found.push({ path: ['services', service, 'http', key], message: 'needs the http_listener of the load balancer' })
    }
  }
  const ours = Object.keys(settings.http?.public ?? {}).filter((name) => name !== 'load_balancer')
  if (there && (ours.length > 0 || around(checked).certificate !== undefined)) {
    found.push({ path: at, message: 'has its own settings and certificates; leave out those beside it' })
  }
  const told = manifest.environments?.[environment]?.http?.private ?? manifest.http?.private
  if (told && !services.some(({ http }) => http?.internal)) {
    found.push({
      path: placeOf(checked, 'private'),
      message: 'is for internal services: set http.internal: true on one',
    })
  }
  return found
}

const around = ({ manifest, environment, settings }: Checked): Around => ({
  certificate: manifest.environments?.[environment]?.certificate,
  settings,
})

export const loadBalancerChecks = [regions, combinations]
