import type * as Sdk from '@aws-sdk/client-iam'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { summarizeRole } from './roles.ts'
import {
  alreadyExists,
  deleteConflict,
  findRole,
  type InstanceProfile,
  iamArn,
  limitExceeded,
  listing,
  noSuchEntity,
  requireName,
  uniqueId,
} from './state.ts'

export function findInstanceProfile(world: World, name = ''): InstanceProfile {
  const profile = world.state.iam.instanceProfiles[name]
  if (profile) return profile
  throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
}

export const instanceProfiles = (world: World) => {
  const describe = (profile: InstanceProfile) => ({
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: profile.created,
    Roles: profile.roles.map((name) => summarizeRole(findRole(world, name))),
  })
  const list = (
    profiles: readonly InstanceProfile[],
    paging: { MaxItems?: number | undefined; Marker?: string | undefined },
  ) => {
    const { items, end } = listing(profiles, paging)
    return { InstanceProfiles: items.map(describe), ...end }
  }

  return {
    CreateInstanceProfile: ({ InstanceProfileName: name = '', Path: path = '/', Tags }) => {
      requireName('instanceProfileName', name, 128)
      if (world.state.iam.instanceProfiles[name]) throw alreadyExists(`Instance Profile ${name} already exists.`)
      const profile: InstanceProfile = {
        name,
        path,
        id: uniqueId(world, 'AIPA'),
        arn: iamArn(world, `instance-profile${path}${name}`),
        created: world.clock.now(),
        roles: [],
        tags: tagRecord(Tags),
      }
      world.state.iam.instanceProfiles[name] = profile
      return { InstanceProfile: { ...describe(profile), ...(Tags?.length && { Tags }) } }
    },

    GetInstanceProfile: ({ InstanceProfileName }) => {
      const profile = findInstanceProfile(world, InstanceProfileName)
      return { InstanceProfile: { ...describe(profile), Tags: tagList(profile.tags) } }
    },

    ListInstanceProfiles: ({ PathPrefix = '/', ...paging }) =>
      list(
        Object.values(world.state.iam.instanceProfiles).filter(({ path }) => path.startsWith(PathPrefix)),
        paging,
      ),

    ListInstanceProfilesForRole: ({ RoleName, ...paging }) => {
      const { name } = findRole(world, RoleName)
      return list(
        Object.values(world.state.iam.instanceProfiles).filter(({ roles }) => roles.includes(name)),
        paging,
      )
    },

    AddRoleToInstanceProfile: ({ InstanceProfileName, RoleName }) => {
      const profile = findInstanceProfile(world, InstanceProfileName)
      const role = findRole(world, RoleName)
      if (profile.roles.length > 0) throw limitExceeded('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
      profile.roles = [role.name]
      return {}
    },

    RemoveRoleFromInstanceProfile: ({ InstanceProfileName, RoleName }) => {
      const profile = findInstanceProfile(world, InstanceProfileName)
      const role = findRole(world, RoleName)
      if (!profile.roles.includes(role.name)) {
        throw noSuchEntity(`Role ${role.name} in Instance Profile ${profile.name} cannot be found.`)
      }
      profile.roles = []
      return {}
    },

    DeleteInstanceProfile: ({ InstanceProfileName }) => {
      const { name, roles } = findInstanceProfile(world, InstanceProfileName)
      if (roles.length > 0) throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
      delete world.state.iam.instanceProfiles[name]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
