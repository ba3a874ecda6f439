import { networkNotes } from '../features/network.ts'
import { profileNotes } from '../features/security.ts'
import { sleepNote } from '../scaling/tasks.ts'
import { checkEnvironment } from './checks.ts'
import { manifestError } from './manifest-error.ts'
import type { Environment } from './model.ts'
import { unknownEnvironment } from './project.ts'
import { environmentNames, type ManifestSource } from './read.ts'
import { resolveParts } from './resolve.ts'
import { rolloutOf } from './rollout.ts'

/** One environment of a manifest, checked and completed. Throws a UserError with every problem. */
export function resolveEnvironment({ manifest, file, locate }: ManifestSource, name: string): Environment {
  const known = environmentNames(manifest)
  if (!known.includes(name)) throw unknownEnvironment(file, name, known)
  const resolved = resolveParts(manifest, name)
  const findings = checkEnvironment(resolved)
  if (findings.length > 0) throw manifestError(file, locate(findings))
  const { services, network, settings } = resolved
  const { region, profile, role, certificate } = manifest.environments?.[name] ?? {}
  return {
    app: manifest.app,
    name,
    region,
    profile,
    role,
    certificate,
    network,
    settings,
    services: services.map((service) => ({ ...service, rollout: rolloutOf(service).rollout })),
    notes: [
      ...services.flatMap((service) => rolloutOf(service).note ?? []),
      ...services.flatMap(sleepNote),
      ...networkNotes(settings.network, network),
      ...profileNotes(settings),
    ],
  }
}
