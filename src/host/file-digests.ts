import { createHash } from 'node:crypto'
import { readFileSync, renameSync, type Stats, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { privateHome } from './home.ts'

const MEBIBYTE = 1024 * 1024
/** The coarsest clock of a file system in use: what changes within it again may have the same times. */
const TICK_MS = 2_000
const KEPT = 5_000

/** A file's digest, whose status is known already. */
export type FileDigest = (file: string, status: Stats) => Promise<string>

/** Reads into one buffer while the other is digested: a stream, with a new one for each piece, takes twice as long. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    let [filling, full] = [Buffer.allocUnsafe(MEBIBYTE), Buffer.allocUnsafe(MEBIBYTE)]
    let reading = file.read(filling, 0, MEBIBYTE)
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return hash.digest('hex')
      ;[filling, full] = [full, filling]
      reading = file.read(filling, 0, MEBIBYTE)
      hash.update(full.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/**
 * Reads a file only when its status is not the one that it was read with: whatever changes a file moves its ctime, which
 * no program can set. What the disk does not take or give is no reason to fail.
 */
export async function withKnownDigests<Result>(
  folder: string,
  action: (digest: FileDigest) => Promise<Result>,
  { changed = () => {}, now = Date.now }: { changed?: () => void; now?: () => number } = {},
): Promise<Result> {
  const store = join(folder, '.img2vid', 'digests.json')
  const known = read(store)
  const fresh: Record<string, Known[string]> = {}
  const result = await action(async (file, status) => {
    const stamp = stampOf(status)
    const [before, digest] = known[file] ?? []
    if (before === stamp && digest) return digest
    if (before !== undefined && before !== stamp) changed()
    const settled = Math.max(status.ctimeMs, status.mtimeMs) < now() - TICK_MS
    const found = await fileDigest(file)
    fresh[file] = [stamp, settled ? found : '']
    return found
  })
  if (Object.keys(fresh).length > 0) write(folder, store, fresh)
  return result
}

/** Without a digest where a file may have changed since with the same stamp. */
type Known = Readonly<Record<string, readonly [stamp: string, digest: string]>>

const stampOf = ({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string => [dev, ino, size, mtimeMs, ctimeMs].join(' ')

function read(store: string): Known {
  try {
    return { ...(JSON.parse(readFileSync(store, 'utf8')) as Known) }
  } catch {
    return {}
  }
}

/** Beside what others have kept meanwhile. */
function write(folder: string, store: string, fresh: Known): void {
  const newest = Object.entries({ ...read(store), ...fresh }).slice(-KEPT)
  try {
    privateHome(folder)
    writeFileSync(`${store}.${process.pid}`, JSON.stringify(Object.fromEntries(newest)), { mode: 0o600 })
    renameSync(`${store}.${process.pid}`, store)
  } catch {}
}
