import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Ecr from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { digestOf, failure, pushBlob, registry } from '../support/registry.ts'

test('takes a blob in chunks, tells how far it is, and refuses one that is out of order', async () => {
  const { call } = await registry()
  const begun = await call('/v2/app/blobs/uploads/', { method: 'POST' })
  const location = begun.headers.get('location') ?? ''
  const chunk = (body: string, range: string) =>
    call(location, { method: 'PATCH', body, headers: { 'content-range': range } })
  const first = await chunk('hello ', '0-5')
  const wrong = await chunk('world', '7-11')
  const status = await call(location)
  const digest = digestOf('hello world')
  const finished = await call(`${location}?digest=${digest}`, { method: 'PUT', body: 'world' })
  expect([first, wrong, status].map((response) => [response.status, response.headers.get('range')])).toEqual([
    [202, '0-5'],
    [416, '0-5'],
    [204, '0-5'],
  ])
  expect([finished.status, finished.headers.get('docker-content-digest'), finished.headers.get('location')]).toEqual([
    201,
    digest,
    `/v2/app/blobs/${digest}`,
  ])
  expect(await (await call(`/v2/app/blobs/${digest}`)).text()).toBe('hello world')
  expect((await call(location)).status).toBe(404)
})

test('refuses content that does not have the promised digest and keeps nothing of it', async () => {
  const directory = join(tmpdir(), `img2vid-test-${process.pid}-digest`)
  const { call } = await registry({ directory })
  const promised = digestOf('something else')
  const response = await call(`/v2/app/blobs/uploads/?digest=${promised}`, { method: 'POST', body: 'content' })
  expect(await failure(response)).toEqual([
    400,
    [{ code: 'DIGEST_INVALID', message: `The content has the digest ${digestOf('content')}.` }],
  ])
  expect((await call(`/v2/app/blobs/${promised}`, { method: 'HEAD' })).status).toBe(404)
  expect([await readdir(join(directory, 'blobs')), await readdir(join(directory, 'uploads'))]).toEqual([[], []])
})

test('forgets an upload whose client dies in the middle', async () => {
  const directory = join(tmpdir(), `img2vid-test-${process.pid}-dies`)
  const { aws, call, proxyEndpoint, authorizationToken } = await registry({ directory })
  const begun = await call('/v2/app/blobs/uploads/', { method: 'POST' })
  const location = new URL(begun.headers.get('location') ?? '', proxyEndpoint)
  const dying = request(location, {
    method: 'PATCH',
    headers: { authorization: `Basic ${authorizationToken}`, 'content-length': 1000 },
  })
  dying.on('error', () => {})
  dying.write('half of it')
  await aws.eventually(async () => (await call(location.pathname)).headers.get('range') === '0-9')
  dying.destroy()
  await aws.eventually(async () => (await call(location.pathname)).status === 404)
  await aws.eventually(async () => (await readdir(join(directory, 'uploads'))).length === 0)
})

test('cancels an upload', async () => {
  const { call } = await registry()
  const location = (await call('/v2/app/blobs/uploads/', { method: 'POST' })).headers.get('location') ?? ''
  expect((await call(location, { method: 'DELETE' })).status).toBe(204)
  expect(await failure(await call(`${location}?digest=${digestOf('')}`, { method: 'PUT' }))).toEqual([
    404,
    [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'The upload was not found.' }],
  ])
})

test('serves parts of a blob', async () => {
  const { call } = await registry()
  await pushBlob(call, '0123456789')
  const part = async (range: string) => {
    const response = await call(`/v2/app/blobs/${digestOf('0123456789')}`, { headers: { range } })
    return [response.status, response.headers.get('content-range'), await response.text()]
  }
  expect([await part('bytes=2-4'), await part('bytes=7-'), await part('bytes=-2')]).toEqual([
    [206, 'bytes 2-4/10', '234'],
    [206, 'bytes 7-9/10', '789'],
    [206, 'bytes 8-9/10', '89'],
  ])
  expect((await part('bytes=10-')).slice(0, 2)).toEqual([416, 'bytes */10'])
})

test('mounts a blob of another repository, and of no other repository than the named one', async () => {
  const { call, ecr } = await registry()
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'other' }))
  await pushBlob(call, 'layer')
  const digest = digestOf('layer')
  expect((await call(`/v2/other/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404)
  const wrong = await call(`/v2/other/blobs/uploads/?mount=${digest}&from=nowhere`, { method: 'POST' })
  const right = await call(`/v2/other/blobs/uploads/?mount=${digest}&from=app`, { method: 'POST' })
  expect([wrong.status, right.status, right.headers.get('location')]).toEqual([202, 201, `/v2/other/blobs/${digest}`])
  expect(await (await call(`/v2/other/blobs/${digest}`)).text()).toBe('layer')
})
