import type * as Sdk from '@aws-sdk/client-s3'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { findBucket } from './state.ts'

/** What a bucket has when nobody said anything: encryption and no public access, since 2023. */
const ENCRYPTION: Sdk.ServerSideEncryptionConfiguration = {
  Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
}
const NOT_PUBLIC: Sdk.PublicAccessBlockConfiguration = {
  ...{ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
}

const missing = (code: string, message: string) => new AwsError(code, message, 404)

/** The documents of a bucket: each is put whole, read and deleted, and none is acted on. */
export function settings(world: World) {
  const documents = (call: Call, name: string | undefined) => findBucket(world, call, name).settings
  const read = <Document>(
    call: Call,
    name: string | undefined,
    kind: string,
    absent: Document | AwsError,
  ): Document => {
    const found = documents(call, name)[kind] ?? absent
    if (found instanceof AwsError) throw found
    return found as Document
  }
  const put = (call: Call, name: string | undefined, kind: string, document: unknown) => {
    documents(call, name)[kind] = document
    return {}
  }
  const remove = (call: Call, name: string | undefined, kind: string) => {
    delete documents(call, name)[kind]
    return {}
  }

  return {
    GetBucketLocation: ({ Bucket }, call) => {
      findBucket(world, call, Bucket)
      return call.region === 'us-east-1' ? {} : { LocationConstraint: call.region as Sdk.BucketLocationConstraint }
    },

    PutBucketPolicy: ({ Bucket, Policy }, call) => put(call, Bucket, 'policy', checkedPolicy(Policy)),
    GetBucketPolicy: ({ Bucket }, call) => ({
      Policy: read(
        call,
        Bucket,
        'policy',
        missing('NoSuchBucketPolicy', 'The bucket policy does not exist') as AwsError | string,
      ) as string,
    }),
    DeleteBucketPolicy: ({ Bucket }, call) => remove(call, Bucket, 'policy'),

    PutBucketEncryption: ({ Bucket, ServerSideEncryptionConfiguration }, call) =>
      put(call, Bucket, 'encryption', ServerSideEncryptionConfiguration),
    GetBucketEncryption: ({ Bucket }, call) => ({
      ServerSideEncryptionConfiguration: read(call, Bucket, 'encryption', ENCRYPTION),
    }),

    PutPublicAccessBlock: ({ Bucket, PublicAccessBlockConfiguration }, call) =>
      put(call, Bucket, 'publicAccess', PublicAccessBlockConfiguration),
    GetPublicAccessBlock: ({ Bucket }, call) => ({
      PublicAccessBlockConfiguration: read(call, Bucket, 'publicAccess', NOT_PUBLIC),
    }),

    PutBucketVersioning: ({ Bucket, VersioningConfiguration }, call) =>
      put(call, Bucket, 'versioning', VersioningConfiguration),
    GetBucketVersioning: ({ Bucket }, call) => read<Sdk.GetBucketVersioningOutput>(call, Bucket, 'versioning', {}),

    PutBucketLifecycleConfiguration: ({ Bucket, LifecycleConfiguration }, call) =>
      put(call, Bucket, 'lifecycle', LifecycleConfiguration),
    GetBucketLifecycleConfiguration: ({ Bucket }, call) =>
      read<Sdk.GetBucketLifecycleConfigurationOutput>(
        call,
        Bucket,
        'lifecycle',
        missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
      ),
    DeleteBucketLifecycle: ({ Bucket }, call) => remove(call, Bucket, 'lifecycle'),

    PutBucketTagging: ({ Bucket, Tagging }, call) => put(call, Bucket, 'tagging', Tagging),
    GetBucketTagging: ({ Bucket }, call) =>
      read<Sdk.Tagging>(call, Bucket, 'tagging', missing('NoSuchTagSet', 'The TagSet does not exist')) as {
        TagSet: Sdk.Tag[]
      },
    DeleteBucketTagging: ({ Bucket }, call) => remove(call, Bucket, 'tagging'),
  } satisfies Handlers<typeof Sdk>
}

function checkedPolicy(text = ''): string {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: unknown }
    if (Statement !== undefined) return text
  } catch {
    // The same words as for a document without statements.
  }
  throw new AwsError('MalformedPolicy', 'This policy contains invalid Json')
}
