import { tagChanges } from '../tags.ts'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

type Document = string | object

interface RoleProperties {
  readonly RoleName?: string
  readonly Path?: string
  readonly AssumeRolePolicyDocument: Document
  readonly Description?: string
  readonly MaxSessionDuration?: number
  readonly PermissionsBoundary?: string
  readonly ManagedPolicyArns?: readonly string[]
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: Document }[]
  readonly Tags?: unknown
}

const ABSENT = ['NoSuchEntityException']

export const documentText = (document: Document): string =>
  typeof document === 'string' ? document : JSON.stringify(document)

const role = resource<RoleProperties>({
  seconds: 15,
  async create(properties, context) {
    const { iam } = context.world.services
    const RoleName = properties.RoleName ?? context.name(64)
    iam.CreateRole({
      RoleName,
      Path: properties.Path,
      AssumeRolePolicyDocument: documentText(properties.AssumeRolePolicyDocument),
      Description: properties.Description,
      MaxSessionDuration: properties.MaxSessionDuration,
      PermissionsBoundary: properties.PermissionsBoundary,
      Tags: context.tags(properties.Tags),
    })
    try {
      addPolicies(RoleName, properties, context)
    } catch (error) {
      await removeRole(RoleName, properties, context)
      throw error
    }
    return RoleName
  },
  update(RoleName, properties, before, context) {
    const { iam } = context.world.services
    const { MaxSessionDuration = 3600, Description = '', PermissionsBoundary } = properties
    iam.UpdateRole({ RoleName, MaxSessionDuration, Description })
    iam.UpdateAssumeRolePolicy({ RoleName, PolicyDocument: documentText(properties.AssumeRolePolicyDocument) })
    if (PermissionsBoundary === undefined) iam.DeleteRolePermissionsBoundary({ RoleName })
    else iam.PutRolePermissionsBoundary({ RoleName, PermissionsBoundary })
    removePolicies(RoleName, before, context, properties)
    addPolicies(RoleName, properties, context)
    const { set, remove } = tagChanges(iam.ListRoleTags({ RoleName }).Tags, context.tags(properties.Tags))
    iam.TagRole({ RoleName, Tags: set })
    iam.UntagRole({ RoleName, TagKeys: remove })
  },
  delete: (id, properties, context) => removeRole(id, properties, context),
  attributes(RoleName, { world }) {
    const { Arn, RoleId } = world.services.iam.GetRole({ RoleName }).Role
    return { Arn, RoleId }
  },
})

function addPolicies(RoleName: string, properties: RoleProperties, { world: { services } }: ResourceContext): void {
  for (const PolicyArn of properties.ManagedPolicyArns ?? []) services.iam.AttachRolePolicy({ RoleName, PolicyArn })
  for (const { PolicyName, PolicyDocument } of properties.Policies ?? []) {
    services.iam.PutRolePolicy({ RoleName, PolicyName, PolicyDocument: documentText(PolicyDocument) })
  }
}

/** Removes what CloudFormation had given the role, save what it keeps; other policies are not its own. */
function removePolicies(
  RoleName: string,
  given: RoleProperties,
  { world: { services } }: ResourceContext,
  kept?: RoleProperties,
): void {
  const attached = services.iam.ListAttachedRolePolicies({ RoleName }).AttachedPolicies
  for (const PolicyArn of given.ManagedPolicyArns ?? []) {
    const isAttached = attached.some((policy) => policy.PolicyArn === PolicyArn)
    if (isAttached && !kept?.ManagedPolicyArns?.includes(PolicyArn)) {
      services.iam.DetachRolePolicy({ RoleName, PolicyArn })
    }
  }
  const inline = services.iam.ListRolePolicies({ RoleName }).PolicyNames
  for (const { PolicyName } of given.Policies ?? []) {
    const isKept = kept?.Policies?.some((policy) => policy.PolicyName === PolicyName)
    if (inline.includes(PolicyName) && !isKept) services.iam.DeleteRolePolicy({ RoleName, PolicyName })
  }
}

const removeRole = (RoleName: string, properties: RoleProperties, context: ResourceContext): Promise<void> =>
  ignoringAbsent(ABSENT, () => {
    removePolicies(RoleName, properties, context)
    context.world.services.iam.DeleteRole({ RoleName })
  })

interface InstanceProfileProperties {
  readonly InstanceProfileName?: string
  readonly Path?: string
  readonly Roles: readonly string[]
}

const instanceProfile = resource<InstanceProfileProperties>({
  seconds: 60,
  async create({ InstanceProfileName: given, Path, Roles }, context) {
    const { iam } = context.world.services
    const InstanceProfileName = given ?? context.name(128)
    iam.CreateInstanceProfile({ InstanceProfileName, Path })
    try {
      for (const RoleName of Roles) iam.AddRoleToInstanceProfile({ InstanceProfileName, RoleName })
    } catch (error) {
      await removeInstanceProfile(InstanceProfileName, context)
      throw error
    }
    return InstanceProfileName
  },
  update(InstanceProfileName, { Roles }, before, { world: { services } }) {
    for (const RoleName of before.Roles) services.iam.RemoveRoleFromInstanceProfile({ InstanceProfileName, RoleName })
    for (const RoleName of Roles) services.iam.AddRoleToInstanceProfile({ InstanceProfileName, RoleName })
  },
  delete: (id, _properties, context) => removeInstanceProfile(id, context),
  attributes: (InstanceProfileName, { world }) => ({
    Arn: world.services.iam.GetInstanceProfile({ InstanceProfileName }).InstanceProfile.Arn,
  }),
})

const removeInstanceProfile = (InstanceProfileName: string, { world: { services } }: ResourceContext): Promise<void> =>
  ignoringAbsent(ABSENT, () => {
    const { Roles } = services.iam.GetInstanceProfile({ InstanceProfileName }).InstanceProfile
    for (const { RoleName } of Roles) services.iam.RemoveRoleFromInstanceProfile({ InstanceProfileName, RoleName })
    services.iam.DeleteInstanceProfile({ InstanceProfileName })
  })

interface OidcProviderProperties {
  readonly Url?: string
  readonly ClientIdList?: string[]
  readonly ThumbprintList?: string[]
  readonly Tags?: unknown
}

const oidcProvider = resource<OidcProviderProperties>({
  create: ({ Url, ClientIdList, ThumbprintList, Tags }, context) =>
    context.world.services.iam.CreateOpenIDConnectProvider({
      Url,
      ClientIDList: ClientIdList,
      ThumbprintList,
      Tags: context.tags(Tags),
    }).OpenIDConnectProviderArn,
  update(OpenIDConnectProviderArn, { ClientIdList = [], ThumbprintList = [], Tags }, before, context) {
    const { iam } = context.world.services
    for (const ClientID of before.ClientIdList ?? []) {
      iam.RemoveClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID })
    }
    for (const ClientID of ClientIdList) iam.AddClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID })
    iam.UpdateOpenIDConnectProviderThumbprint({ OpenIDConnectProviderArn, ThumbprintList })
    const current = iam.ListOpenIDConnectProviderTags({ OpenIDConnectProviderArn }).Tags
    const { set, remove } = tagChanges(current, context.tags(Tags))
    iam.TagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags: set })
    iam.UntagOpenIDConnectProvider({ OpenIDConnectProviderArn, TagKeys: remove })
  },
  delete: (OpenIDConnectProviderArn, _properties, { world: { services } }) =>
    ignoringAbsent(ABSENT, () => services.iam.DeleteOpenIDConnectProvider({ OpenIDConnectProviderArn })),
  attributes: (Arn) => ({ Arn }),
})

interface ServiceLinkedRoleProperties {
  readonly AWSServiceName?: string
  readonly CustomSuffix?: string
  readonly Description?: string
}

const serviceLinkedRole = resource<ServiceLinkedRoleProperties>({
  seconds: 15,
  create: ({ AWSServiceName, CustomSuffix, Description }, { world: { services } }) =>
    services.iam.CreateServiceLinkedRole({ AWSServiceName, CustomSuffix, Description }).Role.RoleName,
  update(RoleName, { Description = '' }, _before, { world: { services } }) {
    services.iam.UpdateRoleDescription({ RoleName, Description })
  },
  delete: (RoleName, _properties, { world: { services } }) =>
    ignoringAbsent(ABSENT, () => services.iam.DeleteServiceLinkedRole({ RoleName })),
  attributes: (RoleName) => ({ RoleName }),
})

export const iamResources = {
  'AWS::IAM::Role': role,
  'AWS::IAM::InstanceProfile': instanceProfile,
  'AWS::IAM::OIDCProvider': oidcProvider,
  'AWS::IAM::ServiceLinkedRole': serviceLinkedRole,
}
