import { connect, type Socket } from 'node:net'
import { HTTPParser } from 'http-parser-js'

export interface Asked {
  readonly method: string
  readonly hostname: string
  readonly port: number
  readonly path: string
  /** Beside `host` and `content-length`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Of silence. */
  readonly timeoutMs?: number
}

export interface Answer {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/**
 * Asks a server of this machine. V8 compiles Node's HTTP client anew in each process, a tenth of what `status` takes; this is
 * kept with our own code. Rejects with the socket's error, one whose code is ETIMEDOUT after the silence, or ECONNRESET when
 * the connection ends before the answer does.
 */
export function exchange(asked: Asked): Promise<Answer> {
  const head = headOf(asked)
  return new Promise((resolve, reject) => (free(asked) ?? connection(asked)).take({ ...asked, head, resolve, reject }))
}

interface Turn extends Asked {
  readonly head: string
  resolve(answer: Answer): void
  reject(error: Error): void
}

interface Connection {
  readonly address: string
  take(turn: Turn): void
}

/** Connections whose answer has come, and when. Servers close them after seconds, so that none is taken again after so long. */
const idle = new Map<Connection, number>()
const IDLE_MS = 1_000

const addressOf = ({ hostname, port }: Pick<Asked, 'hostname' | 'port'>): string => `${hostname}:${port}`

function free(asked: Asked): Connection | undefined {
  const address = addressOf(asked)
  const fresh = Date.now() - IDLE_MS
  for (const [one, since] of idle) if (one.address === address && since > fresh) return one
  return undefined
}

/** For one request after the other. */
function connection({ hostname, port }: Asked): Connection {
  const socket: Socket = connect({ host: hostname, port, noDelay: true })
  const parser = new HTTPParser('RESPONSE')
  let turn: Turn | undefined
  let answer = { statusCode: 0, headers: {}, stays: false }
  let pieces: Uint8Array[] = []

  parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers, shouldKeepAlive }) => {
    answer = { statusCode, headers: named(headers), stays: shouldKeepAlive }
    return turn?.method === 'HEAD' ? 1 : 0
  }
  parser[HTTPParser.kOnBody] = (piece) => {
    pieces.push(piece)
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    const { statusCode, headers, stays } = answer
    // "100 Continue" and its like come before the answer.
    if (statusCode < 200) return
    turn?.resolve({ statusCode, headers, body: Buffer.concat(pieces) })
    turn = undefined
    pieces = []
    if (!stays) return void socket.destroy()
    socket.unref()
    idle.set(self, Date.now())
  }
  socket.on('data', (data) => {
    // Nobody has asked.
    if (!turn) return void socket.destroy()
    const read = parser.execute(data)
    if (read instanceof Error) socket.destroy(read)
  })
  socket.on('end', () => parser.finish())
  socket.on('timeout', () => socket.destroy(turn && failure('ETIMEDOUT', `no answer for ${turn.timeoutMs} ms`)))
  socket.on('error', (error) => turn?.reject(error))
  socket.on('close', () => {
    idle.delete(self)
    turn?.reject(failure('ECONNRESET', 'the connection ended before the answer'))
  })

  const self: Connection = {
    address: addressOf({ hostname, port }),
    take(next) {
      turn = next
      idle.delete(self)
      socket.ref()
      socket.setTimeout(next.timeoutMs ?? 0)
      const { head, body = '' } = next
      socket.write(typeof body === 'string' ? head + body : Buffer.concat([Buffer.from(head), body]))
    },
  }
  return self
}

/** What would end a line, or the text, is in no name and no value: it would begin something else. */
const BREAK = /[\r\n\0]/

function headOf({ method, path, headers = {}, body = '', ...at }: Asked): string {
  const own = { host: addressOf(at), 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ ...own, ...lowered(headers) }).map(([name, value]) => `${name}: ${value}`)
  const all = [`${method} ${path} HTTP/1.1`, ...lines]
  if (BREAK.test(all.join('')))
    throw new TypeError(`A request would have other lines than these: ${JSON.stringify(all)}`)
  return `${all.join('\r\n')}\r\n\r\n`
}

const lowered = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** From names and values in turn; those of one name are one list. */
function named(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at]?.toLowerCase(), raw[at + 1]]
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code })
