import type * as Sdk from '@aws-sdk/client-secrets-manager'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type World } from '../../world.ts'
import { badRequest, findSecret, findUsable, type Secret, secretsOf } from './state.ts'
import { hasValue, putValue } from './values.ts'

const DAY = 24 * 60 * 60 * 1000

export const secrets = (world: World) => {
  const describe = (secret: Secret) => ({
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: secret.created,
    LastChangedDate: secret.changed,
    LastAccessedDate: secret.accessed,
    DeletedDate: secret.deletion?.requested,
    Tags: tagList(secret.tags),
  })
  const stagesByVersion = ({ versions }: Secret): Record<string, string[]> =>
    Object.fromEntries(versions.map(({ id, stages }) => [id, stages]))

  return {
    CreateSecret: (input, call) => {
      const { Name: name = '', Description, KmsKeyId } = input
      if (!/^[\w/+=.@!-]{1,512}$/.test(name)) {
        throw new AwsError(
          'ValidationException',
          'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
        )
      }
      const existing = secretsOf(world, call)[name]
      if (existing?.deletion) {
        throw badRequest(
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
      }
      if (existing) {
        throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
      }
      const now = world.clock.now()
      const secret: Secret = {
        arn: arn(world, 'secretsmanager', call.region, `secret:${name}-${world.random.suffix(6)}`),
        name,
        ...(Description !== undefined && { description: Description }),
        ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
        created: now,
        changed: now,
        tags: tagRecord(input.Tags),
        versions: [],
      }
      const version = hasValue(input) ? putValue(world, secret, input) : undefined
      secretsOf(world, call)[name] = secret
      return { ARN: secret.arn, Name: name, ...(version && { VersionId: version.id }) }
    },

    UpdateSecret: (input, call) => {
      const secret = findUsable(world, call, input.SecretId)
      if (input.Description !== undefined) secret.description = input.Description
      if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId
      secret.changed = world.clock.now()
      const version = hasValue(input) ? putValue(world, secret, input) : undefined
      return { ARN: secret.arn, Name: secret.name, ...(version && { VersionId: version.id }) }
    },

    DescribeSecret: ({ SecretId }, call) => {
      const secret = findSecret(world, call, SecretId)
      return { ...describe(secret), VersionIdsToStages: stagesByVersion(secret) }
    },

    ListSecrets: ({ Filters = [], IncludePlannedDeletion = false, MaxResults = 100, NextToken, SortOrder }, call) => {
      const matching = Object.values(secretsOf(world, call))
        .filter(({ deletion }) => IncludePlannedDeletion || !deletion)
        .filter((secret) => Filters.every((filter) => passes(secret, filter)))
        .sort((a, b) => a.created.getTime() - b.created.getTime())
      if (SortOrder !== 'asc') matching.reverse()
      const { items, next } = page(matching, MaxResults, NextToken)
      return {
        SecretList: items.map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesByVersion(secret) })),
        ...(next && { NextToken: next }),
      }
    },

    DeleteSecret: ({ SecretId = '', RecoveryWindowInDays, ForceDeleteWithoutRecovery }, call) => {
      if (ForceDeleteWithoutRecovery && RecoveryWindowInDays !== undefined) {
        throw new AwsError(
          'InvalidParameterException',
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )
      }
      const days = RecoveryWindowInDays ?? 30
      if (days < 7 || days > 30) {
        throw new AwsError(
          'InvalidParameterException',
          'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
        )
      }
      const requested = world.clock.now()
      if (ForceDeleteWithoutRecovery) {
        const secret = findSecret(world, call, SecretId)
        delete secretsOf(world, call)[secret.name]
        return { ARN: secret.arn, Name: secret.name, DeletionDate: requested }
      }
      const secret = findUsable(world, call, SecretId)
      const due = new Date(requested.getTime() + days * DAY)
      secret.deletion = { requested, due }
      return { ARN: secret.arn, Name: secret.name, DeletionDate: due }
    },

    RestoreSecret: ({ SecretId }, call) => {
      const secret = findSecret(world, call, SecretId)
      delete secret.deletion
      return { ARN: secret.arn, Name: secret.name }
    },

    TagResource: ({ SecretId, Tags }, call) => {
      Object.assign(findUsable(world, call, SecretId).tags, tagRecord(Tags))
      return {}
    },

    UntagResource: ({ SecretId, TagKeys = [] }, call) => {
      const { tags } = findUsable(world, call, SecretId)
      for (const key of TagKeys) delete tags[key]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}

/** A value is the beginning of what it is compared with; after an exclamation mark, of what must not match. */
function passes({ name, description, tags }: Secret, { Key = 'all', Values = [] }: Sdk.Filter): boolean {
  const fields: Record<string, readonly string[]> = {
    name: [name],
    description: [description ?? ''],
    'tag-key': Object.keys(tags),
    'tag-value': Object.values(tags),
  }
  const texts = fields[Key] ?? Object.values(fields).flat()
  return Values.some((value) => {
    const excluded = value.startsWith('!')
    const prefix = value.slice(excluded ? 1 : 0).toLowerCase()
    return texts.some((text) => text.toLowerCase().startsWith(prefix)) !== excluded
  })
}
