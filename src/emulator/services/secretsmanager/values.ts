import type * as Sdk from '@aws-sdk/client-secrets-manager'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { badRequest, findUsable, notFound, type Secret, type SecretVersion } from './state.ts'

interface NewValue {
  readonly ClientRequestToken?: string | undefined
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
  readonly VersionStages?: readonly string[] | undefined
}

export const hasValue = ({ SecretString, SecretBinary }: NewValue): boolean =>
  SecretString !== undefined || SecretBinary !== undefined

/** Adds a version, or finds the one that the same request has added before. */
export function putValue(world: World, secret: Secret, value: NewValue): SecretVersion {
  const stages = [...(value.VersionStages ?? ['AWSCURRENT'])]
  const content = {
    ...(value.SecretString !== undefined && { string: value.SecretString }),
    ...(value.SecretBinary && { binary: Buffer.from(value.SecretBinary).toString('base64') }),
  }
  if (value.SecretString !== undefined && value.SecretBinary) {
    throw new AwsError(
      'InvalidParameterException',
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  const known = secret.versions.find(({ id }) => id === value.ClientRequestToken)
  if (known) {
    if (known.string === content.string && known.binary === content.binary) return known
    throw new AwsError(
      'ResourceExistsException',
      "You can't use ClientRequestToken because that value is already in use for a version of secret " +
        secret.arn +
        '.',
    )
  }
  const version = {
    id: value.ClientRequestToken ?? world.random.uuid(),
    ...content,
    created: world.clock.now(),
    stages: [],
  }
  secret.versions.push(version)
  for (const stage of stages) moveStage(secret, stage, version)
  secret.changed = version.created
  // A version without a stage is deprecated, and AWS deletes it.
  secret.versions = secret.versions.filter(({ stages }) => stages.length > 0)
  return version
}

function moveStage(secret: Secret, stage: string, to: SecretVersion): void {
  const from = secret.versions.find(({ stages }) => stages.includes(stage))
  if (from === to) return
  if (from) from.stages = from.stages.filter((name) => name !== stage)
  to.stages = [...to.stages, stage]
  if (stage === 'AWSCURRENT' && from) moveStage(secret, 'AWSPREVIOUS', from)
}

export const values = (world: World) =>
  ({
    GetSecretValue: ({ SecretId, VersionId, VersionStage }, call) => {
      const secret = findUsable(world, call, SecretId)
      const version = findVersion(secret, VersionId, VersionStage)
      secret.accessed = world.clock.now()
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        ...(version.string !== undefined && { SecretString: version.string }),
        ...(version.binary !== undefined && { SecretBinary: Buffer.from(version.binary, 'base64') }),
        VersionStages: version.stages,
        CreatedDate: version.created,
      }
    },

    PutSecretValue: (input, call: Call) => {
      const secret = findUsable(world, call, input.SecretId)
      if (!hasValue(input)) throw badRequest('You must provide either SecretString or SecretBinary.')
      const { id, stages } = putValue(world, secret, input)
      return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages }
    },

    ListSecretVersionIds: ({ SecretId }, call) => {
      const { arn, name, versions } = findUsable(world, call, SecretId)
      return {
        ARN: arn,
        Name: name,
        Versions: versions.map(({ id, stages, created }) => ({
          VersionId: id,
          VersionStages: stages,
          CreatedDate: created,
          KmsKeyIds: ['DefaultEncryptionKey'],
        })),
      }
    },
  }) satisfies Handlers<typeof Sdk>

function findVersion({ versions }: Secret, id: string | undefined, stage: string | undefined): SecretVersion {
  const version = versions.find((one) =>
    id === undefined ? one.stages.includes(stage ?? 'AWSCURRENT') : one.id === id,
  )
  if (!version) {
    throw notFound(
      `secret value for ${id === undefined ? `staging label: ${stage ?? 'AWSCURRENT'}` : `VersionId: ${id}`}`,
    )
  }
  if (stage !== undefined && !version.stages.includes(stage)) {
    throw badRequest('You provided a VersionStage that is not associated to the provided VersionId.')
  }
  return version
}
