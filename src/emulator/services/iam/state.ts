import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Tags } from '../../tags.ts'
import type { World } from '../../world.ts'

export interface Role {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly created: Date
  /** Who may assume it: a policy document. */
  trust: string
  description?: string
  maximumSession: number
  boundary?: string
  /** Inline policies by name. */
  readonly inline: Record<string, string>
  /** ARNs of managed policies. */
  attached: string[]
  readonly tags: Tags
}

export interface PolicyVersion {
  readonly id: string
  readonly document: string
  readonly created: Date
}

export interface Policy {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly description?: string
  readonly created: Date
  updated: Date
  /** The oldest first. */
  versions: PolicyVersion[]
  defaultVersion: string
  /** Of the newest version that there ever was. */
  lastNumber: number
  readonly tags: Tags
}

export interface InstanceProfile {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly created: Date
  /** One at most. */
  roles: string[]
  readonly tags: Tags
}

export interface OidcProvider {
  readonly arn: string
  /** Without `https://`. */
  readonly url: string
  readonly created: Date
  clientIds: string[]
  thumbprints: string[]
  readonly tags: Tags
}

/** IAM has no regions. */
export interface IamState {
  readonly roles: Record<string, Role>
  /** By ARN. */
  readonly policies: Record<string, Policy>
  readonly instanceProfiles: Record<string, InstanceProfile>
  /** By ARN. */
  readonly oidcProviders: Record<string, OidcProvider>
}

export const emptyIam = (): IamState => ({ roles: {}, policies: {}, instanceProfiles: {}, oidcProviders: {} })

export const noSuchEntity = (message: string): AwsError => new AwsError('NoSuchEntityException', message, 404)
export const alreadyExists = (message: string): AwsError => new AwsError('EntityAlreadyExistsException', message, 409)
export const deleteConflict = (message: string): AwsError => new AwsError('DeleteConflictException', message, 409)
export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceededException', message, 409)
export const invalidInput = (message: string): AwsError => new AwsError('InvalidInputException', message)
export const validationError = (message: string): AwsError => new AwsError('ValidationError', message)

export function findRole(world: World, name = ''): Role {
  const role = world.state.iam.roles[name]
  if (role) return role
  throw noSuchEntity(`The role with name ${name} cannot be found.`)
}

/** Unique ids of IAM begin with what they are of. */
export const uniqueId = (world: World, prefix: 'AROA' | 'ANPA' | 'AIPA'): string =>
  prefix + world.random.suffix(17).toUpperCase()

export const iamArn = (world: World, resource: string): string => `arn:aws:iam::${world.account}:${resource}`

export function requireName(parameter: string, name: string, maximum: number): void {
  const refuse = (rule: string) =>
    validationError(
      `1 validation error detected: Value at '${parameter}' failed to satisfy constraint: Member must ${rule}`,
    )
  if (name.length > maximum) throw refuse(`have length less than or equal to ${maximum}`)
  if (!/^[\w+=,.@-]+$/.test(name)) throw refuse('satisfy regular expression pattern: [\\w+=,.@-]+')
}

/** One page in the way of IAM. */
export function listing<Item>(
  items: readonly Item[],
  { MaxItems = 100, Marker }: { readonly MaxItems?: number | undefined; readonly Marker?: string | undefined },
): { readonly items: Item[]; readonly end: { readonly IsTruncated: boolean; readonly Marker?: string } } {
  const { items: shown, next } = page(items, MaxItems, Marker)
  return { items: shown, end: { IsTruncated: next !== undefined, ...(next && { Marker: next }) } }
}
