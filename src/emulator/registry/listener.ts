import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { AwsError } from '../errors.ts'
import { ConnectionLost } from '../faults/calls.ts'
import { expired } from '../faults/words.ts'
import { findRepository, registryHost } from '../services/ecr/state.ts'
import { checkToken } from '../services/ecr/tokens.ts'
import type { World } from '../world.ts'
import { beginUpload, cancelUpload, continueUpload, finishUpload, readBlob, uploadStatus } from './blobs.ts'
import { type Answer, answerJson, OciError, pageOfNames, type Route } from './exchange.ts'
import { deleteManifest, listReferrers, listTags, putManifest, readManifest } from './manifests.ts'

const routes: Readonly<Record<string, Route>> = {
  'HEAD blobs': readBlob,
  'GET blobs': readBlob,
  'POST blobs/uploads': beginUpload,
  'GET blobs/uploads': uploadStatus,
  'PATCH blobs/uploads': continueUpload,
  'PUT blobs/uploads': finishUpload,
  'DELETE blobs/uploads': cancelUpload,
  'HEAD manifests': readManifest,
  'GET manifests': readManifest,
  'PUT manifests': putManifest,
  'DELETE manifests': deleteManifest,
  'GET tags/list': listTags,
  'GET referrers': listReferrers,
}

/** The actions of ECR that are behind the requests of a push, as policies and quotas name them. */
const pushActions: Readonly<Record<string, string>> = {
  'POST blobs/uploads': 'InitiateLayerUpload',
  'PATCH blobs/uploads': 'UploadLayerPart',
  'PUT blobs/uploads': 'CompleteLayerUpload',
  'PUT manifests': 'PutImage',
}

/** The OCI distribution API (v1.1) of a region: another way into the state of ECR, for docker push and pull. */
export function registryListener(world: World, region: string): RequestListener {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost')
    authorize(world, region, request.headers.authorization, query)
    if (/^\/v2\/?$/.test(pathname)) return answerJson(response, 200, {})
    if (pathname === '/v2/_catalog') {
      const { items, headers } = pageOfNames(Object.keys(world.region(region).ecr.repositories), pathname, query)
      return answerJson(response, 200, { repositories: items }, headers)
    }
    const [, name, kind, reference = ''] =
      /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags\/list|referrers)(?:\/([^/]*))?$/.exec(pathname) ?? []
    const way = `${request.method} ${kind}`
    const route = routes[way]
    if (!route) throw new OciError(kind ? 405 : 404, 'UNSUPPORTED', 'The operation is unsupported.')
    const repository = findRepository(world, region, name)
    const perform = async () => route({ world, region, repository, reference, query, request, response })
    const operation = pushActions[way]
    const answer = operation
      ? ((await world.perform({ service: 'registry', operation, region, input: pathname }, perform)) as Answer)
      : await perform()
    if (answer) response.writeHead(answer.status, answer.headers).end()
  }

  return (request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0')
    handle(request, response).catch((error: unknown) => refuse(response, error))
  }
}

/** By Basic authentication as `AWS`, or by the token in a URL of GetDownloadUrlForLayer. */
function authorize(world: World, region: string, header: string | undefined, query: URLSearchParams): void {
  const encoded = /^Basic (.+)$/i.exec(header ?? '')?.[1] ?? ''
  const [user, password] = Buffer.from(encoded, 'base64').toString().split(':')
  const token = user === 'AWS' ? password : query.get('token')
  const check = checkToken(world, region, token ?? '')
  if (check === 'expired') {
    throw expired('registry')
  }
  if (check === 'unknown') {
    const challenge = `Basic realm="http://${registryHost(world, region)}/",service="ecr.amazonaws.com"`
    throw new OciError(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge })
  }
}

/** What the distribution API calls the errors of ECR. */
const codes: Readonly<Record<string, readonly [status: number, code: string]>> = {
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  LayersNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  ReferencedImagesNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'MANIFEST_INVALID'],
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || error instanceof ConnectionLost) {
    response.destroy()
    return
  }
  const { status, code, message, headers } = asOciError(error)
  answerJson(response, status, { errors: [{ code, message }] }, headers)
}

function asOciError(error: unknown): OciError {
  if (error instanceof OciError) return error
  if (!(error instanceof AwsError)) return new OciError(500, 'UNKNOWN', (error as Error).stack ?? String(error))
  const [status, code] = codes[error.code] ?? [error.status, error.code]
  return new OciError(status, code, error.message)
}
