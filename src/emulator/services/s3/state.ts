import { AwsError } from '../../errors.ts'
import { ANY_REGION } from '../../wire/request.ts'
import type { Call, World } from '../../world.ts'

/** Bytes that lie in the store of blobs by their digest. */
export interface Content {
  readonly digest: string
  readonly size: number
  /** MD5 in hex, which is what an ETag is made of. */
  readonly md5: string
}

export interface S3Object extends Omit<Content, 'md5'> {
  readonly key: string
  readonly etag: string
  readonly modified: Date
  readonly contentType: string
  readonly contentEncoding?: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface MultipartUpload {
  readonly id: string
  readonly key: string
  readonly begun: Date
  readonly contentType: string
  readonly metadata: Readonly<Record<string, string>>
  readonly parts: Record<string, Content>
}

export interface Bucket {
  readonly name: string
  readonly created: Date
  readonly objects: Record<string, S3Object>
  readonly uploads: Record<string, MultipartUpload>
  /** Documents such as `policy` and `encryption`, as the API has them. */
  readonly settings: Record<string, unknown>
}

export interface S3State {
  readonly buckets: Record<string, Bucket>
}

export const emptyS3 = (): S3State => ({ buckets: {} })

export const noSuchKey = (key: string): AwsError =>
  new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key })

/** The region of a bucket; names are unique in all regions. */
export const regionOf = (world: World, name: string): string | undefined =>
  Object.values(world.state.regions).find(({ s3 }) => s3.buckets[name])?.name

export function findBucket(world: World, { region }: Call, name = ''): Bucket {
  const home = regionOf(world, name)
  const bucket = world.region(region === ANY_REGION ? (home ?? 'us-east-1') : region).s3.buckets[name]
  if (bucket) return bucket
  if (home === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404)
  throw new AwsError(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    301,
  )
}

export function findObject(world: World, call: Call, bucket: string | undefined, key = ''): S3Object {
  const object = findBucket(world, call, bucket).objects[key]
  if (object) return object
  throw noSuchKey(key)
}

/** What a copy is made of, as `x-amz-copy-source` names it. */
export function copySource(world: World, call: Call, text = ''): S3Object {
  const [, bucket, key = ''] = /^\/?([^/]+)\/(.+?)(?:\?versionId=.*)?$/.exec(decodeURIComponent(text)) ?? []
  return findObject(world, call, bucket, key)
}

/** Whether an object, or a part of one that is still arriving, has these bytes. */
export const holdsBlob = (world: World, digest: string): boolean =>
  Object.values(world.state.regions).some(({ s3 }) =>
    Object.values(s3.buckets).some(
      ({ objects, uploads }) =>
        Object.values(objects).some((object) => object.digest === digest) ||
        Object.values(uploads).some(({ parts }) => Object.values(parts).some((part) => part.digest === digest)),
    ),
  )
