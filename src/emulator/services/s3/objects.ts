import type * as Sdk from '@aws-sdk/client-s3'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { bytesOf, keep } from './content.ts'
import { copySource, findBucket, findObject, noSuchKey, type S3Object } from './state.ts'

const ENCRYPTION = { ServerSideEncryption: 'AES256' } as const
const DEFAULT_TYPE = 'binary/octet-stream'
/** S3 deletes at most so many objects in one call. */
const MOST = 1000

export const objects = (world: World) =>
  ({
    PutObject: async (input, call) => {
      const { Bucket, Key = '', Metadata = {}, ContentType = DEFAULT_TYPE, ContentEncoding, ContentMD5 } = input
      const bucket = findBucket(world, call, Bucket)
      checkConditions(input, bucket.objects[Key])
      const { digest, size, md5 } = await keep(world, bytesOf(input.Body), ContentMD5)
      const encoding = (ContentEncoding ?? '').replace(/aws-chunked,?\s*/, '')
      const etag = `"${md5}"`
      const modified = world.clock.now()
      bucket.objects[Key] = {
        ...{ key: Key, digest, size, etag, modified, contentType: ContentType, metadata: Metadata },
        ...(encoding !== '' && { contentEncoding: encoding }),
      }
      return { ETag: etag, ...ENCRYPTION }
    },

    CopyObject: ({ Bucket, Key = '', CopySource, MetadataDirective, Metadata = {}, ContentType }, call) => {
      const source = copySource(world, call, CopySource)
      const replaced = MetadataDirective === 'REPLACE' && {
        metadata: Metadata,
        contentType: ContentType ?? DEFAULT_TYPE,
      }
      const modified = world.clock.now()
      findBucket(world, call, Bucket).objects[Key] = { ...source, ...replaced, key: Key, modified }
      return { CopyObjectResult: { ETag: source.etag, LastModified: modified }, ...ENCRYPTION }
    },

    GetObject: (input, call) => {
      const object = findObject(world, call, input.Bucket, input.Key)
      const range = rangeOf(input.Range, object.size)
      const body = world.registry.blobs.read(object.digest, range)
      const part = range && {
        ContentLength: range.end - range.start + 1,
        ContentRange: `bytes ${range.start}-${range.end}/${object.size}`,
      }
      return {
        ...headOf(object),
        ...wantedHeaders(input),
        ...part,
        Body: body as unknown as NonNullable<Sdk.GetObjectCommandOutput['Body']>,
      }
    },

    HeadObject: ({ Bucket, Key = '' }, call) => {
      const object = findBucket(world, call, Bucket).objects[Key]
      if (!object) throw new AwsError('NotFound', 'Not Found', 404)
      return headOf(object)
    },

    DeleteObject: ({ Bucket, Key = '' }, call) => {
      delete findBucket(world, call, Bucket).objects[Key]
      return {}
    },

    DeleteObjects: ({ Bucket, Delete: { Objects = [], Quiet } = { Objects: [] } }, call) => {
      const bucket = findBucket(world, call, Bucket)
      if (Objects.length === 0 || Objects.length > MOST)
        throw new AwsError(
          'MalformedXML',
          'The XML you provided was not well-formed or did not validate against our published schema',
        )
      for (const { Key = '' } of Objects) delete bucket.objects[Key]
      return Quiet ? {} : { Deleted: Objects.map(({ Key }) => ({ Key })) }
    },
  }) satisfies Handlers<typeof Sdk>

function checkConditions({ IfNoneMatch, IfMatch, Key = '' }: Sdk.PutObjectCommandInput, before?: S3Object): void {
  if (IfMatch !== undefined && !before) throw noSuchKey(Key)
  if ((IfNoneMatch !== '*' || !before) && (IfMatch === undefined || before?.etag === IfMatch)) return
  throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412)
}

/** Headers that whoever hands out a link wants with the answer: a name for the download, another type. */
const wantedHeaders = (input: Sdk.GetObjectCommandInput): Partial<Sdk.GetObjectCommandOutput> =>
  Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => {
      const [, header] = /^Response(.+)$/.exec(name) ?? []
      return header === undefined ? [] : [[header, value]]
    }),
  )

const headOf = (object: S3Object) => ({
  ...{ AcceptRanges: 'bytes', LastModified: object.modified, ContentLength: object.size, ETag: object.etag },
  ...{ ContentType: object.contentType, Metadata: { ...object.metadata }, ...ENCRYPTION },
  ...(object.contentEncoding !== undefined && { ContentEncoding: object.contentEncoding }),
})

/** Both ends included; undefined for the whole object. */
export function rangeOf(text: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(text ?? '') ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (start <= end) return { start, end }
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416)
}
