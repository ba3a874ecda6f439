import { createHash } from 'node:crypto'
import * as Ecr from '@aws-sdk/client-ecr'
import { startAws } from './emulator.ts'

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'

export const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** A repository `app`, and the way to its registry. */
export async function registry(options: Parameters<typeof startAws>[0] = {}) {
  const aws = await startAws(options)
  const ecr = new Ecr.ECRClient(aws.client)
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'app' }))
  return { aws, ecr, ...(await login(ecr)) }
}

export async function login(ecr: Ecr.ECRClient) {
  const { authorizationData } = await ecr.send(new Ecr.GetAuthorizationTokenCommand({}))
  const { authorizationToken = '', proxyEndpoint = '' } = authorizationData?.[0] ?? {}
  const call = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, proxyEndpoint), {
      ...init,
      headers: { authorization: `Basic ${authorizationToken}`, ...init.headers },
    })
  return { call, proxyEndpoint, authorizationToken }
}

type Call = Awaited<ReturnType<typeof login>>['call']

export const pushBlob = (call: Call, content: string, repository = 'app') =>
  call(`/v2/${repository}/blobs/uploads/?digest=${digestOf(content)}`, { method: 'POST', body: content })

export async function pushImage(
  call: Call,
  tag: string,
  layers: readonly string[],
  more: object = {},
  repository = 'app',
) {
  const blobs = ['{}', ...layers]
  for (const content of blobs) await pushBlob(call, content, repository)
  const [config, ...rest] = blobs.map((content) => ({
    mediaType: 'text/plain',
    digest: digestOf(content),
    size: content.length,
  }))
  const body = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: rest, ...more })
  const response = await putManifest(call, tag, body, MANIFEST, repository)
  return { response, body, digest: digestOf(body) }
}

export const putManifest = (call: Call, reference: string, body: string, type: string, repository = 'app') =>
  call(`/v2/${repository}/manifests/${reference}`, { method: 'PUT', body, headers: { 'content-type': type } })

export const failure = async (response: Response) => [
  response.status,
  ((await response.json()) as { errors: { code: string; message: string }[] }).errors,
]
