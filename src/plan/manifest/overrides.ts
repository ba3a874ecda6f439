import { UserError } from '../../errors.ts'

/** Flags of the original launch script: each says for one run what the manifest says for all. */
export interface Overrides {
  readonly service?: string | undefined
  readonly instanceType?: readonly string[] | undefined
  readonly vpc?: string | undefined
  readonly subnets?: readonly string[] | undefined
  readonly securityGroup?: readonly string[] | undefined
  readonly repo?: string | undefined
  readonly bucket?: string | undefined
  readonly model?: string | undefined
  readonly image?: string | undefined
}

type Fields = Record<string, unknown>

const group = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/**
 * The manifest's plain values with the flags put in, before they are checked: a wrong flag is reported like a wrong
 * line. They go in at the base and into every environment that has an own value there.
 */
export function override(manifest: unknown, flags: Overrides): unknown {
  const root = group(manifest)
  const change = serviceChange(flags)
  const services = group(root.services)
  const name = change ? serviceOf(services, flags) : undefined
  const changed = name === undefined || !change ? services : { ...services, [name]: change(group(services[name])) }
  const network = networkChange(flags)
  const environments = Object.fromEntries(
    Object.entries(group(root.environments)).map(([environment, value]) => [
      environment,
      overrideEnvironment(group(value), network, name, change),
    ]),
  )
  return {
    ...root,
    ...(root.services !== undefined && { services: changed }),
    ...(network && { network: { ...group(root.network), vpc: network } }),
    ...(root.environments !== undefined && { environments }),
  }
}

type Change = (service: Fields) => Fields

function overrideEnvironment(
  environment: Fields,
  network: Fields | undefined,
  service: string | undefined,
  change: Change | undefined,
): Fields {
  const services = group(environment.services)
  const own = service === undefined ? undefined : services[service]
  return {
    ...environment,
    ...(network && environment.network !== undefined && { network: { vpc: network } }),
    ...(own !== undefined &&
      change &&
      service !== undefined && { services: { ...services, [service]: change(group(own)) } }),
  }
}

/** The one service that flags speak of. */
function serviceOf(services: Fields, { service }: Overrides): string {
  const names = Object.keys(services)
  if (service !== undefined) return service
  if (names.length === 1 && names[0] !== undefined) return names[0]
  throw new UserError('usage', `There are several services: ${names.join(', ')}`, {
    hint: 'say which one the flags are for with --service NAME',
  })
}

function serviceChange({ instanceType, repo, bucket, model, image }: Overrides): Change | undefined {
  if ([instanceType, repo, bucket, model, image].every((flag) => flag === undefined)) return undefined
  return (service) => {
    const { build, ...imageSettings } = group(service.image)
    const variables = {
      ...(bucket !== undefined && { S3_BUCKET: bucket.split('/')[0] }),
      ...(model !== undefined && { MODEL_NAME: model }),
    }
    const buckets = group(group(service.permissions).buckets)
    return {
      ...service,
      image: {
        ...imageSettings,
        ...(image === undefined && build !== undefined && { build }),
        ...(image !== undefined && { location: image }),
        ...(repo !== undefined && { repository: repo }),
      },
      ...(instanceType && { compute: 'gpu', instances: [...instanceType] }),
      ...(Object.keys(variables).length > 0 && { variables: { ...group(service.variables), ...variables } }),
      ...(bucket !== undefined && {
        permissions: {
          ...group(service.permissions),
          buckets: { ...buckets, read: [...((buckets.read as string[]) ?? []), bucket] },
        },
      }),
    }
  }
}

function networkChange({ vpc, subnets, securityGroup }: Overrides): Fields | undefined {
  if (vpc === undefined && subnets === undefined && securityGroup === undefined) return undefined
  return {
    ...(vpc !== undefined && { id: vpc }),
    ...(subnets && { subnets: { public: [...subnets] } }),
    ...(securityGroup && { security_groups: [...securityGroup] }),
  }
}
