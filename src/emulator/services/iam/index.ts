import type * as Sdk from '@aws-sdk/client-iam'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { instanceProfiles } from './instance-profiles.ts'
import { oidcProviders } from './oidc.ts'
import { policies } from './policies.ts'
import { policyVersions } from './policy-versions.ts'
import { rolePolicies } from './role-policies.ts'
import { roles } from './roles.ts'
import { serviceLinkedRoles } from './service-linked-roles.ts'
import { iamArn, noSuchEntity } from './state.ts'
import { tags } from './tags.ts'

/** The one user is whoever calls; STS says the same. */
const account = (world: World) =>
  ({
    GetUser: ({ UserName = 'local' }) => {
      if (UserName !== 'local') throw noSuchEntity(`The user with name ${UserName} cannot be found.`)
      const CreateDate = new Date('2026-01-01T00:00:00Z')
      return {
        User: { Path: '/', UserName, UserId: 'AIDALOCALLOCALLOCAL00', Arn: iamArn(world, 'user/local'), CreateDate },
      }
    },

    ListAccountAliases: () => ({ AccountAliases: [], IsTruncated: false }),
  }) satisfies Handlers<typeof Sdk>

export const iam = (world: World) => ({
  ...roles(world),
  ...rolePolicies(world),
  ...policies(world),
  ...policyVersions(world),
  ...instanceProfiles(world),
  ...oidcProviders(world),
  ...serviceLinkedRoles(world),
  ...tags(world),
  ...account(world),
})
