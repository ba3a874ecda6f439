import { valueAt } from '../groups.ts'
import type { Network, Service } from '../model.ts'
import type { Finding, Path } from '../problems.ts'
import type { ContainerSettings, EnvironmentSettings, Manifest, ManifestService } from '../schema.ts'

export interface Checked {
  readonly environment: string
  readonly manifest: Manifest
  readonly merged: Readonly<Record<string, ManifestService>>
  readonly services: readonly Omit<Service, 'rollout'>[]
  readonly network: Network
  /** What the manifest says of the environment. */
  readonly settings: EnvironmentSettings
}

/** Looks at one service of an environment. */
export type Check = (service: ManifestService, resolved: Omit<Service, 'rollout'>) => ServiceFinding[]

/** Looks at one container of a service. What it finds is below the container's own settings, its reasons too. */
export type ContainerCheck = (container: ContainerSettings, resolved: Omit<Service, 'rollout'>) => ServiceFinding[]

/** A finding below a service. */
export interface ServiceFinding {
  readonly at: Path
  /** What it does not go with, or lacks: where the environment says only this, it is this that has to change. */
  readonly because?: Path
  readonly message: string
}

/** A finding of a manifest as it would be without environments. */
export interface Combination extends Finding {
  readonly because?: readonly Path[]
}

/** The environment's override when it says something there, or of what it does not go with; else the place itself. */
export function placeOf({ manifest, environment }: Checked, { path, because = [], atKey }: Combination): Path {
  if (atKey) return path
  const own = manifest.environments?.[environment]
  const place = [path, ...because].find((one) => valueAt(own, one) !== undefined)
  return place ? ['environments', environment, ...place] : path
}

/**
 * Whether it hangs on a place, of the base or of the environment, of which nothing is known. What hangs on the group
 * around it is about all that is in there.
 */
export function hangsOn(broken: readonly Path[], environment: string, { path, because = [] }: Combination): boolean {
  const anywhere = (place: Path) => [place, ['environments', environment, ...place]]
  const groups = because.filter((one) => one.length < path.length && begins(path, one)).flatMap(anywhere)
  return (
    [path, ...because].flatMap(anywhere).some((place) => broken.some((one) => begins(place, one))) ||
    groups.some((group) => broken.some((one) => begins(one, group)))
  )
}

const begins = (path: Path, start: Path): boolean => start.every((step, index) => path[index] === step)

export const between = (at: Path, value: number, least: number, most: number): ServiceFinding[] =>
  value < least || value > most ? [{ at, message: `must be from ${least}s to ${most}s` }] : []
