import type { IncomingMessage } from 'node:http'

/** The bytes that a client sends, without the frames that it puts around signed or checksummed chunks (`aws-chunked`). */
export function contentOf(message: IncomingMessage): AsyncIterable<Buffer> {
  const { 'content-encoding': encoding = '', 'x-amz-content-sha256': hash = '' } = message.headers
  return /\baws-chunked\b/.test(encoding) || `${hash}`.startsWith('STREAMING-') ? unframed(message) : message
}

const LINE_END = '\r\n'

/** Each chunk is `<size in hex>[;signature]`, a line end, the bytes, a line end; one of no bytes and trailers end it. */
async function* unframed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  let left = 0
  let over = false
  for await (const chunk of chunks) {
    if (over) continue
    held = Buffer.concat([held, chunk])
    while (held.length > 0) {
      if (left > LINE_END.length) {
        const bytes = held.subarray(0, left - LINE_END.length)
        held = held.subarray(bytes.length)
        left -= bytes.length
        yield bytes
        continue
      }
      if (held.length < left) break
      const end = held.indexOf(LINE_END, left)
      if (end < 0) break
      const size = Number.parseInt(held.toString('latin1', left, end), 16)
      over = !(size > 0)
      if (over) break
      held = held.subarray(end + LINE_END.length)
      left = size + LINE_END.length
    }
  }
}
