import { UserError } from '../../errors.ts'
import { isInstanceType } from '../instances.ts'
import { orList } from '../text.ts'
import { type Group, group, isGroup, valueAt } from './groups.ts'
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

export const hasOverrides = (flags: Overrides): boolean => OVERRIDES.some((flag) => flags[flag] !== undefined)

const OVERRIDES = ['instanceType', 'vpc', 'subnets', 'securityGroup', 'repo', 'bucket', 'model', 'image'] as const

export interface Overridden {
  readonly manifest: unknown
  /** The flag that speaks for a place, and for all below it; undefined where the text does. */
  flagAt(path: Path): string | undefined
}

/** Something where a group should be. */
const isPlain = (value: unknown): boolean => value !== undefined && value !== null && !isGroup(value)

/** Changes what is found at a place. Where something that is no group is in the way, it stays for the check to find. */
function changed(value: unknown, [step, ...rest]: Path, change: (before: unknown) => unknown): unknown {
  if (step === undefined) return change(value)
  if (isPlain(value)) return value
  return { ...group(value), [step]: changed(group(value)[step], rest, change) }
}

/**
 * The manifest's plain values with the flags put in, before they are checked: a wrong flag is reported like a wrong
 * line. They go in at the base, and into every environment that says something else in the same place.
 */
export function override(manifest: unknown, flags: Overrides): Overridden {
  const environments = Object.keys(group(valueAt(manifest, ['environments'])))
  const service = isForService(flags) ? serviceOf(manifest, flags) : undefined
  const edits = [
    ...networkEdits(flags),
    ...(service === undefined
      ? []
      : serviceEdits(flags).map((edit) => ({ ...edit, at: ['services', service, ...edit.at] }))),
  ].flatMap((edit) => [
    edit,
    ...environments
      .map((name) => ({ ...edit, at: ['environments', name, ...edit.at] }))
      .filter(({ at }) => valueAt(manifest, at) !== undefined),
  ])
  const spoken = edits.flatMap(({ at, flags: below }) =>
    Object.entries(below).map(([place, flag]) => ({ flag, path: [...at, ...place.split('.').filter(Boolean)] })),
  )
  return {
    manifest: edits.reduce((value, { at, change }) => changed(value, at, change), manifest),
    flagAt: (path) => spoken.find((one) => one.path.every((step, index) => String(path[index]) === step))?.flag,
  }
}

interface Edit {
  readonly at: Path
  change(before: unknown): unknown
  /** The flag for each place below, whose problems are the flag's. */
  readonly flags: Readonly<Record<string, string>>
}

const isForService = ({ instanceType, repo, bucket, model, image }: Overrides): boolean =>
  [instanceType, repo, bucket, model, image].some((flag) => flag !== undefined)

/** The one service that flags speak of; undefined when there is none at all. */
function serviceOf(manifest: unknown, { service }: Overrides): string | undefined {
  const names = Object.keys(group(valueAt(manifest, ['services'])))
  if (names.length === 0) return undefined
  if (service === undefined && names.length === 1) return names[0]
  if (service !== undefined && names.includes(service)) return service
  throw new UserError(
    'usage',
    service === undefined ? `There are several services: ${names.join(', ')}` : `There is no service ${service}`,
    {
      hint: `say which one the flags are for with --service: ${orList(names)}`,
      problems: [{ path: '--service', message: service === undefined ? 'is missing' : `must be ${orList(names)}` }],
    },
  )
}

/** Types say by themselves whether they have GPUs; one that nobody knows has some. */
const computeOf = (types: readonly string[]): 'gpu' | 'ec2' =>
  types.length > 0 && types.every((type) => isInstanceType(type) && !/^(g|p)\d/.test(type)) ? 'ec2' : 'gpu'

function serviceEdits({ instanceType, repo, bucket, model, image }: Overrides): Edit[] {
  const set = (at: Path, value: unknown, flag: string): Edit[] =>
    value === undefined ? [] : [{ at, change: () => value, flags: { '': flag } }]
  const withImage = (before: unknown) =>
    isPlain(before) ? before : { ...without(group(before), 'build', 'repository'), location: image }
  const withBucket = (read: unknown) => [bucket, ...(Array.isArray(read) ? read : [])]
  return [
    ...(image === undefined ? [] : [{ at: ['image'], change: withImage, flags: { location: '--image' } }]),
    ...set(['image', 'repository'], repo, '--repo'),
    ...set(['compute'], instanceType && computeOf(instanceType), '--instance-type'),
    ...set(['instances'], instanceType && [...instanceType], '--instance-type'),
    ...set(['variables', 'MODEL_NAME'], model, '--model'),
    ...set(['variables', 'S3_BUCKET'], bucket?.replace(/^s3:\/\//, '').split('/')[0], '--bucket'),
    ...(bucket === undefined
      ? []
      : [{ at: ['permissions', 'buckets', 'read'], change: withBucket, flags: { '0': '--bucket' } }]),
  ]
}

const without = (fields: Group, ...names: readonly string[]): Group =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !names.includes(key)))

/** Another VPC has other subnets and security groups. */
function networkEdits({ vpc, subnets, securityGroup }: Overrides): Edit[] {
  if (vpc === undefined && subnets === undefined && securityGroup === undefined) return []
  const change = (before: unknown) => {
    if (isPlain(before)) return before
    return {
      ...(vpc !== undefined && vpc !== group(before).id ? {} : group(before)),
      ...(vpc !== undefined && { id: vpc }),
      ...(subnets && { subnets: { public: [...subnets] } }),
      ...(securityGroup && { security_groups: [...securityGroup] }),
    }
  }
  const flags = {
    ...(vpc !== undefined && { id: '--vpc' }),
    // A VPC that is named by flag wants its subnets by flag.
    ...((subnets !== undefined || vpc !== undefined) && { subnets: '--subnets' }),
    ...(securityGroup && { security_groups: '--security-group' }),
  }
  return [{ at: ['network', 'vpc'], change, flags }]
}
