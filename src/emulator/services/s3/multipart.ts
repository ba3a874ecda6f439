import { createHash } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-s3'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { bytesOf, keep } from './content.ts'
import { rangeOf } from './objects.ts'
import { type Content, copySource, findBucket, type MultipartUpload } from './state.ts'

/** Every part but the last one has to be so large. */
const LEAST_PART = 5 * 1024 * 1024

export const multipart = (world: World) =>
  ({
    CreateMultipartUpload: ({ Bucket, Key = '', ContentType = 'binary/octet-stream', Metadata = {} }, call) => {
      const bucket = findBucket(world, call, Bucket)
      const id = world.random.hex(64)
      const begun = world.clock.now()
      bucket.uploads[id] = { id, key: Key, begun, contentType: ContentType, metadata: Metadata, parts: {} }
      return { Bucket, Key, UploadId: id, ServerSideEncryption: 'AES256' as const }
    },

    UploadPart: async ({ Bucket, UploadId, PartNumber = 0, Body, ContentMD5 }, call) => {
      const { parts } = findUpload(world, call, Bucket, UploadId)
      const number = checkedNumber(PartNumber)
      const part = await keep(world, bytesOf(Body), ContentMD5)
      parts[number] = part
      return { ETag: `"${part.md5}"`, ServerSideEncryption: 'AES256' as const }
    },

    UploadPartCopy: async ({ Bucket, UploadId, PartNumber = 0, CopySource, CopySourceRange }, call) => {
      const { parts } = findUpload(world, call, Bucket, UploadId)
      const { digest, size } = copySource(world, call, CopySource)
      const number = checkedNumber(PartNumber)
      const part = await keep(world, world.registry.blobs.read(digest, rangeOf(CopySourceRange, size)))
      parts[number] = part
      return { CopyPartResult: { ETag: `"${part.md5}"`, LastModified: world.clock.now() } }
    },

    CompleteMultipartUpload: async ({ Bucket, Key = '', UploadId, MultipartUpload: { Parts = [] } = {} }, call) => {
      const bucket = findBucket(world, call, Bucket)
      const { parts, contentType, metadata } = findUpload(world, call, Bucket, UploadId)
      const chosen = Parts.map(({ PartNumber = 0, ETag }) => {
        const part = parts[PartNumber]
        if (part && ETag?.replaceAll('"', '') === part.md5) return part
        throw new AwsError(
          'InvalidPart',
          "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag.",
        )
      })
      checkParts(
        chosen,
        Parts.map(({ PartNumber = 0 }) => PartNumber),
      )
      const { digest, size } = await keep(world, joined(world, chosen))
      const sum = createHash('md5')
        .update(Buffer.from(chosen.map(({ md5 }) => md5).join(''), 'hex'))
        .digest('hex')
      const etag = `"${sum}-${chosen.length}"`
      bucket.objects[Key] = { key: Key, digest, size, etag, modified: world.clock.now(), contentType, metadata }
      delete bucket.uploads[UploadId ?? '']
      return { Bucket, Key, ETag: etag, Location: `/${Bucket}/${Key}` }
    },

    AbortMultipartUpload: ({ Bucket, UploadId = '' }, call) => {
      findUpload(world, call, Bucket, UploadId)
      delete findBucket(world, call, Bucket).uploads[UploadId]
      return {}
    },

    ListMultipartUploads: ({ Bucket }, call) => ({
      Bucket,
      IsTruncated: false,
      Uploads: Object.values(findBucket(world, call, Bucket).uploads).map(({ id, key, begun }) => ({
        ...{ UploadId: id, Key: key, Initiated: begun },
      })),
    }),
  }) satisfies Handlers<typeof Sdk>

function findUpload(world: World, call: Call, bucket: string | undefined, id = ''): MultipartUpload {
  const upload = findBucket(world, call, bucket).uploads[id]
  if (upload) return upload
  throw new AwsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
  )
}

function checkedNumber(number: number): number {
  if (number >= 1 && number <= 10_000) return number
  throw new AwsError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive')
}

function checkParts(parts: readonly Content[], numbers: readonly number[]): void {
  if (parts.length === 0)
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw new AwsError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    )
  }
  if (parts.slice(0, -1).some(({ size }) => size < LEAST_PART)) {
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
  }
}

async function* joined(world: World, parts: readonly Content[]): AsyncGenerator<Uint8Array> {
  for (const { digest } of parts) for await (const chunk of world.registry.blobs.read(digest)) yield chunk as Buffer
}
