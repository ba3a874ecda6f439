import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Asked, exchange } from '../../src/http/exchange.ts'

async function listening(server: Server): Promise<Pick<Asked, 'hostname' | 'port'>> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => void server.close())
  return { hostname: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

const served = (listener: RequestListener) => listening(createHttpServer(listener))

/** A server that answers each request, which is one piece here, with these pieces. */
const answering = (pieces: readonly (string | Buffer)[], end = false) =>
  listening(
    createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => void written(socket, pieces, end))
    }),
  )

async function written(socket: Socket, pieces: readonly (string | Buffer)[], end: boolean): Promise<void> {
  for (const piece of pieces) await new Promise<void>((sent) => void socket.write(piece, () => setImmediate(sent)))
  if (end) socket.end()
}

const get = { method: 'GET', path: '/' }
const textOf = ({ body }: { readonly body: Uint8Array }) => Buffer.from(body).toString()

test('what is asked arrives as it is, and so does the answer: names, values, text, bytes and nothing at all', async () => {
  const at = await served(async (request, response) => {
    const pieces = await request.toArray()
    const { host, 'x-name': name, 'content-length': length } = request.headers
    response.setHeader('X-Asked', [
      `${request.method} ${request.url}`,
      `${name} ${length} ${host === `127.0.0.1:${at.port}`}`,
    ])
    response.writeHead(418)
    response.end(Buffer.concat(pieces))
  })
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
  const ask = async (body?: string | Uint8Array) => {
    const asked = { ...at, method: 'PUT', path: '/a%20b?c=d', headers: { 'X-Name': 'one' }, ...(body && { body }) }
    const { statusCode, headers, body: answer } = await exchange(asked)
    return [statusCode, headers['x-asked'], Buffer.from(answer)]
  }
  const told = (length: number) => `PUT /a%20b?c=d, one ${length} true`
  expect(await ask('Grüße')).toEqual([418, told(7), Buffer.from('Grüße')])
  expect(await ask(bytes)).toEqual([418, told(300_000), bytes])
  expect(await ask()).toEqual([418, told(0), Buffer.alloc(0)])
})

test.each([
  ['of a length', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', 'lo'], false],
  ['in chunks', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r', '\n3\r\nllo\r\n0\r\n\r\n'], false],
  ['until the end', ['HTTP/1.1 200 OK\r\n\r\nhe', 'llo'], true],
  [
    'after another that is none',
    ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
    false,
  ],
  ['byte by byte', [...'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'], false],
])('an answer comes %s', async (_how, pieces, end) => {
  const answer = await exchange({ ...get, ...(await answering(pieces, end)) })
  expect([answer.statusCode, textOf(answer)]).toEqual([200, 'hello'])
})

test('the answer to HEAD has a length and no body', async () => {
  const at = await served((_request, response) => response.setHeader('Content-Length', 5).end())
  const { headers, body } = await exchange({ ...get, method: 'HEAD', ...at })
  expect([headers['content-length'], body.length]).toEqual(['5', 0])
})

test('one after the other goes over the same connection, unless the server closes it; at once each has its own', async () => {
  const from: (number | undefined)[] = []
  const at = await served((request, response) => {
    from.push(request.socket.remotePort)
    if (request.url === '/last') response.setHeader('Connection', 'close')
    setImmediate(() => response.end())
  })
  const ask = (path: string) => exchange({ method: 'GET', path, ...at })
  await ask('/')
  await ask('/last')
  await ask('/')
  await Promise.all([ask('/'), ask('/')])
  const [first, last, third, ...together] = from
  expect(last).toBe(first)
  expect(third).not.toBe(first)
  expect(new Set(together)).toHaveProperty('size', 2)
  expect(together).toContain(third)
})

test('an idle connection that ends, or says what nobody asked, is not taken again', async () => {
  const sockets: Socket[] = []
  const at = await listening(
    createServer((socket) => {
      sockets.push(socket)
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    }),
  )
  const closed = (socket: Socket | undefined) => new Promise((done) => socket?.on('close', done))
  await exchange({ ...get, ...at })
  const first = closed(sockets[0])
  sockets[0]?.end()
  await first
  await exchange({ ...get, ...at })
  const second = closed(sockets[1])
  sockets[1]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
  await second
  expect(await exchange({ ...get, ...at })).toMatchObject({ statusCode: 200 })
  expect(sockets.length).toBe(3)
  sockets[2]?.destroy()
})

test.each([
  ['ECONNRESET', ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'], true],
  ['ECONNRESET', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello'], true],
  ['ECONNRESET', [], true],
  ['ETIMEDOUT', ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'], false],
  ['HPE_INVALID_CONSTANT', ['SSH-2.0-OpenSSH_9.2\r\n'], false],
])('half an answer, or none, is an error: %s', async (code, pieces, end) => {
  await expect(exchange({ ...get, ...(await answering(pieces, end)), timeoutMs: 100 })).rejects.toMatchObject({ code })
})

test('nobody who listens is an error too', async () => {
  const server = createServer()
  const at = await listening(server)
  await new Promise((closed) => server.close(closed))
  await expect(exchange({ ...get, ...at })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test.each([
  { path: '/ HTTP/1.1\r\nX-Other: 1' },
  { headers: { name: 'a\r\nX-Other: 1' } },
  { headers: { 'name\n': 'a' } },
])('what would be another line of a request is not sent: %j', (wrong) => {
  expect(() => exchange({ ...get, hostname: '127.0.0.1', port: 1, ...wrong })).toThrow(TypeError)
})
