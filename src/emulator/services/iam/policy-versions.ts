import type * as Sdk from '@aws-sdk/client-iam'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { findAwsPolicy } from './aws-policies.ts'
import { encoded } from './documents.ts'
import { findPolicy, requirePolicyDocument } from './policies.ts'
import { deleteConflict, limitExceeded, listing, noSuchEntity, type Policy, type PolicyVersion } from './state.ts'

const VERSIONS = 5

export const policyVersions = (world: World) => {
  const find = (arn = '', id = ''): { policy: Policy; version: PolicyVersion } => {
    const policy = world.state.iam.policies[arn]
    const version = policy?.versions.find((one) => one.id === id)
    if (policy && version) return { policy, version }
    throw noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`)
  }
  const describe = ({ defaultVersion }: Policy, { id, created }: PolicyVersion) => ({
    VersionId: id,
    IsDefaultVersion: id === defaultVersion,
    CreateDate: created,
  })

  return {
    CreatePolicyVersion: ({ PolicyArn, PolicyDocument: document = '', SetAsDefault }) => {
      const policy = findPolicy(world, PolicyArn)
      requirePolicyDocument(document)
      if (policy.versions.length >= VERSIONS) {
        throw limitExceeded(
          `A managed policy can have up to ${VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
        )
      }
      policy.lastNumber++
      const version = { id: `v${policy.lastNumber}`, document, created: world.clock.now() }
      policy.versions.push(version)
      policy.updated = version.created
      if (SetAsDefault) policy.defaultVersion = version.id
      return { PolicyVersion: describe(policy, version) }
    },

    GetPolicyVersion: ({ PolicyArn = '', VersionId }) => {
      if (findAwsPolicy(PolicyArn)) {
        throw new AwsError(
          'NotImplemented',
          'The embedded AWS does not hold the documents of AWS managed policies.',
          501,
        )
      }
      const { policy, version } = find(PolicyArn, VersionId)
      return { PolicyVersion: { ...describe(policy, version), Document: encoded(version.document) } }
    },

    ListPolicyVersions: ({ PolicyArn, ...paging }) => {
      const policy = findPolicy(world, PolicyArn)
      const { items, end } = listing([...policy.versions].reverse(), paging)
      return { Versions: items.map((version) => describe(policy, version)), ...end }
    },

    SetDefaultPolicyVersion: ({ PolicyArn, VersionId }) => {
      const { policy, version } = find(PolicyArn, VersionId)
      policy.defaultVersion = version.id
      return {}
    },

    DeletePolicyVersion: ({ PolicyArn, VersionId }) => {
      const { policy, version } = find(PolicyArn, VersionId)
      if (version.id === policy.defaultVersion) throw deleteConflict('Cannot delete the default version of a policy.')
      policy.versions = policy.versions.filter(({ id }) => id !== version.id)
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
