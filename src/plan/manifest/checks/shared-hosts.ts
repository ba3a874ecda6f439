import { claimsOf } from '../../features/records.ts'
import type { Finding } from '../problems.ts'
import { resolveParts } from '../resolve.ts'
import type { Manifest } from '../schema.ts'
import { placeOf } from './places.ts'

/** Environments whose services want the same record: the second one deployed would find it taken. */
export function sharedHosts(manifest: Manifest, environments: readonly string[]): Finding[] {
  const owners = new Map<string, string>()
  return environments.flatMap((environment) => {
    const { profile, role } = manifest.environments?.[environment] ?? {}
    return claimsOf(resolveParts(manifest, environment).services).flatMap(({ host, zone, path }): Finding[] => {
      // A domain may have a zone in each account.
      const key = JSON.stringify([host, zone, ...(zone.includes('.') ? [profile, role] : [])])
      const owner = owners.get(key) ?? environment
      owners.set(key, owner)
      if (owner === environment) return []
      const message = `${host} would lead to ${owner} and to ${environment}; give each environment a host of its own`
      return [{ path: placeOf({ manifest, environment }, { path, message }), message }]
    })
  })
}
