import type { IncomingMessage, RequestListener } from 'node:http'
import { strangeVisitor } from '../wire/visitors.ts'
import { FaultOrderError, type Faults } from './faults.ts'
import type { Order } from './model.ts'

/** Where faults are listed (GET), ordered (POST), taken back by id (DELETE …/<id>) or all at once (DELETE). */
const FAULTS_PATH = '/_embedded/faults'

const LARGEST_ORDER = 64 * 1024

interface Answer {
  readonly status: number
  readonly body: object
}

/** The faults of an embedded AWS over HTTP, as JSON, beside what else is served. */
export function withFaults(faults: Faults, others: RequestListener): RequestListener {
  return (request, response) => {
    if (!request.url?.startsWith(FAULTS_PATH)) return others(request, response)
    const send = ({ status, body }: Answer) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    answer(faults, request).then(send, (error: unknown) => response.destroy(error as Error))
  }
}

async function answer(faults: Faults, request: IncomingMessage): Promise<Answer> {
  const stranger = strangeVisitor(request.headers)
  if (stranger !== undefined) return refusal(403, '', stranger)
  const { method = 'GET', url = '' } = request
  const id = decodeURIComponent(url.slice(FAULTS_PATH.length + 1))
  if (method === 'GET' && id === '') return { status: 200, body: { faults: faults.list() } }
  if (method === 'POST' && id === '') return add(faults, request)
  if (method === 'DELETE' && id === '') return { status: 200, body: { removed: faults.clear() } }
  if (method !== 'DELETE') return refusal(405, '', `${method} is not possible here`)
  return faults.remove(id) ? { status: 200, body: { removed: 1 } } : refusal(404, 'id', `there is no fault ${id}`)
}

const refusal = (status: number, path: string, message: string): Answer => ({
  status,
  body: { problems: [{ path, message }] },
})

async function add(faults: Faults, request: IncomingMessage): Promise<Answer> {
  const text = await readOrderText(request)
  if (text === undefined) return refusal(413, '', 'the order is too large')
  let order: unknown
  try {
    order = JSON.parse(text)
  } catch {
    return refusal(400, '', 'the body is not valid JSON')
  }
  try {
    return { status: 201, body: { fault: faults.add(order as Order) } }
  } catch (error) {
    if (error instanceof FaultOrderError) return { status: 400, body: { problems: error.problems } }
    throw error
  }
}

/** Undefined when it is larger than any order. */
async function readOrderText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= LARGEST_ORDER) chunks.push(chunk)
  }
  return size > LARGEST_ORDER ? undefined : Buffer.concat(chunks).toString()
}
