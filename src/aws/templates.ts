import type { Templates } from '../context.ts'
import type { Clients } from './clients.ts'
import { isNotFound } from './errors.ts'
import { allPages, batches } from './pages.ts'

/** DeleteObjects takes this many at once. */
const BATCH = 1000

export function templates({ s3: client }: Clients): Templates {
  return {
    async put(bucket, key, body) {
      const { PutObjectCommand } = await import('@aws-sdk/client-s3')
      const request = { Bucket: bucket, Key: key, Body: body, ContentType: 'application/yaml' }
      await (await client()).send(new PutObjectCommand(request))
    },

    async removeAll(bucket) {
      const { DeleteObjectsCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3')
      const s3 = await client()
      try {
        const keys = await allPages(async (ContinuationToken) => {
          const { Contents = [], NextContinuationToken: next } = await s3.send(
            new ListObjectsV2Command({ Bucket: bucket, ContinuationToken }),
          )
          return { items: Contents.map(({ Key }) => ({ Key })), next }
        })
        for (const Objects of batches(keys, BATCH)) {
          await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
        }
      } catch (error) {
        if (!isNotFound(error, 'NoSuchBucket')) throw error
      }
    },
  }
}
