import { invalidTemplate } from '../../cloudformation/errors.ts'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import { textOf } from '../s3/content.ts'
import { findObject } from '../s3/state.ts'

/** CloudFormation's limits in bytes: for a template in the request itself, and for one in a bucket. */
const INLINE_LIMIT = 51_200
const BUCKET_LIMIT = 1_000_000

interface Source {
  readonly TemplateBody?: string | undefined
  readonly TemplateURL?: string | undefined
}

/** A request with the template that it names by its URL. */
export async function withTemplate<Request extends Source>(world: World, call: Call, request: Request) {
  const { TemplateBody, TemplateURL } = request
  if (TemplateBody !== undefined && Buffer.byteLength(TemplateBody) > INLINE_LIMIT) {
    throw invalidTemplate(
      `1 validation error detected: Value '${TemplateBody.slice(0, 100)}...' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${INLINE_LIMIT}`,
    )
  }
  if (TemplateURL === undefined) return request
  return { ...request, TemplateBody: await download(world, call, TemplateURL) }
}

async function download(world: World, call: Call, url: string): Promise<string> {
  const [bucket, key] = placeOf(url)
  try {
    const object = findObject(world, call, bucket, key)
    if (object.size > BUCKET_LIMIT) throw invalidTemplate(`Template may not exceed ${BUCKET_LIMIT} bytes in size.`)
    return await textOf(world, object)
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'ValidationError') throw error
    throw invalidTemplate(`S3 error: ${error.message}`)
  }
}

/** Bucket and key of a URL of S3, with the bucket in front of the host's name or of the path. */
function placeOf(text: string): [bucket: string, key: string] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const path = decodeURIComponent(url?.pathname.slice(1) ?? '')
  const [, bucket] = /^(.+)\.s3[.-](?:[\w-]+\.)*amazonaws\.com$/.exec(url?.hostname ?? '') ?? []
  if (bucket !== undefined) return [bucket, path]
  if (/^(s3[.-](?:[\w-]+\.)*amazonaws\.com|127\.0\.0\.1|localhost)$/.test(url?.hostname ?? '')) {
    const [name = '', ...key] = path.split('/')
    return [name, key.join('/')]
  }
  throw invalidTemplate('TemplateURL must be a supported URL.')
}
