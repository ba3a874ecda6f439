import type * as Sdk from '@aws-sdk/client-s3'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { type Bucket, findBucket, type S3Object } from './state.ts'

/** S3 lists at most so many objects in one call. */
const MOST = 1000

export const listing = (world: World) =>
  ({
    /** The older one, which goes on by names; many programs still ask so. */
    ListObjects: (input, call) => {
      const { Marker = '', Delimiter = '' } = input
      const { page, said, next } = pageOf(findBucket(world, call, input.Bucket), input, Marker)
      return {
        ...page,
        Marker: said(Marker),
        ...(Delimiter !== '' && next !== undefined && { NextMarker: said(next) }),
      }
    },

    ListObjectsV2: (input, call) => {
      const { ContinuationToken, StartAfter = '' } = input
      const after = ContinuationToken ? Buffer.from(ContinuationToken, 'base64').toString() : StartAfter
      const { page, next } = pageOf(findBucket(world, call, input.Bucket), input, after)
      return {
        ...page,
        KeyCount: page.Contents.length + page.CommonPrefixes.length,
        ...(ContinuationToken && { ContinuationToken }),
        ...(next !== undefined && { NextContinuationToken: Buffer.from(next).toString('base64') }),
      }
    },
  }) satisfies Handlers<typeof Sdk>

type Wanted = Pick<Sdk.ListObjectsCommandInput, 'Prefix' | 'Delimiter' | 'MaxKeys' | 'EncodingType'>

/** What both of them answer; `next` is the last name of a page that is not the last one. */
function pageOf(bucket: Bucket, { Prefix = '', Delimiter = '', MaxKeys = MOST, EncodingType }: Wanted, after: string) {
  const said = (key: string) => (EncodingType === 'url' ? encodeURIComponent(key).replaceAll('%2F', '/') : key)
  const entries = entriesOf(Object.values(bucket.objects), Prefix, Delimiter).filter(({ name }) => name > after)
  const shown = entries.slice(0, Math.min(MaxKeys, MOST))
  const next = entries.length > shown.length ? shown.at(-1)?.name : undefined
  const page = {
    Name: bucket.name,
    Prefix: said(Prefix),
    MaxKeys,
    IsTruncated: next !== undefined,
    ...(EncodingType && { EncodingType }),
    ...(Delimiter !== '' && { Delimiter: said(Delimiter) }),
    Contents: shown.flatMap(({ object }) => (object ? [summary(object, said)] : [])),
    CommonPrefixes: shown.flatMap(({ name, object }) => (object ? [] : [{ Prefix: said(name) }])),
  }
  return { page, said, next }
}

const summary = ({ key, modified, etag, size }: S3Object, said: (key: string) => string) => ({
  ...{ Key: said(key), LastModified: modified, ETag: etag, Size: size, StorageClass: 'STANDARD' as const },
})

interface Entry {
  readonly name: string
  /** Absent for a common prefix. */
  readonly object?: S3Object
}

/** In the order of their names, as UTF-8 sorts them; what shares a part up to the delimiter is one entry. */
function entriesOf(all: readonly S3Object[], prefix: string, delimiter: string): Entry[] {
  const entries = new Map<string, Entry>()
  for (const object of all) {
    if (!object.key.startsWith(prefix)) continue
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length)
    const name = end < 0 ? object.key : object.key.slice(0, end + delimiter.length)
    entries.set(name, end < 0 ? { name, object } : { name })
  }
  return [...entries.values()].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
}
