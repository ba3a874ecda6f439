import type * as Sdk from '@aws-sdk/client-iam'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { awsPolicies, findAwsPolicy } from './aws-policies.ts'
import { policySize, requireIdentityPolicy } from './documents.ts'
import {
  alreadyExists,
  deleteConflict,
  iamArn,
  invalidInput,
  limitExceeded,
  listing,
  noSuchEntity,
  type Policy,
  requireName,
  uniqueId,
  validationError,
} from './state.ts'

const POLICY_SIZE = 6144
const ARN = /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/

const isPolicy = (world: World, arn: string): boolean =>
  world.state.iam.policies[arn] !== undefined || findAwsPolicy(arn) !== undefined

export function requireAttachable(world: World, arn: string): void {
  if (!ARN.test(arn)) throw validationError(`ARN ${arn} is not valid.`)
  if (!isPolicy(world, arn)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
}

export function requireBoundary(world: World, arn: string): void {
  if (!ARN.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`)
  if (!isPolicy(world, arn)) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
}

/** A policy of the account; those of AWS cannot be changed. */
export function findPolicy(world: World, arn = ''): Policy {
  const policy = world.state.iam.policies[arn]
  if (policy) return policy
  throw noSuchEntity(`Policy ${arn} was not found.`)
}

export function requirePolicyDocument(document: string): void {
  requireIdentityPolicy(document)
  if (policySize(document) > POLICY_SIZE) throw limitExceeded(`Cannot exceed quota for PolicySize: ${POLICY_SIZE}`)
}

/** AWS's policies are older than any account. */
const ANCIENT = new Date('2015-02-06T18:40:58Z')

export const policies = (world: World) => {
  const roles = () => Object.values(world.state.iam.roles)
  const usage = (arn: string) => ({
    AttachmentCount: roles().filter(({ attached }) => attached.includes(arn)).length,
    PermissionsBoundaryUsageCount: roles().filter(({ boundary }) => boundary === arn).length,
  })
  const describe = (policy: Policy) => ({
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    ...usage(policy.arn),
    IsAttachable: true,
    CreateDate: policy.created,
    UpdateDate: policy.updated,
  })
  const describeAws = ({ arn, name, path }: { arn: string; name: string; path: string }) => ({
    PolicyName: name,
    PolicyId: `ANPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(0, 17)}`,
    Arn: arn,
    Path: path,
    DefaultVersionId: 'v1',
    ...usage(arn),
    IsAttachable: true,
    CreateDate: ANCIENT,
    UpdateDate: ANCIENT,
  })

  return {
    CreatePolicy: ({ PolicyName: name = '', Path: path = '/', PolicyDocument: document = '', Description, Tags }) => {
      requireName('policyName', name, 128)
      requirePolicyDocument(document)
      const arn = iamArn(world, `policy${path}${name}`)
      if (Object.values(world.state.iam.policies).some((policy) => policy.name === name)) {
        throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)
      }
      const created = world.clock.now()
      const policy: Policy = {
        name,
        path,
        id: uniqueId(world, 'ANPA'),
        arn,
        ...(Description !== undefined && { description: Description }),
        created,
        updated: created,
        versions: [{ id: 'v1', document, created }],
        defaultVersion: 'v1',
        lastNumber: 1,
        tags: tagRecord(Tags),
      }
      world.state.iam.policies[arn] = policy
      return { Policy: { ...describe(policy), ...(Tags?.length && { Tags }) } }
    },

    GetPolicy: ({ PolicyArn = '' }) => {
      const ofAws = findAwsPolicy(PolicyArn)
      if (ofAws) return { Policy: { ...describeAws(ofAws), Tags: [] } }
      const policy = world.state.iam.policies[PolicyArn]
      if (!policy) throw noSuchEntity(`Policy ${PolicyArn} was not found.`)
      return {
        Policy: {
          ...describe(policy),
          ...(policy.description !== undefined && { Description: policy.description }),
          Tags: tagList(policy.tags),
        },
      }
    },

    ListPolicies: ({ Scope = 'All', OnlyAttached = false, PathPrefix = '/', ...paging }) => {
      const own = Scope === 'AWS' ? [] : Object.values(world.state.iam.policies).map(describe)
      const ofAws = Scope === 'Local' ? [] : awsPolicies().map(describeAws)
      const matching = [...own, ...ofAws].filter(
        ({ Path, AttachmentCount }) => Path.startsWith(PathPrefix) && (!OnlyAttached || AttachmentCount > 0),
      )
      const { items, end } = listing(matching, paging)
      return { Policies: items, ...end }
    },

    ListEntitiesForPolicy: ({ PolicyArn = '' }) => {
      if (!isPolicy(world, PolicyArn)) throw noSuchEntity(`Policy ${PolicyArn} was not found.`)
      const attached = roles().filter(({ attached }) => attached.includes(PolicyArn))
      return {
        PolicyGroups: [],
        PolicyUsers: [],
        PolicyRoles: attached.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        IsTruncated: false,
      }
    },

    DeletePolicy: ({ PolicyArn }) => {
      const policy = findPolicy(world, PolicyArn)
      if (usage(policy.arn).AttachmentCount > 0) throw deleteConflict('Cannot delete a policy attached to entities.')
      if (policy.versions.length > 1) {
        throw deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        )
      }
      delete world.state.iam.policies[policy.arn]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
