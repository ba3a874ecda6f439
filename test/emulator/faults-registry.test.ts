import { expect, test } from 'vitest'
import type { Order } from '../../src/emulator/faults/model.ts'
import { digestOf, failure, pushImage, registry } from '../support/registry.ts'

const CALLER = 'arn:aws:iam::000000000000:user/local'
const refused: readonly (readonly [Order, number, string, string])[] = [
  [{ kind: 'throttle' }, 429, 'TOOMANYREQUESTS', 'Rate exceeded'],
  [{ kind: 'expired' }, 403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.'],
  [
    { kind: 'denied' },
    403,
    'DENIED',
    `User: ${CALLER} is not authorized to perform: ecr:PutImage on resource: * because no identity-based policy allows the ecr:PutImage action`,
  ],
  [
    { kind: 'error', status: 503, code: 'ServiceUnavailable' },
    503,
    'ServiceUnavailable',
    'The request has failed due to a temporary failure of the server.',
  ],
] as const

test.each(refused)('a push meets %j in the words of the registry', async (order, status, code, message) => {
  const { aws, call } = await registry()
  const { faults } = aws.emulator.world
  faults.add({ ...order, service: 'registry', operation: 'PutImage', times: 1 } as Order)
  const { response } = await pushImage(call, 'v1', ['one'])
  expect([await failure(response), faults.list()]).toEqual([[status, [{ code, message }]], []])
  const { response: again } = await pushImage(call, 'v1', ['one'])
  expect(again.status).toBe(201)
})

test('a connection breaks before or after a layer has arrived', async () => {
  const { aws, call } = await registry()
  const push = async (content: string) => {
    const begun = await call('/v2/app/blobs/uploads/', { method: 'POST' })
    const upload = begun.headers.get('location') ?? ''
    await call(upload, { method: 'PATCH', body: content })
    return call(`${upload}?digest=${digestOf(content)}`, { method: 'PUT' })
  }
  const has = async (content: string) =>
    (await call(`/v2/app/blobs/${digestOf(content)}`, { method: 'HEAD' })).status === 200
  for (const when of ['before', 'after'] as const) {
    for (const operation of ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload']) {
      const content = `${when} ${operation}`
      aws.emulator.world.faults.add({ kind: 'disconnect', service: 'registry', operation, when, times: 1 })
      await expect(push(content), content).rejects.toThrow('fetch failed')
      expect(await has(content), content).toBe(content === 'after CompleteLayerUpload')
      expect((await push(content)).status).toBe(201)
    }
  }
})

test('is left alone by faults of calls that do not name it', async () => {
  const { aws, call } = await registry()
  aws.emulator.world.faults.add({ kind: 'throttle' })
  const { response } = await pushImage(call, 'v1', ['one'])
  expect(response.status).toBe(201)
})
