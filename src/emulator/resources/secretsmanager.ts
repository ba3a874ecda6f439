import type { GetRandomPasswordCommandInput } from '@aws-sdk/client-secrets-manager'
import { AwsError } from '../errors.ts'
import { tagChanges } from '../tags.ts'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface GenerateSecretString extends GetRandomPasswordCommandInput {
  readonly SecretStringTemplate?: string
  readonly GenerateStringKey?: string
}

interface SecretProperties {
  readonly Name?: string
  readonly Description?: string
  readonly KmsKeyId?: string
  readonly SecretString?: string
  readonly GenerateSecretString?: GenerateSecretString
  readonly Tags?: unknown
}

const secret = resource<SecretProperties>({
  create(properties, context) {
    const { world, call } = context
    const input = {
      Name: properties.Name ?? `${context.logicalId}-${world.random.suffix(12)}`,
      Description: properties.Description,
      KmsKeyId: properties.KmsKeyId,
      SecretString: secretString(properties, context),
      Tags: context.tags(properties.Tags),
    }
    return world.services.secretsmanager.CreateSecret(input, call).ARN
  },
  update(SecretId, properties, before, context) {
    const { call } = context
    const { secretsmanager } = context.world.services
    const { Description = '', KmsKeyId } = properties
    // The value of a generated secret stays until what generates it changes.
    const valueChanged =
      properties.SecretString !== before.SecretString ||
      JSON.stringify(properties.GenerateSecretString) !== JSON.stringify(before.GenerateSecretString)
    const value = valueChanged ? secretString(properties, context) : undefined
    secretsmanager.UpdateSecret({ SecretId, Description, KmsKeyId, SecretString: value }, call)
    const current = secretsmanager.DescribeSecret({ SecretId }, call).Tags
    const { set, remove } = tagChanges(current, context.tags(properties.Tags))
    secretsmanager.TagResource({ SecretId, Tags: set }, call)
    secretsmanager.UntagResource({ SecretId, TagKeys: remove }, call)
  },
  delete: (SecretId, _properties, { world, call }) =>
    ignoringAbsent(['ResourceNotFoundException'], () =>
      world.services.secretsmanager.DeleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }, call),
    ),
  attributes: (Id) => ({ Id }),
})

function secretString(
  { SecretString, GenerateSecretString }: SecretProperties,
  context: ResourceContext,
): string | undefined {
  if (!GenerateSecretString) return SecretString
  if (SecretString !== undefined) {
    throw new AwsError('InvalidRequest', 'You cannot specify both SecretString and GenerateSecretString.')
  }
  const { SecretStringTemplate, GenerateStringKey, ...how } = GenerateSecretString
  const { RandomPassword } = context.world.services.secretsmanager.GetRandomPassword(how)
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return RandomPassword
  return JSON.stringify({ ...template(SecretStringTemplate), [GenerateStringKey]: RandomPassword })
}

function template(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below.
  }
  throw new AwsError('InvalidRequest', 'The SecretStringTemplate must be a valid JSON object.')
}

export const secretsmanagerResources = { 'AWS::SecretsManager::Secret': secret }
