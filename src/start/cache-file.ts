import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'

/** What is kept, by name: what V8 made of each file of a bundle, or we of each text. */
export type Kept = ReadonlyMap<string, Buffer>

/** Bundles and Node versions that are in use side by side; older ones go. */
const KEPT_KEYS = 3
/** A checksum of what follows, then the length of the index. */
const HEAD_BYTES = 8

/** Whatever is wrong with the file, it is as if it were not there: V8 would believe it, and crash. */
export function readKept(file: string): Kept {
  try {
    const all = readOwn(file)
    if (crc32(all.subarray(4)) !== all.readUInt32LE(0)) return new Map()
    let offset = HEAD_BYTES + all.readUInt32LE(4)
    const index = JSON.parse(all.toString('utf8', HEAD_BYTES, offset)) as [name: string, length: number][]
    return new Map(
      index.map(([name, length]) => {
        offset += length
        return [name, all.subarray(offset - length, offset)]
      }),
    )
  } catch {
    return new Map()
  }
}

/** It is going to be run: only what this user wrote is taken. */
function readOwn(file: string): Buffer {
  const descriptor = openSync(file, 'r')
  try {
    if (process.getuid && fstatSync(descriptor).uid !== process.getuid()) throw new Error(`${file} is somebody else's`)
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Another process may do the same at the same time: each writes a whole file. Where nothing can be written, nothing is. */
export function writeKept(file: string, kept: Kept): void {
  const key = dirname(file)
  const mine = `${file}.${process.pid}`
  const index = Buffer.from(JSON.stringify([...kept].map(([name, { length }]) => [name, length])))
  const all = Buffer.concat([Buffer.alloc(HEAD_BYTES), index, ...kept.values()])
  all.writeUInt32LE(index.length, 4)
  all.writeUInt32LE(crc32(all.subarray(4)), 0)
  try {
    if (mkdirSync(key, { recursive: true, mode: 0o700 }) !== undefined) removeOldKeys(dirname(key))
    writeFileSync(mine, all, { mode: 0o600, flag: 'wx' })
    renameSync(mine, file)
  } catch {
    remove(mine)
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // Its folder is none, or nobody may write there.
  }
}

function removeOldKeys(home: string): void {
  const byAge = readdirSync(home)
    .map((name) => ({ path: join(home, name), age: statSync(join(home, name)).mtimeMs }))
    .sort((one, other) => other.age - one.age)
  for (const { path } of byAge.slice(KEPT_KEYS)) rmSync(path, { recursive: true, force: true })
}
