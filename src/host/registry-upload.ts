import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as begin, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import type { RegistryTarget, RegistryUpload } from '../context.ts'
import type { CommandLine } from '../plan/docker.ts'

interface Blob {
  readonly digest: string
  readonly size: number
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const CONFIGURATION = 'application/vnd.docker.container.image.v1+json'
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar'

/** Speaks the registry's own protocol, so that an image gets there without an engine that can reach it. */
export const registryUpload: RegistryUpload = {
  async saved(command, to) {
    const { output, ended } = start(command)
    const blobs = new Map<string, Blob>()
    const texts = new Map<string, string>()
    const links = new Map<string, string>()
    const archive = extract()
    output.pipe(archive as unknown as NodeJS.WritableStream)
    for await (const entry of archive) {
      const { type, name, linkname } = entry.header
      const content = entry as AsyncIterable<Buffer>
      // Older engines write a layer that stands twice as a link to the first.
      if (type === 'symlink') links.set(name, linked(name, linkname ?? ''))
      else if (type === 'file' && name.endsWith('.json')) texts.set(name, (await gather(content)).toString())
      else if (type === 'file') blobs.set(name, await uploadBlob(content, to))
      entry.resume()
    }
    await ended
    const [index] = JSON.parse(texts.get('manifest.json') ?? '[]') as { Config: string; Layers: string[] }[]
    if (!index) throw new Error('docker save wrote no manifest')
    const text = texts.get(index.Config)
    const config = text === undefined ? blobs.get(index.Config) : await uploadBlob([Buffer.from(text)], to)
    const layers = index.Layers.map((name) => blobs.get(links.get(name) ?? name))
    if (!config || layers.some((layer) => layer === undefined)) throw new Error('docker save wrote an incomplete image')
    return putManifest(config, layers as Blob[], to)
  },

  async placeholder(configuration, content, to) {
    const tar = pack()
    tar.entry({ name: 'placeholder.txt', mtime: new Date(0) }, content)
    tar.finalize()
    const plain = await gather(tar as AsyncIterable<Buffer>)
    const layer = await uploadBlob([gzipSync(plain)], to)
    const config = {
      architecture: 'amd64',
      os: 'linux',
      config: configuration,
      rootfs: { type: 'layers', diff_ids: [digestOf(plain)] },
    }
    const blob = await uploadBlob([Buffer.from(JSON.stringify(config))], to)
    return putManifest(blob, [layer], to)
  },
}

function start({ program, args, env }: CommandLine) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(errors.trim() || `${program} ended with ${code}`)),
    )
  })
  return { output: child.stdout, ended }
}

async function gather(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const linked = (name: string, target: string): string => new URL(target, `file:///${name}`).pathname.slice(1)
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Streams a blob, and finishes it under the digest that it turned out to have. */
async function uploadBlob(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  to: RegistryTarget,
): Promise<Blob> {
  const hash = createHash('sha256')
  let size = 0
  async function* measured() {
    for await (const chunk of content) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  const begun = await request(to, 'POST', '/blobs/uploads/')
  const last = await send(to, 'PATCH', begun, measured())
  const digest = `sha256:${hash.digest('hex')}`
  last.searchParams.set('digest', digest)
  await send(to, 'PUT', last)
  return { digest, size }
}

async function putManifest(config: Blob, layers: readonly Blob[], to: RegistryTarget): Promise<string> {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIGURATION, ...config },
    layers: layers.map((layer) => ({ mediaType: LAYER, ...layer })),
  })
  await request(to, 'PUT', `/manifests/${to.tag}`, manifest, MANIFEST)
  return digestOf(Buffer.from(manifest))
}

function request(to: RegistryTarget, method: string, path: string, body?: string, type?: string): Promise<URL> {
  const slash = to.repositoryUri.indexOf('/')
  const [host, name] = [to.repositoryUri.slice(0, slash), to.repositoryUri.slice(slash + 1)]
  return send(to, method, new URL(`http://${host}/v2/${name}${path}`), body, type)
}

/** Returns where to go on. Not by `fetch`: that of Node 20 holds all that it has sent until the end. */
async function send(
  to: RegistryTarget,
  method: string,
  url: URL,
  body: string | AsyncIterable<Uint8Array> = '',
  type?: string,
): Promise<URL> {
  const authorization = `Basic ${Buffer.from(`AWS:${to.password}`).toString('base64')}`
  const headers = { authorization, ...(type !== undefined && { 'content-type': type }) }
  const going = begin(url, { method, headers })
  const answered = once(going, 'response') as Promise<[IncomingMessage]>
  const sent = typeof body === 'string' ? going.end(body) : pipeline(body, going)
  // A registry that refuses need not hear it all.
  const [[answer]] = await Promise.all([answered, Promise.race([sent, answered])])
  const { statusCode = 0 } = answer
  const words = await text(answer)
  if (statusCode >= 300) {
    going.destroy()
    throw new Error(`the registry refused ${method} ${url.pathname}: ${statusCode} ${words}`)
  }
  await sent
  return new URL(answer.headers.location ?? '', url)
}
