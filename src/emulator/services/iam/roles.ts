import type * as Sdk from '@aws-sdk/client-iam'
import { AwsError } from '../../errors.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { encoded, policySize, requireTrustPolicy } from './documents.ts'
import { requireBoundary } from './policies.ts'
import {
  alreadyExists,
  deleteConflict,
  findRole,
  iamArn,
  limitExceeded,
  listing,
  type Role,
  requireName,
  uniqueId,
  validationError,
} from './state.ts'

const TRUST_POLICY_SIZE = 2048

/** What lists of roles show, and roles within instance profiles. */
export const summarizeRole = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: role.created,
  AssumeRolePolicyDocument: encoded(role.trust),
})

export const roles = (world: World) => {
  const boundary = ({ boundary: arn }: Role) =>
    arn !== undefined && {
      PermissionsBoundary: {
        PermissionsBoundaryType: 'Policy' as Sdk.PermissionsBoundaryAttachmentType,
        PermissionsBoundaryArn: arn,
      },
    }
  const tags = (role: Role) => Object.keys(role.tags).length > 0 && { Tags: tagList(role.tags) }
  const describe = (role: Role) => ({
    ...summarizeRole(role),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maximumSession,
  })
  const modifiable = (name: string | undefined): Role => {
    const role = findRole(world, name)
    if (!role.path.startsWith('/aws-service-role/')) return role
    throw new AwsError(
      'UnmodifiableEntityException',
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    )
  }

  return {
    CreateRole: (input) => {
      const { RoleName: name = '', Path: path = '/', AssumeRolePolicyDocument: trust = '', Description } = input
      requireName('roleName', name, 64)
      if (world.state.iam.roles[name]) throw alreadyExists(`Role with name ${name} already exists.`)
      requireTrust(trust)
      const { PermissionsBoundary } = input
      if (PermissionsBoundary !== undefined) requireBoundary(world, PermissionsBoundary)
      const role: Role = {
        name,
        path,
        id: uniqueId(world, 'AROA'),
        arn: iamArn(world, `role${path}${name}`),
        created: world.clock.now(),
        trust,
        ...(Description !== undefined && { description: Description }),
        maximumSession: sessionDuration(input.MaxSessionDuration),
        ...(PermissionsBoundary !== undefined && { boundary: PermissionsBoundary }),
        inline: {},
        attached: [],
        tags: tagRecord(input.Tags),
      }
      world.state.iam.roles[name] = role
      return { Role: { ...summarizeRole(role), ...boundary(role), ...tags(role) } }
    },

    GetRole: ({ RoleName }) => {
      const role = findRole(world, RoleName)
      return { Role: { ...describe(role), ...boundary(role), ...tags(role), RoleLastUsed: {} } }
    },

    ListRoles: ({ PathPrefix = '/', ...paging }) => {
      const matching = Object.values(world.state.iam.roles)
        .filter(({ path }) => path.startsWith(PathPrefix))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      const { items, end } = listing(matching, paging)
      return { Roles: items.map(describe), ...end }
    },

    UpdateRole: ({ RoleName, Description, MaxSessionDuration }) => {
      const role = modifiable(RoleName)
      if (MaxSessionDuration !== undefined) role.maximumSession = sessionDuration(MaxSessionDuration)
      if (Description !== undefined) role.description = Description
      return {}
    },

    UpdateRoleDescription: ({ RoleName, Description = '' }) => {
      const role = findRole(world, RoleName)
      role.description = Description
      return { Role: describe(role) }
    },

    UpdateAssumeRolePolicy: ({ RoleName, PolicyDocument = '' }) => {
      const role = modifiable(RoleName)
      requireTrust(PolicyDocument)
      role.trust = PolicyDocument
      return {}
    },

    DeleteRole: ({ RoleName }) => {
      const { name, attached, inline } = modifiable(RoleName)
      const profiles = Object.values(world.state.iam.instanceProfiles)
      if (profiles.some(({ roles: within }) => within.includes(name))) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
      }
      if (attached.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.')
      if (Object.keys(inline).length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.')
      delete world.state.iam.roles[name]
      return {}
    },

    PutRolePermissionsBoundary: ({ RoleName, PermissionsBoundary = '' }) => {
      const role = modifiable(RoleName)
      requireBoundary(world, PermissionsBoundary)
      role.boundary = PermissionsBoundary
      return {}
    },

    DeleteRolePermissionsBoundary: ({ RoleName }) => {
      delete modifiable(RoleName).boundary
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}

function requireTrust(document: string): void {
  requireTrustPolicy(document)
  if (policySize(document) > TRUST_POLICY_SIZE) {
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_SIZE}`)
  }
}

function sessionDuration(seconds = 3600): number {
  if (seconds >= 3600 && seconds <= 43200) return seconds
  const rule = seconds < 3600 ? 'greater than or equal to 3600' : 'less than or equal to 43200'
  throw validationError(
    `1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value ${rule}`,
  )
}
