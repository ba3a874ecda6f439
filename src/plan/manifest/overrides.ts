import { UserError } from '../../errors.ts'
import type { Path } from './problems.ts'

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

export interface Overridden {
  readonly manifest: unknown
  /** The flag that speaks for a place, and for all below it; undefined where the text does. */
  flagAt(path: Path): string | undefined
}

type Fields = Record<string, unknown>

const isGroup = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const group = (value: unknown): Fields => (isGroup(value) ? value : {})

/** Changes what is found at a place. Where something that is no group is in the way, it stays for the check to find. */
function changed(value: unknown, [step, ...rest]: Path, change: (before: unknown) => unknown): unknown {
  if (step === undefined) return change(value)
  if (value !== undefined && value !== null && !isGroup(value)) return value
  return { ...group(value), [step]: changed(group(value)[step], rest, change) }
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((found, step) => (isGroup(found) && Object.hasOwn(found, step) ? found[step] : undefined), value)

/**
 * The manifest's plain values with the flags put in, before they are checked: a wrong flag is reported like a wrong
 * line. They go in at the base and into every environment that has an own value there.
 */
export function override(manifest: unknown, flags: Overrides): Overridden {
  const environments = Object.keys(group(valueAt(manifest, ['environments'])))
  const places = (base: Path): Path[] => [
    base,
    ...environments
      .map((name): Path => ['environments', name, ...base])
      .filter((path) => valueAt(manifest, path) !== undefined),
  ]
  const changes = [
    ...(isForService(flags)
      ? places(['services', serviceOf(manifest, flags)]).map((path) => ({
          path,
          change: (service: unknown) => withService(service, flags),
          flags: SERVICE_FLAGS,
        }))
      : []),
    ...(isForNetwork(flags)
      ? places(['network']).map((path) => ({
          path,
          change: (network: unknown) => changed(network, ['vpc'], (vpc) => withVpc(vpc, flags)),
          flags: NETWORK_FLAGS,
        }))
      : []),
  ]
  const spoken = changes.flatMap(({ path, flags: table }) =>
    table
      .filter(({ given }) => given(flags))
      .map(({ flag, at }) => ({ flag, path: [...path, ...at] })),
  )
  return {
    manifest: changes.reduce((value, { path, change }) => changed(value, path, change), manifest),
    flagAt: (path) => spoken.find((one) => one.path.every((step, index) => path[index] === step))?.flag,
  }
}

interface FlagPlace {
  readonly flag: string
  readonly at: Path
  given(flags: Overrides): boolean
}

/** Where each flag goes, below its service. */
const SERVICE_FLAGS: readonly FlagPlace[] = [
  { flag: '--image', at: ['image', 'location'], given: ({ image }) => image !== undefined },
  { flag: '--repo', at: ['image', 'repository'], given: ({ repo }) => repo !== undefined },
  { flag: '--instance-type', at: ['instances'], given: ({ instanceType }) => instanceType !== undefined },
  { flag: '--instance-type', at: ['compute'], given: ({ instanceType }) => instanceType !== undefined },
  { flag: '--model', at: ['variables', 'MODEL_NAME'], given: ({ model }) => model !== undefined },
  { flag: '--bucket', at: ['variables', 'S3_BUCKET'], given: ({ bucket }) => bucket !== undefined },
  // It stands first in the list.
  { flag: '--bucket', at: ['permissions', 'buckets', 'read', 0], given: ({ bucket }) => bucket !== undefined },
]

/** A VPC that is named by flag wants its subnets by flag. */
const NETWORK_FLAGS: readonly FlagPlace[] = [
  { flag: '--vpc', at: ['vpc', 'id'], given: ({ vpc }) => vpc !== undefined },
  { flag: '--subnets', at: ['vpc', 'subnets'], given: ({ vpc, subnets }) => (subnets ?? vpc) !== undefined },
  {
    flag: '--security-group',
    at: ['vpc', 'security_groups'],
    given: ({ securityGroup }) => securityGroup !== undefined,
  },
]

const isForService = ({ instanceType, repo, bucket, model, image }: Overrides): boolean =>
  [instanceType, repo, bucket, model, image].some((flag) => flag !== undefined)

const isForNetwork = ({ vpc, subnets, securityGroup }: Overrides): boolean =>
  [vpc, subnets, securityGroup].some((flag) => flag !== undefined)

/** The one service that flags speak of. */
function serviceOf(manifest: unknown, { service }: Overrides): string {
  const names = Object.keys(group(valueAt(manifest, ['services'])))
  if (service !== undefined && (names.includes(service) || names.length === 0)) return service
  if (service !== undefined) {
    throw new UserError('usage', `There is no service ${service}`, {
      hint: `say --service with one of ${names.join(', ')}`,
      problems: [{ path: '--service', message: `there is only ${names.join(', ')}` }],
    })
  }
  if (names.length <= 1) return names[0] ?? 'web'
  throw new UserError('usage', `There are several services: ${names.join(', ')}`, {
    hint: 'say which one the flags are for with --service NAME',
    problems: [{ path: '--service', message: 'is missing' }],
  })
}

function withService(service: unknown, { instanceType, repo, bucket, model, image }: Overrides): unknown {
  const set = (path: Path, value: unknown) => ({ path, change: () => value })
  const changes = [
    ...(image === undefined
      ? []
      : [
          set(['image', 'location'], image),
          { path: ['image'], change: (before: unknown) => (isGroup(before) ? without(before, 'build') : before) },
        ]),
    ...(repo === undefined ? [] : [set(['image', 'repository'], repo)]),
    ...(instanceType === undefined ? [] : [set(['compute'], 'gpu'), set(['instances'], [...instanceType])]),
    ...(model === undefined ? [] : [set(['variables', 'MODEL_NAME'], model)]),
    ...(bucket === undefined
      ? []
      : [
          set(['variables', 'S3_BUCKET'], bucket.replace(/^s3:\/\//, '').split('/')[0]),
          {
            path: ['permissions', 'buckets', 'read'],
            change: (read: unknown) => [bucket, ...(Array.isArray(read) ? read : [])],
          },
        ]),
  ]
  return changes.reduce((value: unknown, { path, change }) => changed(value, path, change), service)
}

const without = (fields: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))

/** Another VPC has other subnets and security groups. */
function withVpc(before: unknown, { vpc, subnets, securityGroup }: Overrides): unknown {
  if (before !== undefined && before !== null && !isGroup(before)) return before
  const base = vpc !== undefined && vpc !== group(before).id ? {} : group(before)
  return {
    ...base,
    ...(vpc !== undefined && { id: vpc }),
    ...(subnets && { subnets: { public: [...subnets] } }),
    ...(securityGroup && { security_groups: [...securityGroup] }),
  }
}
