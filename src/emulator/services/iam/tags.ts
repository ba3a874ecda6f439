import type * as Sdk from '@aws-sdk/client-iam'
import { type Tags, tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { findInstanceProfile } from './instance-profiles.ts'
import { findOidcProvider } from './oidc.ts'
import { findPolicy } from './policies.ts'
import { findRole, invalidInput, listing } from './state.ts'

interface Paging {
  readonly MaxItems?: number | undefined
  readonly Marker?: string | undefined
}

/** IAM has three operations a kind of entity, which differ in how the entity is named. */
export const tags = (world: World) => {
  const tag = (entity: { readonly tags: Tags }, list: readonly Sdk.Tag[] = []) => {
    const keys = list.map(({ Key = '' }) => Key.toLowerCase())
    if (new Set(keys).size < keys.length) {
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    }
    Object.assign(entity.tags, tagRecord(list))
    return {}
  }
  const untag = (entity: { readonly tags: Tags }, keys: readonly string[] = []) => {
    for (const key of keys) delete entity.tags[key]
    return {}
  }
  const list = (entity: { readonly tags: Tags }, paging: Paging) => {
    const { items, end } = listing(tagList(entity.tags), paging)
    return { Tags: items, ...end }
  }

  return {
    TagRole: ({ RoleName, Tags }) => tag(findRole(world, RoleName), Tags),
    UntagRole: ({ RoleName, TagKeys }) => untag(findRole(world, RoleName), TagKeys),
    ListRoleTags: ({ RoleName, ...paging }) => list(findRole(world, RoleName), paging),

    TagPolicy: ({ PolicyArn, Tags }) => tag(findPolicy(world, PolicyArn), Tags),
    UntagPolicy: ({ PolicyArn, TagKeys }) => untag(findPolicy(world, PolicyArn), TagKeys),
    ListPolicyTags: ({ PolicyArn, ...paging }) => list(findPolicy(world, PolicyArn), paging),

    TagInstanceProfile: ({ InstanceProfileName, Tags }) => tag(findInstanceProfile(world, InstanceProfileName), Tags),
    UntagInstanceProfile: ({ InstanceProfileName, TagKeys }) =>
      untag(findInstanceProfile(world, InstanceProfileName), TagKeys),
    ListInstanceProfileTags: ({ InstanceProfileName, ...paging }) =>
      list(findInstanceProfile(world, InstanceProfileName), paging),

    TagOpenIDConnectProvider: ({ OpenIDConnectProviderArn, Tags }) =>
      tag(findOidcProvider(world, OpenIDConnectProviderArn), Tags),
    UntagOpenIDConnectProvider: ({ OpenIDConnectProviderArn, TagKeys }) =>
      untag(findOidcProvider(world, OpenIDConnectProviderArn), TagKeys),
    ListOpenIDConnectProviderTags: ({ OpenIDConnectProviderArn, ...paging }) =>
      list(findOidcProvider(world, OpenIDConnectProviderArn), paging),
  } satisfies Handlers<typeof Sdk>
}
