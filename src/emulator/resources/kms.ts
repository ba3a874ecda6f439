import { type Properties, type ResourceContext, resource, type Tag } from './resource.ts'

interface KeyProperties {
  readonly Description?: string
  readonly KeyPolicy?: object
  readonly Enabled?: boolean
  readonly EnableKeyRotation?: boolean
  readonly RotationPeriodInDays?: number
  readonly PendingWindowInDays?: number
  readonly Tags?: readonly Tag[]
}

function configure(KeyId: string, properties: KeyProperties, { world, call }: ResourceContext): void {
  const { kms } = world.services
  const { EnableKeyRotation, RotationPeriodInDays, Enabled = true, Description = '' } = properties
  if (EnableKeyRotation) kms.EnableKeyRotation({ KeyId, RotationPeriodInDays }, call)
  else kms.DisableKeyRotation({ KeyId }, call)
  kms[Enabled ? 'EnableKey' : 'DisableKey']({ KeyId }, call)
  kms.UpdateKeyDescription({ KeyId, Description }, call)
  if (properties.KeyPolicy)
    kms.PutKeyPolicy({ KeyId, PolicyName: 'default', Policy: JSON.stringify(properties.KeyPolicy) }, call)
}

const key = resource<KeyProperties>({
  seconds: 60,
  // Nothing is encrypted here.
  stored: (properties) => Object.keys(properties),
  create(properties, context) {
    const Tags = context.tags(properties.Tags).map(({ Key: TagKey, Value: TagValue }) => ({ TagKey, TagValue }))
    const { KeyMetadata } = context.world.services.kms.CreateKey({ Tags }, context.call)
    configure(KeyMetadata.KeyId ?? '', properties, context)
    return KeyMetadata.KeyId ?? ''
  },
  update: (id, properties, _before, context) => configure(id, properties, context),
  delete(KeyId, { PendingWindowInDays }, { world, call }) {
    const { deletedAt } = world.region(call.region).kms.keys[KeyId] ?? { deletedAt: true }
    if (!deletedAt) world.services.kms.ScheduleKeyDeletion({ KeyId, PendingWindowInDays }, call)
  },
  attributes: (id, { world, call }): Properties => ({ Arn: world.region(call.region).kms.keys[id]?.arn, KeyId: id }),
})

export const kmsResources = { 'AWS::KMS::Key': key }
