import { deploymentUnder } from '../features/deployment.ts'
import { profileService, profileSettings } from '../features/security.ts'
import { countInFull, scaledBy } from '../scaling/count.ts'
import { type Group, isGroup } from './groups.ts'
import { underOtherCompute } from './other-compute.ts'
import type { EnvironmentSettings, Manifest, ManifestEnvironment, ManifestService } from './schema.ts'

/** The services of an environment: those of the manifest, with what the environment says otherwise, over its profile. */
export const mergedServices = (
  { services }: Manifest,
  environment: ManifestEnvironment,
  settings: EnvironmentSettings,
): Record<string, ManifestService> =>
  Object.fromEntries(
    Object.entries(services).map(([name, service]) => {
      const own = environment.services
      const override = own && Object.hasOwn(own, name) ? own[name] : undefined
      const said = override ? mergeService(service, override) : service
      return [name, merge(profileService(settings, said), said) as ManifestService]
    }),
  )

/** What the manifest says of all environments, with what this one says otherwise. A network is replaced as a whole. */
export function environmentSettings(manifest: Manifest, environment: ManifestEnvironment): EnvironmentSettings {
  const { app: _app, services: _services, environments: _environments, ...base } = manifest
  const {
    region: _region,
    profile: _profile,
    role: _role,
    services: _own,
    certificate: _certificate,
    ...own
  } = environment
  const { network } = own.network ? own : base
  const said: EnvironmentSettings = { ...(merge(base, own) as EnvironmentSettings), network }
  return merge(profileSettings(said), said) as EnvironmentSettings
}

function mergeService(base: ManifestService, override: ManifestService): ManifestService {
  return merge(withoutReplaced(inFull(base), override), inFull(override)) as ManifestService
}

/** What can be said in short, in its long form, so that the other can add to it. */
function inFull(service: ManifestService): ManifestService {
  const { image, http, count } = service
  return {
    ...service,
    ...(count !== undefined && { count: countInFull(count) }),
    ...(image && { image: { ...image, ...(typeof image.build === 'string' && { build: buildOf(image.build) }) } }),
    ...(http && {
      http: {
        ...http,
        ...(typeof http.healthcheck === 'string' && { healthcheck: { path: http.healthcheck } }),
      },
    }),
  }
}

export type BuildDetails = Exclude<NonNullable<NonNullable<ManifestService['image']>['build']>, string>

/** Copilot takes the path of a Dockerfile here, people write a folder: both are understood. */
export const buildOf = (text: string): BuildDetails =>
  /(^|\/)[^/]*(docker|container)file[^/]*$/i.test(text) ? { dockerfile: text } : { context: text }

/**
 * An image is built or it exists, a size belongs to its kind of compute, a number of tasks is scaled or Spot, and how an
 * update goes on hangs on its strategy: the one takes the other's place.
 */
function withoutReplaced(base: ManifestService, override: ManifestService): ManifestService {
  const { image, compute, count, deployment } = override
  const { build, location, repository, credentials, ...rest } = base.image ?? {}
  const otherCompute = compute !== undefined && compute !== (base.compute ?? 'fargate')
  const otherCount = count !== undefined && (scaledBy({ count }) === undefined) !== (scaledBy(base) === undefined)
  return {
    ...(otherCompute ? underOtherCompute(base, compute) : base),
    ...(otherCount && { count: undefined }),
    ...(base.deployment && { deployment: deploymentUnder(deployment?.strategy, base.deployment) }),
    ...(base.image && {
      image: {
        ...rest,
        ...(image?.location === undefined && { build, repository }),
        ...(image?.build === undefined && { location, credentials }),
      },
    }),
  }
}

/** Groups are merged member by member; everything else is replaced. */
function merge(base: unknown, override: unknown): unknown {
  if (override === undefined) return base
  if (!isGroup(base) || !isGroup(override)) return override
  const keys = [...new Set([...Object.keys(base), ...Object.keys(override)])]
  const own = (group: Group, key: string) => (Object.hasOwn(group, key) ? group[key] : undefined)
  return Object.fromEntries(keys.map((key) => [key, merge(own(base, key), own(override, key))]))
}
