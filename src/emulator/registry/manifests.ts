import type { IncomingMessage } from 'node:http'
import { OCI_INDEX, pushManifest } from '../services/ecr/push.ts'
import { type Image, lookUpImage } from '../services/ecr/state.ts'
import { answerJson, type Exchange, OciError, pageOfNames, type Route } from './exchange.ts'
import { DIGEST } from './registry.ts'

/** As large as the distribution specification asks registries to take. */
const MAXIMUM_MANIFEST = 4 * 1024 * 1024

export const putManifest: Route = async (exchange) => {
  const { world, region, repository, reference, request } = exchange
  const body = await readText(request)
  const mediaType = request.headers['content-type']?.split(';')[0]
  const name = DIGEST.test(reference) ? { digest: reference } : { tag: reference }
  const { image } = pushManifest(world, region, repository, { body, mediaType, ...name })
  return {
    status: 201,
    headers: {
      location: `/v2/${repository.name}/manifests/${image.digest}`,
      'docker-content-digest': image.digest,
      ...(image.subject !== undefined && { 'oci-subject': image.subject }),
    },
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAXIMUM_MANIFEST) throw new OciError(413, 'MANIFEST_INVALID', 'The manifest is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function findManifest({ repository, reference }: Exchange): Image {
  const id = DIGEST.test(reference) ? { imageDigest: reference } : { imageTag: reference }
  const image = lookUpImage(repository, id)
  if (!image) throw new OciError(404, 'MANIFEST_UNKNOWN', 'Requested image not found')
  return image
}

export const readManifest: Route = (exchange) => {
  const { world, request, response } = exchange
  const image = findManifest(exchange)
  if (request.method === 'GET') image.pulledAt = world.clock.now()
  response.writeHead(200, {
    'content-type': image.mediaType,
    'content-length': Buffer.byteLength(image.manifest),
    'docker-content-digest': image.digest,
  })
  response.end(image.manifest)
  return undefined
}

export const deleteManifest: Route = async (exchange) => {
  const { world, region, repository, reference } = exchange
  const { digest } = findManifest(exchange)
  const imageIds = [DIGEST.test(reference) ? { imageDigest: digest } : { imageTag: reference }]
  const call = { region, requestId: world.random.uuid() }
  const { failures } = await world.services.ecr.BatchDeleteImage({ repositoryName: repository.name, imageIds }, call)
  const refused = failures[0]?.failureReason
  if (refused !== undefined) throw new OciError(405, 'UNSUPPORTED', refused)
  return { status: 202 }
}

export const listTags: Route = ({ repository, query, response }) => {
  const tags = Object.keys(repository.imageTags)
  const { items, headers } = pageOfNames(tags, `/v2/${repository.name}/tags/list`, query)
  answerJson(response, 200, { name: repository.name, tags: items }, headers)
  return undefined
}

/** The images that say something about an image, such as signatures and software bills of materials. */
export const listReferrers: Route = ({ repository, reference, query, response }) => {
  const wanted = query.get('artifactType')
  const manifests = Object.values(repository.images)
    .filter(({ subject, artifactType }) => subject === reference && (wanted === null || wanted === artifactType))
    .map(({ digest, mediaType, manifest, artifactType }) => ({
      mediaType,
      digest,
      size: Buffer.byteLength(manifest),
      artifactType,
    }))
  answerJson(
    response,
    200,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    { 'content-type': OCI_INDEX, ...(wanted !== null && { 'oci-filters-applied': 'artifactType' }) },
  )
  return undefined
}
