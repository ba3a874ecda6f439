import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf, serverIn } from '../support/server.ts'

const call = async (port: number, method: string, path = '', body?: string, headers = {}) => {
  const answer = await fetch(`http://127.0.0.1:${port}/_embedded/faults${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  return [answer.status, await answer.json()]
}

test('faults are ordered, listed and taken back over HTTP, and outlive a restart', async () => {
  const directory = temporaryFolder()
  const first = await serverIn(directory)
  const order = { kind: 'throttle', service: 'ecs', times: 2 }
  const fault = { ...order, id: 'fault-1', struck: 0 }
  expect(await call(first.port, 'POST', '', JSON.stringify(order))).toEqual([201, { fault }])
  await expect(new ECS(clientOf(first.port)).listClusters({})).rejects.toMatchObject({ name: 'ThrottlingException' })
  await first.close()

  const { port } = await serverIn(directory)
  expect(await call(port, 'GET')).toEqual([200, { faults: [{ ...fault, struck: 1 }] }])
  await expect(new ECS(clientOf(port)).listClusters({})).rejects.toMatchObject({ name: 'ThrottlingException' })
  await new ECS(clientOf(port)).listClusters({})
  expect(await call(port, 'GET')).toEqual([200, { faults: [] }])

  expect(await call(port, 'POST', '', '{"kind":"denied"}')).toMatchObject([201, { fault: { id: 'fault-2' } }])
  expect(await call(port, 'DELETE', '/fault-2')).toEqual([200, { removed: 1 }])
  await call(port, 'POST', '', '{"kind":"expired"}')
  expect(await call(port, 'DELETE')).toEqual([200, { removed: 1 }])
  expect(await call(port, 'GET')).toEqual([200, { faults: [] }])
})

test.each([
  ['not JSON', 400, '', 'the body is not valid JSON'],
  ['[1', 400, '', 'the body is not valid JSON'],
  ['null', 400, '', 'expected an object'],
  ['{"kind":"__proto__"}', 400, 'kind', /^expected one of throttle, /],
  ['{"kind":"slow","seconds":-1}', 400, 'seconds', 'Too small: expected number to be >0'],
  ['{"kind":"denied","zone":"a"}', 400, 'zone', 'denied has no such field'],
  [`{"kind":"${'x'.repeat(70_000)}"}`, 413, '', 'the order is too large'],
])('refuses the order %#, in words', async (body, status, path, message) => {
  const { port } = await serverIn(temporaryFolder())
  const words = message instanceof RegExp ? expect.stringMatching(message) : message
  expect(await call(port, 'POST', '', body)).toEqual([status, { problems: [{ path, message: words }] }])
})

test('refuses web pages, other methods and unknown ids', async () => {
  const { port } = await serverIn(temporaryFolder())
  const problem = (message: string, path = '') => ({ problems: [{ path, message }] })
  expect(await call(port, 'DELETE', '/fault-7')).toEqual([404, problem('there is no fault fault-7', 'id')])
  expect(await call(port, 'PUT')).toEqual([405, problem('PUT is not possible here')])
  expect(await call(port, 'DELETE', '', undefined, { origin: 'https://example.com' })).toEqual([
    403,
    problem('The embedded AWS serves no web pages.'),
  ])
})
