import { claimsOf } from '../../features/records.ts'
import type { Finding, Path } from '../problems.ts'
import { type Checked, hangsOn, placeOf } from './places.ts'

/** Environments whose services want the same record: the second one deployed would find it taken. */
export function sharedHosts(environments: readonly Checked[], broken: readonly Path[]): Finding[] {
  const owners = new Map<string, string>()
  return environments.flatMap((checked) => {
    const { manifest, environment, services } = checked
    const { profile, role } = manifest.environments?.[environment] ?? {}
    const claims = claimsOf(services).filter((claim) => !hangsOn(broken, environment, { ...claim, message: '' }))
    return claims.flatMap(({ host, zone, path, because }): Finding[] => {
      // A domain may have a zone in each account.
      const key = JSON.stringify([host, zone, ...(zone.includes('.') ? [profile, role] : [])])
      const owner = owners.get(key) ?? environment
      owners.set(key, owner)
      if (owner === environment) return []
      const message = `${host} would lead to ${owner} and to ${environment}; give each environment a host of its own`
      return [{ path: placeOf(checked, { path, because, message }), message }]
    })
  })
}
