import { AwsError } from '../errors.ts'
import { documentText } from './iam.ts'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface Holders {
  readonly Roles?: readonly string[]
  readonly Users?: readonly string[]
  readonly Groups?: readonly string[]
}

interface PolicyProperties extends Holders {
  readonly PolicyName: string
  readonly PolicyDocument: string | object
}

const ABSENT = ['NoSuchEntityException']

/** The only user of this AWS is its caller, and there are no groups. */
function rolesOf({ Roles = [], Users = [], Groups = [] }: Holders): readonly string[] {
  if (Users[0]) throw new AwsError('NoSuchEntityException', `The user with name ${Users[0]} cannot be found.`)
  if (Groups[0]) throw new AwsError('NoSuchEntityException', `The group with name ${Groups[0]} cannot be found.`)
  return Roles
}

const policy = resource<PolicyProperties>({
  seconds: 15,
  create(properties, context) {
    putPolicy(properties, context)
    return context.name(128)
  },
  async update(_id, properties, before, context) {
    putPolicy(properties, context)
    const { PolicyName } = properties
    const left = rolesOf(before).filter(
      (name) => PolicyName !== before.PolicyName || !rolesOf(properties).includes(name),
    )
    await removePolicy(before.PolicyName, left, context)
  },
  delete: (_id, properties, context) => removePolicy(properties.PolicyName, rolesOf(properties), context),
  attributes: (Id) => ({ Id }),
})

function putPolicy(properties: PolicyProperties, { world: { services } }: ResourceContext): void {
  const { PolicyName, PolicyDocument } = properties
  for (const RoleName of rolesOf(properties)) {
    services.iam.PutRolePolicy({ RoleName, PolicyName, PolicyDocument: documentText(PolicyDocument) })
  }
}

async function removePolicy(
  PolicyName: string,
  roles: readonly string[],
  { world: { services } }: ResourceContext,
): Promise<void> {
  for (const RoleName of roles) {
    await ignoringAbsent(ABSENT, () => services.iam.DeleteRolePolicy({ RoleName, PolicyName }))
  }
}

interface ManagedPolicyProperties extends Holders {
  readonly ManagedPolicyName?: string
  readonly Path?: string
  readonly Description?: string
  readonly PolicyDocument: string | object
}

const managedPolicy = resource<ManagedPolicyProperties>({
  seconds: 15,
  async create(properties, context) {
    const { iam } = context.world.services
    const PolicyArn = iam.CreatePolicy({
      PolicyName: properties.ManagedPolicyName ?? context.name(128),
      Path: properties.Path,
      Description: properties.Description,
      PolicyDocument: documentText(properties.PolicyDocument),
    }).Policy.Arn
    try {
      for (const RoleName of rolesOf(properties)) iam.AttachRolePolicy({ RoleName, PolicyArn })
    } catch (error) {
      await removeManagedPolicy(PolicyArn, properties, context)
      throw error
    }
    return PolicyArn
  },
  async update(PolicyArn, properties, before, context) {
    const { iam } = context.world.services
    const PolicyDocument = documentText(properties.PolicyDocument)
    if (PolicyDocument !== documentText(before.PolicyDocument)) {
      removeOldVersions(PolicyArn, 4, context)
      iam.CreatePolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: true })
    }
    const left = rolesOf(before).filter((name) => !rolesOf(properties).includes(name))
    await detach(PolicyArn, left, context)
    for (const RoleName of rolesOf(properties)) iam.AttachRolePolicy({ RoleName, PolicyArn })
  },
  delete: (id, properties, context) => removeManagedPolicy(id, properties, context),
  attributes(PolicyArn, { world }) {
    const { Policy } = world.services.iam.GetPolicy({ PolicyArn })
    return { ...Policy, PolicyArn }
  },
})

async function detach(PolicyArn: string, roles: readonly string[], { world }: ResourceContext): Promise<void> {
  for (const RoleName of roles) {
    await ignoringAbsent(ABSENT, () => world.services.iam.DetachRolePolicy({ RoleName, PolicyArn }))
  }
}

/** The newest are kept, and the default. */
function removeOldVersions(PolicyArn: string, keep: number, { world: { services } }: ResourceContext): void {
  const { Versions } = services.iam.ListPolicyVersions({ PolicyArn })
  for (const { VersionId, IsDefaultVersion } of Versions.slice(keep)) {
    if (!IsDefaultVersion) services.iam.DeletePolicyVersion({ PolicyArn, VersionId })
  }
}

const removeManagedPolicy = (
  PolicyArn: string,
  properties: ManagedPolicyProperties,
  context: ResourceContext,
): Promise<void> =>
  ignoringAbsent(ABSENT, async () => {
    await detach(PolicyArn, rolesOf(properties), context)
    removeOldVersions(PolicyArn, 0, context)
    context.world.services.iam.DeletePolicy({ PolicyArn })
  })

export const iamPolicyResources = {
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
}
