import type { Network, Service } from '../model.ts'
import type { Path } from '../problems.ts'
import type { Manifest, ManifestService } from '../schema.ts'

export interface Checked {
  readonly environment: string
  readonly manifest: Manifest
  readonly merged: Readonly<Record<string, ManifestService>>
  readonly services: readonly Omit<Service, 'rollout'>[]
  readonly network: Network
}

/** Looks at one service of an environment. */
export type Check = (service: ManifestService, resolved: Omit<Service, 'rollout'>) => ServiceFinding[]

/** A finding below a service. */
export interface ServiceFinding {
  readonly at: Path
  /** What it does not go with: where the environment says only this, it is this that has to change. */
  readonly because?: Path
  readonly message: string
}

/** The environment's override when it says something there, else the service's own place. */
export function placeOf(checked: Checked, service: string, at: Path, because: Path = at): Path {
  const { manifest, environment } = checked
  const overrides = manifest.environments?.[environment]?.services
  const own = said(overrides, [service, ...at]) ?? said(overrides, [service, ...because])
  return own === undefined ? ['services', service, ...at] : ['environments', environment, 'services', ...own]
}

/** The path, when a value says something there. */
function said(value: unknown, path: Path): Path | undefined {
  const found = path.reduce<unknown>(
    (group, step) =>
      typeof group === 'object' && group !== null && Object.hasOwn(group, step)
        ? (group as Record<string, unknown>)[step]
        : undefined,
    value,
  )
  return found === undefined ? undefined : path
}
