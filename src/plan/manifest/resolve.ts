import { resolveCompute } from '../features/compute.ts'
import { existingOf } from '../features/existing-balancer.ts'
import { resolveHttp } from '../features/http.ts'
import { resolveImage } from '../features/image.ts'
import { resolveNetwork, resolvePlacement } from '../features/network.ts'
import { resolvePlatform } from '../features/platform.ts'
import { resolveSecrets } from '../features/secrets.ts'
import { resolveSidecarImages } from '../features/sidecars.ts'
import { resolveCount } from '../scaling/count.ts'
import type { Checked } from './checks/places.ts'
import { environmentSettings, mergedServices } from './merge.ts'
import type { Service } from './model.ts'
import type { EnvironmentSettings, Manifest, ManifestService } from './schema.ts'

/** What a manifest says of one of its environments, with every default filled in. */
export function resolveParts(manifest: Manifest, name: string): Checked {
  const environment = manifest.environments?.[name] ?? {}
  const settings = environmentSettings(manifest, environment)
  const merged = mergedServices(manifest, environment, settings)
  const services = Object.entries(merged).map(([service, own]) =>
    resolveService(manifest.app, name, service, own, settings),
  )
  const network = resolveNetwork(settings.network, services)
  return { environment: name, manifest, merged, services, settings, network }
}

function resolveService(
  app: string,
  environment: string,
  name: string,
  settings: ManifestService,
  around: EnvironmentSettings,
): Omit<Service, 'rollout'> {
  const compute = resolveCompute(settings)
  // Others have their rules at an existing load balancer, and services of the same name.
  const isShared = existingOf(around) !== undefined
  return {
    name,
    settings,
    image: resolveImage(app, name, settings.image ?? {}),
    sidecarImages: resolveSidecarImages(app, name, settings),
    port: settings.image?.port,
    http: resolveHttp(isShared ? `${app} ${environment} ${name}` : name, settings, compute),
    compute,
    placement: resolvePlacement(settings, around),
    platform: resolvePlatform(settings),
    ...resolveCount(settings),
    secrets: resolveSecrets(settings),
  }
}
