import type * as Sdk from '@aws-sdk/client-iam'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { encoded, policySize, requireIdentityPolicy } from './documents.ts'
import { requireAttachable } from './policies.ts'
import { findRole, limitExceeded, listing, noSuchEntity, type Role, requireName } from './state.ts'

const INLINE_SIZE = 10_240
const ATTACHED = 10

/** Policies within roles, and managed policies attached to them. */
export const rolePolicies = (world: World) => {
  const inline = ({ inline }: Role, name = ''): string => {
    const document = inline[name]
    if (document !== undefined) return document
    throw noSuchEntity(`The role policy with name ${name} cannot be found.`)
  }

  return {
    PutRolePolicy: ({ RoleName, PolicyName = '', PolicyDocument = '' }) => {
      const role = findRole(world, RoleName)
      requireName('policyName', PolicyName, 128)
      requireIdentityPolicy(PolicyDocument)
      const documents = Object.values({ ...role.inline, [PolicyName]: PolicyDocument })
      if (documents.reduce((sum, document) => sum + policySize(document), 0) > INLINE_SIZE) {
        throw limitExceeded(`Maximum policy size of ${INLINE_SIZE} bytes exceeded for role ${role.name}`)
      }
      role.inline[PolicyName] = PolicyDocument
      return {}
    },

    GetRolePolicy: ({ RoleName, PolicyName }) => {
      const role = findRole(world, RoleName)
      return { RoleName: role.name, PolicyName, PolicyDocument: encoded(inline(role, PolicyName)) }
    },

    ListRolePolicies: ({ RoleName, ...paging }) => {
      const { items, end } = listing(Object.keys(findRole(world, RoleName).inline), paging)
      return { PolicyNames: items, ...end }
    },

    DeleteRolePolicy: ({ RoleName, PolicyName = '' }) => {
      const role = findRole(world, RoleName)
      inline(role, PolicyName)
      delete role.inline[PolicyName]
      return {}
    },

    AttachRolePolicy: ({ RoleName, PolicyArn = '' }) => {
      const role = findRole(world, RoleName)
      requireAttachable(world, PolicyArn)
      if (role.attached.includes(PolicyArn)) return {}
      if (role.attached.length >= ATTACHED) throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${ATTACHED}`)
      role.attached.push(PolicyArn)
      return {}
    },

    DetachRolePolicy: ({ RoleName, PolicyArn = '' }) => {
      const role = findRole(world, RoleName)
      if (!role.attached.includes(PolicyArn)) throw noSuchEntity(`Policy ${PolicyArn} was not found.`)
      role.attached = role.attached.filter((arn) => arn !== PolicyArn)
      return {}
    },

    ListAttachedRolePolicies: ({ RoleName, PathPrefix = '/', ...paging }) => {
      const { attached } = findRole(world, RoleName)
      const matching = attached.filter((arn) => arn.slice(arn.indexOf('/')).startsWith(PathPrefix))
      const { items, end } = listing(matching, paging)
      return { AttachedPolicies: items.map((arn) => ({ PolicyArn: arn, PolicyName: arn.split('/').at(-1) })), ...end }
    },
  } satisfies Handlers<typeof Sdk>
}
