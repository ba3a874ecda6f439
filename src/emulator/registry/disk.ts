import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { listenOnLoopback } from '../loopback.ts'
import type { Blobs, Registry, Uploads } from './registry.ts'

/** Keeps blobs as files of a directory that this process alone writes to. */
export function diskRegistry(directory: string): Registry {
  const servers = new Map<string, Promise<Opened>>()
  return {
    blobs: diskBlobs(directory),
    uploads: diskUploads(directory),

    async open(region, port, listener) {
      const listening = servers.get(region) ?? listen(listener, port)
      servers.set(region, listening)
      listening.catch(() => servers.delete(region))
      return (await listening).port
    },

    async close() {
      const open = [...servers.values()]
      servers.clear()
      for (const listening of open) {
        const { server } = await listening
        server.closeAllConnections()
        await new Promise((closed) => server.close(closed))
      }
    },
  }
}

interface Opened {
  readonly server: Server
  readonly port: number
}

async function listen(listener: RequestListener, port?: number): Promise<Opened> {
  // A large layer takes longer to push than the five minutes that Node grants a request.
  const server = createServer({ requestTimeout: 0 }, listener)
  return { server, port: await listenOnLoopback(server, port) }
}

const blobFile = (directory: string, digest: string): string => join(directory, 'blobs', digest.replace(':', '-'))

function diskBlobs(directory: string): Blobs {
  return {
    size: (digest) =>
      stat(blobFile(directory, digest)).then(
        ({ size }) => size,
        () => undefined,
      ),
    read: (digest, range) => createReadStream(blobFile(directory, digest), range),
    async sweep(isHeld) {
      const names = await readdir(join(directory, 'blobs')).catch(() => [])
      for (const digest of names.map((name) => name.replace('-', ':'))) {
        if (!isHeld(digest)) await rm(blobFile(directory, digest), { force: true })
      }
    },
  }
}

interface Upload {
  readonly file: string
  readonly begun: Date
  readonly hash: Hash
  size: number
}

const DAY = 24 * 60 * 60 * 1000

function diskUploads(directory: string): Uploads {
  const uploads = new Map<string, Upload>()
  const folder = join(directory, 'uploads')
  let prepared: Promise<void> | undefined

  /** What an earlier process left unfinished cannot be continued: its hash is lost. */
  const prepare = async () => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await mkdir(join(directory, 'blobs'), { recursive: true })
  }
  const find = (id: string): Upload => {
    const upload = uploads.get(id)
    if (!upload) throw new Error(`There is no upload ${id}.`)
    return upload
  }
  const discard = async (id: string) => {
    const upload = uploads.get(id)
    uploads.delete(id)
    if (upload) await rm(upload.file, { force: true })
  }

  return {
    async begin(id, now) {
      prepared ??= prepare()
      await prepared
      for (const [old, { begun }] of uploads) if (now.getTime() - begun.getTime() > DAY) await discard(old)
      uploads.set(id, { file: join(folder, id), begun: now, hash: createHash('sha256'), size: 0 })
      await pipeline([], createWriteStream(join(folder, id)))
    },

    size: (id) => uploads.get(id)?.size,

    async append(id, content: Readable) {
      const upload = find(id)
      async function* measured(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          upload.hash.update(chunk)
          upload.size += chunk.length
          yield chunk
        }
      }
      try {
        await pipeline(content, measured, createWriteStream(upload.file, { flags: 'a' }))
      } catch (error) {
        await discard(id)
        throw error
      }
      return upload.size
    },

    digest(id) {
      const upload = uploads.get(id)
      return upload && `sha256:${upload.hash.copy().digest('hex')}`
    },

    async finish(id) {
      const { file, hash } = find(id)
      uploads.delete(id)
      await rename(file, blobFile(directory, `sha256:${hash.digest('hex')}`))
    },

    discard,
  }
}
