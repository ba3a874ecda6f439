import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { AwsError } from '../../errors.ts'
import type { World } from '../../world.ts'
import type { Content } from './state.ts'

/** Puts bytes into the store. Throws when they are not those that the client says they are. */
export async function keep(world: World, bytes: AsyncIterable<Uint8Array>, contentMd5?: string): Promise<Content> {
  const { uploads } = world.registry
  const id = world.random.uuid()
  const hash = createHash('md5')
  async function* hashed() {
    for await (const chunk of bytes) {
      hash.update(chunk)
      yield chunk
    }
  }
  await uploads.begin(id, world.clock.now())
  const size = await uploads.append(id, Readable.from(hashed(), { objectMode: false }))
  const md5 = hash.digest()
  if (contentMd5 !== undefined && md5.toString('base64') !== contentMd5) {
    await uploads.discard(id)
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  const digest = uploads.digest(id) ?? ''
  await uploads.finish(id)
  return { digest, size, md5: md5.toString('hex') }
}

/** Whatever an SDK takes for a body, or the wire hands over. */
export function bytesOf(body: unknown): AsyncIterable<Uint8Array> {
  if (body === undefined) return Readable.from([])
  if (typeof body === 'string') return Readable.from([Buffer.from(body)])
  return body instanceof Uint8Array ? Readable.from([body]) : (body as AsyncIterable<Uint8Array>)
}

export async function textOf(world: World, { digest }: Pick<Content, 'digest'>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of world.registry.blobs.read(digest)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
