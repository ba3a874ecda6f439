import { pipeline } from 'node:stream/promises'
import { type Answer, type Exchange, OciError, type Route } from './exchange.ts'
import { DIGEST } from './registry.ts'

const blobUrl = ({ repository }: Exchange, digest: string): string => `/v2/${repository.name}/blobs/${digest}`
const uploadUrl = ({ repository }: Exchange, id: string): string => `/v2/${repository.name}/blobs/uploads/${id}`

/** HEAD and GET, whole or in part. */
export const readBlob: Route = async (exchange) => {
  const { world, repository, reference: digest, request, response } = exchange
  const { blobs } = world.registry
  const size = repository.blobs[digest] && (await blobs.size(digest))
  if (size === undefined) throw new OciError(404, 'BLOB_UNKNOWN', 'Requested layer not found')
  const range = rangeOf(request.headers.range, size)
  const { start, end } = range ?? { start: 0, end: size - 1 }
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD' || size === 0) response.end()
  else await pipeline(blobs.read(digest, { start, end }), response)
  return undefined
}

function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (!first && !last) return undefined
  const start = first ? Number(first) : Math.max(0, size - Number(last))
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1
  if (start <= end) return { start, end }
  throw new OciError(416, 'SIZE_INVALID', 'The requested range cannot be served.', {
    'content-range': `bytes */${size}`,
  })
}

/** Takes over a blob of another repository, takes a whole blob at once, or opens an upload. */
export const beginUpload: Route = async (exchange) => {
  const { world, query } = exchange
  const mounted = await mount(exchange)
  if (mounted) return mounted
  const id = world.random.uuid()
  await world.registry.uploads.begin(id, world.clock.now())
  if (query.has('digest')) return receiveAndFinish(exchange, id)
  return { status: 202, headers: { location: uploadUrl(exchange, id), 'docker-upload-uuid': id, range: '0-0' } }
}

async function mount(exchange: Exchange): Promise<Answer | undefined> {
  const { world, region, repository, query } = exchange
  const digest = query.get('mount') ?? ''
  const source = world.region(region).ecr.repositories[query.get('from') ?? '']
  if (!source?.blobs[digest] || (await world.registry.blobs.size(digest)) === undefined) return undefined
  repository.blobs[digest] = world.clock.now()
  return { status: 201, headers: { location: blobUrl(exchange, digest), 'docker-content-digest': digest } }
}

/** The id in the path, if such an upload is under way. */
function uploadId({ world, reference }: Exchange): { id: string; size: number } {
  const size = world.registry.uploads.size(reference)
  if (size === undefined) throw new OciError(404, 'BLOB_UPLOAD_UNKNOWN', 'The upload was not found.')
  return { id: reference, size }
}

const progress = (exchange: Exchange, id: string, size: number) => ({
  location: uploadUrl(exchange, id),
  'docker-upload-uuid': id,
  range: `0-${Math.max(0, size - 1)}`,
})

export const uploadStatus: Route = (exchange) => {
  const { id, size } = uploadId(exchange)
  return { status: 204, headers: progress(exchange, id, size) }
}

export const continueUpload: Route = async (exchange) => {
  const { world, request } = exchange
  const { id, size } = uploadId(exchange)
  requireNext(exchange, id, size)
  return { status: 202, headers: progress(exchange, id, await world.registry.uploads.append(id, request)) }
}

/** A chunk that says where it belongs must follow what has arrived. */
function requireNext(exchange: Exchange, id: string, size: number): void {
  const start = /^(?:bytes[ =])?(\d+)-/.exec(exchange.request.headers['content-range'] ?? '')?.[1]
  if (start === undefined || Number(start) === size) return
  throw new OciError(416, 'BLOB_UPLOAD_INVALID', 'The chunk is out of order.', progress(exchange, id, size))
}

export const finishUpload: Route = async (exchange) => {
  const { id, size } = uploadId(exchange)
  requireNext(exchange, id, size)
  return receiveAndFinish(exchange, id)
}

async function receiveAndFinish(exchange: Exchange, id: string): Promise<Answer> {
  const { world, repository, query, request } = exchange
  const { uploads } = world.registry
  const promised = query.get('digest') ?? ''
  await uploads.append(id, request)
  const digest = uploads.digest(id)
  if (digest === undefined || digest !== promised) {
    await uploads.discard(id)
    const problem = DIGEST.test(promised) ? `The content has the digest ${digest}.` : 'The digest is not valid.'
    throw new OciError(400, 'DIGEST_INVALID', problem)
  }
  // Held before the file is there: a sweep in between would take it for garbage.
  repository.blobs[digest] = world.clock.now()
  await uploads.finish(id)
  return { status: 201, headers: { location: blobUrl(exchange, digest), 'docker-content-digest': digest } }
}

export const cancelUpload: Route = async (exchange) => {
  const { id } = uploadId(exchange)
  await exchange.world.registry.uploads.discard(id)
  return { status: 204 }
}
