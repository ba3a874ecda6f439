import type { RequestListener } from 'node:http'
import type { Readable } from 'node:stream'

/** Where the bytes of images lie and how clients reach them: an effect, as the runtime is. */
export interface Registry {
  readonly blobs: Blobs
  readonly uploads: Uploads
  /** Listens for a region on loopback, at `port` if that is free. Resolves to the port; asked again, to the same. */
  open(region: string, port: number | undefined, listener: RequestListener): Promise<number>
  close(): Promise<void>
}

/** Layers and configurations by digest, shared by all repositories of all regions. */
export interface Blobs {
  /** In bytes; undefined when there is no such blob. */
  size(digest: string): Promise<number | undefined>
  /** Both ends of the range are included. */
  read(digest: string, range?: { readonly start: number; readonly end: number }): Readable
  /** Deletes every blob that nobody holds. */
  sweep(isHeld: (digest: string) => boolean): Promise<void>
}

/** Blobs that are still arriving. Nothing of them outlives the process. */
export interface Uploads {
  /** Also forgets uploads that were begun a day before `now` and never finished. */
  begin(id: string, now: Date): Promise<void>
  /** Bytes so far; undefined when there is no such upload. */
  size(id: string): number | undefined
  /** Returns the bytes so far. When the content breaks off, the upload is discarded. */
  append(id: string, content: Readable): Promise<number>
  /** The digest of what has arrived; undefined when there is no such upload. */
  digest(id: string): string | undefined
  /** Turns the upload into a blob. */
  finish(id: string): Promise<void>
  discard(id: string): Promise<void>
}

export const DIGEST = /^sha256:[0-9a-f]{64}$/
