import { createHmac } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Ecr from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { emptyState } from '../../src/emulator/state.ts'
import { startAws } from '../support/emulator.ts'
import {
  digestOf,
  failure,
  INDEX,
  login,
  MANIFEST,
  pushBlob,
  pushImage,
  putManifest,
  registry,
} from '../support/registry.ts'

test('asks for a password, and takes only a token that it has given and that is not too old', async () => {
  const { aws, call, proxyEndpoint } = await registry()
  const anonymous = await fetch(`${proxyEndpoint}/v2/`)
  expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([
    401,
    `Basic realm="${proxyEndpoint}/",service="ecr.amazonaws.com"`,
  ])
  expect((await call('/v2/')).status).toBe(200)
  const as = (token: string) => call('/v2/', { headers: { authorization: `Basic ${btoa(`AWS:${token}`)}` } })
  expect((await as('made.up')).status).toBe(401)
  const { secret = '' } = aws.emulator.world.region('us-east-1').ecr
  const yesterday = (Date.now() - 24 * 60 * 60 * 1000).toString(36)
  const expired = await as(`${yesterday}.${createHmac('sha256', secret).update(yesterday).digest('hex')}`)
  expect(await failure(expired)).toEqual([
    403,
    [{ code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.' }],
  ])
})

test('gives an image back byte for byte, by its tag and by its digest', async () => {
  const { call } = await registry()
  const { response, body, digest } = await pushImage(call, 'v1', ['one', 'two'])
  const byTag = await call('/v2/app/manifests/v1')
  const byDigest = await call(`/v2/app/manifests/${digest}`, { method: 'HEAD' })
  expect([response.status, response.headers.get('docker-content-digest')]).toEqual([201, digest])
  expect([await byTag.text(), byTag.headers.get('content-type')]).toEqual([body, MANIFEST])
  expect([byDigest.status, byDigest.headers.get('content-length')]).toEqual([200, String(body.length)])
})

test("refuses manifests as ECR does, with ECR's words", async () => {
  const { call, ecr } = await registry()
  const { digest } = await pushImage(call, 'v1', ['one'])
  await ecr.send(new Ecr.PutImageTagMutabilityCommand({ repositoryName: 'app', imageTagMutability: 'IMMUTABLE' }))
  const layer = digestOf('never pushed')
  const manifest = (content: object) => JSON.stringify({ schemaVersion: 2, ...content })
  const absent = "required for pushing image into repository with name 'app' in the registry with id '000000000000'"
  const { response: tagTaken } = await pushImage(call, 'v1', ['two'])
  expect([
    await failure(tagTaken),
    await failure(await call('/v2/nope/blobs/uploads/', { method: 'POST' })),
    await failure(await putManifest(call, 'v2', manifest({ layers: [{ digest: layer }] }), MANIFEST)),
    await failure(await putManifest(call, 'v2', manifest({ manifests: [{ digest: layer }] }), INDEX)),
    await failure(await putManifest(call, digest, manifest({}), MANIFEST)),
    await failure(await call('/v2/app/manifests/v9')),
  ]).toEqual([
    [
      400,
      [
        {
          code: 'TAG_INVALID',
          message:
            "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
        },
      ],
    ],
    [
      404,
      [
        {
          code: 'NAME_UNKNOWN',
          message: "The repository with name 'nope' does not exist in the registry with id '000000000000'",
        },
      ],
    ],
    [404, [{ code: 'MANIFEST_BLOB_UNKNOWN', message: `Layers with digests '[${layer}]' ${absent} do not exist` }]],
    [404, [{ code: 'MANIFEST_BLOB_UNKNOWN', message: `Images with digests '[${layer}]' ${absent} do not exist` }]],
    [
      400,
      [
        {
          code: 'MANIFEST_INVALID',
          message: `The image with digest '${digest}' in repository 'app' and registry ID '000000000000' does not match the image digest that Amazon ECR has calculated.`,
        },
      ],
    ],
    [404, [{ code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' }]],
  ])
})

test('takes the same image under an immutable tag again', async () => {
  const { call, ecr } = await registry()
  await ecr.send(new Ecr.PutImageTagMutabilityCommand({ repositoryName: 'app', imageTagMutability: 'IMMUTABLE' }))
  await pushImage(call, 'v1', ['one'])
  expect((await pushImage(call, 'v1', ['one'])).response.status).toBe(201)
})

test('lists tags in pages', async () => {
  const { call } = await registry()
  for (const tag of ['c', 'a', 'b']) await pushImage(call, tag, ['one'])
  const first = await call('/v2/app/tags/list?n=2')
  const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  const second = await call(next)
  expect([await first.json(), await second.json(), second.headers.get('link')]).toEqual([
    { name: 'app', tags: ['a', 'b'] },
    { name: 'app', tags: ['c'] },
    null,
  ])
})

test('knows what refers to an image', async () => {
  const { call } = await registry()
  const image = await pushImage(call, 'v1', ['one'])
  const subject = { mediaType: MANIFEST, digest: image.digest, size: image.body.length }
  const more = { artifactType: 'application/vnd.example.signature', subject }
  const signature = await pushImage(call, 'signature', [], more)
  expect(signature.response.headers.get('oci-subject')).toBe(image.digest)
  const referrers = async (query = '') =>
    ((await (await call(`/v2/app/referrers/${image.digest}${query}`)).json()) as { manifests: object[] }).manifests
  expect(await referrers()).toEqual([
    { mediaType: MANIFEST, digest: signature.digest, size: signature.body.length, artifactType: more.artifactType },
  ])
  expect(await referrers('?artifactType=application/other')).toEqual([])
})

test('deletes files when no image of any repository needs them any more', async () => {
  const directory = join(tmpdir(), `img2vid-test-${process.pid}-garbage`)
  const { call, ecr } = await registry({ directory })
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'other' }))
  const { digest } = await pushImage(call, 'v1', ['shared', 'own'])
  await pushImage(call, 'v1', ['shared'], {}, 'other')
  await pushBlob(call, 'layer of a push that is under way')
  const files = async () => (await readdir(join(directory, 'blobs'))).map((name) => name.replace('-', ':')).sort()
  const digests = (...contents: string[]) => contents.map(digestOf).sort()
  expect((await call(`/v2/app/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202)
  expect(await files()).toEqual(digests('{}', 'shared', 'layer of a push that is under way'))
  await ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName: 'other', force: true }))
  expect(await files()).toEqual(digests('layer of a push that is under way'))
})

test('keeps port, logins and images over a restart', async () => {
  const state = emptyState()
  const directory = join(tmpdir(), `img2vid-test-${process.pid}-restart`)
  const before = await registry({ state, directory })
  const { body } = await pushImage(before.call, 'v1', ['layer'])
  await before.aws.emulator.close()
  const after = await startAws({ state, directory })
  expect((await login(new Ecr.ECRClient(after.client))).proxyEndpoint).toBe(before.proxyEndpoint)
  expect(await (await before.call('/v2/app/manifests/v1')).text()).toBe(body)
  expect(await (await before.call(`/v2/app/blobs/${digestOf('layer')}`)).text()).toBe('layer')
})

test('listens elsewhere when its port was taken meanwhile', async () => {
  const state = emptyState()
  const { proxyEndpoint } = await registry({ state })
  const second = await startAws({ state })
  const elsewhere = await login(new Ecr.ECRClient(second.client))
  expect(elsewhere.proxyEndpoint).not.toBe(proxyEndpoint)
  expect((await elsewhere.call('/v2/app/tags/list')).status).toBe(200)
})
