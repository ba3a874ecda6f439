import type * as Sdk from '@aws-sdk/client-s3'
import { ignoringAbsent, type Properties, type ResourceContext, resource } from './resource.ts'

interface Encryption {
  readonly ServerSideEncryptionConfiguration: readonly {
    readonly BucketKeyEnabled?: boolean
    readonly ServerSideEncryptionByDefault?: {
      readonly SSEAlgorithm: Sdk.ServerSideEncryption
      readonly KMSMasterKeyID?: string
    }
  }[]
}

interface Rule {
  readonly Id?: string
  readonly Status: Sdk.ExpirationStatus
  readonly Prefix?: string
  readonly ExpirationInDays?: number
  readonly AbortIncompleteMultipartUpload?: Sdk.AbortIncompleteMultipartUpload
  readonly NoncurrentVersionExpiration?: Sdk.NoncurrentVersionExpiration
}

interface BucketProperties {
  readonly BucketName?: string
  readonly BucketEncryption?: Encryption
  readonly PublicAccessBlockConfiguration?: Sdk.PublicAccessBlockConfiguration
  readonly VersioningConfiguration?: Sdk.VersioningConfiguration
  readonly LifecycleConfiguration?: { readonly Rules: readonly Rule[] }
  readonly Tags?: unknown
}

const ABSENT = ['NoSuchBucket']

/** Sets the documents that the properties name, and takes away those that they name no longer. */
function configure(Bucket: string, properties: BucketProperties, context: ResourceContext): void {
  const { call } = context
  const { s3 } = context.world.services
  const { BucketEncryption, PublicAccessBlockConfiguration, VersioningConfiguration, LifecycleConfiguration } =
    properties
  const settings = context.world.region(call.region).s3.buckets[Bucket]?.settings ?? {}
  for (const document of ['encryption', 'publicAccess', 'versioning', 'lifecycle']) delete settings[document]
  if (BucketEncryption) {
    const Rules = BucketEncryption.ServerSideEncryptionConfiguration.map((rule) => ({
      BucketKeyEnabled: rule.BucketKeyEnabled ?? false,
      ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault,
    }))
    s3.PutBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } }, call)
  }
  if (PublicAccessBlockConfiguration) s3.PutPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration }, call)
  if (VersioningConfiguration) s3.PutBucketVersioning({ Bucket, VersioningConfiguration }, call)
  if (LifecycleConfiguration) {
    const Rules = LifecycleConfiguration.Rules.map(lifecycleRule)
    s3.PutBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules } }, call)
  }
  s3.PutBucketTagging({ Bucket, Tagging: { TagSet: context.tags(properties.Tags) } }, call)
}

const lifecycleRule = ({ Id, Status, Prefix = '', ExpirationInDays, ...rest }: Rule): Sdk.LifecycleRule => ({
  ID: Id,
  Status,
  Filter: { Prefix },
  ...(ExpirationInDays !== undefined && { Expiration: { Days: ExpirationInDays } }),
  ...rest,
})

const bucket = resource<BucketProperties>({
  stored: [
    ...['AccelerateConfiguration', 'AnalyticsConfigurations', 'BucketEncryption', 'CorsConfiguration'],
    ...[
      'IntelligentTieringConfigurations',
      'InventoryConfigurations',
      'LifecycleConfiguration',
      'LoggingConfiguration',
    ],
    ...['MetricsConfigurations', 'NotificationConfiguration', 'ObjectLockConfiguration', 'ReplicationConfiguration'],
    ...['VersioningConfiguration', 'WebsiteConfiguration'],
  ],
  create(properties, context) {
    const { world, call } = context
    const Bucket = properties.BucketName ?? context.name(63).toLowerCase()
    const place = call.region as Sdk.BucketLocationConstraint
    const elsewhere = call.region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint: place } }
    world.services.s3.CreateBucket({ Bucket, ...elsewhere }, call)
    configure(Bucket, properties, context)
    return Bucket
  },
  update: (id, properties, _before, context) => configure(id, properties, context),
  delete: (Bucket, _properties, { world, call }) =>
    ignoringAbsent(ABSENT, () => world.services.s3.DeleteBucket({ Bucket }, call)),
  attributes: (id, { call }) => ({
    Arn: `arn:aws:s3:::${id}`,
    DomainName: `${id}.s3.amazonaws.com`,
    RegionalDomainName: `${id}.s3.${call.region}.amazonaws.com`,
    DualStackDomainName: `${id}.s3.dualstack.${call.region}.amazonaws.com`,
    WebsiteURL: `http://${id}.s3-website-${call.region}.amazonaws.com`,
  }),
})

interface PolicyProperties extends Properties {
  readonly Bucket: string
  readonly PolicyDocument: string | object
}

const putPolicy = ({ Bucket, PolicyDocument }: PolicyProperties, { world, call }: ResourceContext) => {
  const Policy = typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument)
  world.services.s3.PutBucketPolicy({ Bucket, Policy }, call)
}

const bucketPolicy = resource<PolicyProperties>({
  create(properties, context) {
    putPolicy(properties, context)
    return properties.Bucket
  },
  update: (_id, properties, _before, context) => putPolicy(properties, context),
  delete: (_id, { Bucket }, { world, call }) =>
    ignoringAbsent(ABSENT, () => world.services.s3.DeleteBucketPolicy({ Bucket }, call)),
})

export const s3Resources = { 'AWS::S3::Bucket': bucket, 'AWS::S3::BucketPolicy': bucketPolicy }
