import type * as Sdk from '@aws-sdk/client-kms'
import { AwsError } from '../errors.ts'
import { page } from '../page.ts'
import { type Tags, tagRecord } from '../tags.ts'
import type { Handlers } from '../wire/handlers.ts'
import { arn, type Call, type World } from '../world.ts'

interface KeyState {
  readonly id: string
  readonly arn: string
  readonly usage: Sdk.KeyUsageType
  readonly spec: Sdk.KeySpec
  readonly madeAt: Date
  description: string
  policy: string
  enabled: boolean
  /** Days between two rotations; undefined while it is not rotated. */
  rotationDays?: number | undefined
  deletedAt?: Date
  tags: Tags
}

/** Keys by id. They are described; nothing is encrypted with them. */
export interface KmsState {
  readonly keys: Record<string, KeyState>
}

export const emptyKms = (): KmsState => ({ keys: {} })

const DAY = 24 * 3600 * 1000

export const kms = (world: World) => {
  const find = (wanted: string | undefined, { region }: Call): KeyState => {
    const id = wanted?.split('key/').at(-1) ?? ''
    const key = world.region(region).kms.keys[id]
    const isArn = wanted?.startsWith('arn:')
    if (key && (!isArn || key.arn === wanted)) return key
    const name = isArn ? wanted : arn(world, 'kms', region, `key/${id}`)
    throw new AwsError('NotFoundException', `Key '${name}' does not exist`)
  }
  const metadata = (key: KeyState): Sdk.KeyMetadata => ({
    ...{ AWSAccountId: world.account, KeyId: key.id, Arn: key.arn, CreationDate: key.madeAt },
    ...{ Description: key.description, KeyUsage: key.usage, KeySpec: key.spec, KeyManager: 'CUSTOMER' },
    Enabled: key.enabled && !key.deletedAt,
    KeyState: key.deletedAt ? 'PendingDeletion' : key.enabled ? 'Enabled' : 'Disabled',
    ...(key.deletedAt && { DeletionDate: key.deletedAt }),
    ...{ Origin: 'AWS_KMS', MultiRegion: false },
  })
  const rootPolicy = () => ({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${world.account}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  })
  return {
    CreateKey: (input, call) => {
      const id = world.random.uuid()
      const key: KeyState = {
        ...{ id, arn: arn(world, 'kms', call.region, `key/${id}`), madeAt: world.clock.now() },
        usage: input.KeyUsage ?? 'ENCRYPT_DECRYPT',
        spec: input.KeySpec ?? 'SYMMETRIC_DEFAULT',
        description: input.Description ?? '',
        policy: input.Policy ?? JSON.stringify(rootPolicy()),
        enabled: true,
        tags: Object.fromEntries((input.Tags ?? []).map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue])),
      }
      world.region(call.region).kms.keys[id] = key
      return { KeyMetadata: metadata(key) }
    },
    DescribeKey: ({ KeyId }, call) => ({ KeyMetadata: metadata(find(KeyId, call)) }),
    ListKeys: ({ Limit = 100, Marker }, call) => {
      const { items, next } = page(Object.values(world.region(call.region).kms.keys), Limit, Marker)
      const Keys = items.map(({ id, arn: KeyArn }) => ({ KeyId: id, KeyArn }))
      return { Keys, Truncated: next !== undefined, ...(next !== undefined && { NextMarker: next }) }
    },
    ListAliases: () => ({ Aliases: [], Truncated: false }),
    GetKeyPolicy: ({ KeyId }, call) => ({ Policy: find(KeyId, call).policy, PolicyName: 'default' }),
    PutKeyPolicy: ({ KeyId, Policy = '' }, call) => {
      find(KeyId, call).policy = Policy
      return {}
    },
    UpdateKeyDescription: ({ KeyId, Description = '' }, call) => {
      find(KeyId, call).description = Description
      return {}
    },
    EnableKey: ({ KeyId }, call) => {
      find(KeyId, call).enabled = true
      return {}
    },
    DisableKey: ({ KeyId }, call) => {
      find(KeyId, call).enabled = false
      return {}
    },
    GetKeyRotationStatus: ({ KeyId }, call) => {
      const { id, rotationDays } = find(KeyId, call)
      return {
        KeyId: id,
        KeyRotationEnabled: rotationDays !== undefined,
        ...(rotationDays !== undefined && { RotationPeriodInDays: rotationDays }),
      }
    },
    EnableKeyRotation: ({ KeyId, RotationPeriodInDays = 365 }, call) => {
      find(KeyId, call).rotationDays = RotationPeriodInDays
      return {}
    },
    DisableKeyRotation: ({ KeyId }, call) => {
      find(KeyId, call).rotationDays = undefined
      return {}
    },
    ListResourceTags: ({ KeyId }, call) => ({
      Tags: Object.entries(find(KeyId, call).tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      Truncated: false,
    }),
    TagResource: ({ KeyId, Tags = [] }, call) => {
      const tags = Tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value }))
      Object.assign(find(KeyId, call).tags, tagRecord(tags))
      return {}
    },
    ScheduleKeyDeletion: ({ KeyId, PendingWindowInDays = 30 }, call) => {
      const key = find(KeyId, call)
      if (key.deletedAt) throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`)
      key.deletedAt = new Date(world.clock.now().getTime() + PendingWindowInDays * DAY)
      return { KeyId: key.arn, DeletionDate: key.deletedAt, KeyState: 'PendingDeletion', PendingWindowInDays }
    },
    CancelKeyDeletion: ({ KeyId }, call) => {
      const key = find(KeyId, call)
      delete key.deletedAt
      key.enabled = false
      return { KeyId: key.arn }
    },
  } satisfies Handlers<typeof Sdk>
}
