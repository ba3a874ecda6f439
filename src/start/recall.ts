import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { readKept, writeKept } from './cache-file.ts'

/** All of it is read at each start, so that there must not be much of it: older ones go. */
const KEPT_BYTES = 400_000

/** Remembers below a folder what was made of a text; with none it is made anew each time. */
export const recaller =
  (folder: string | undefined) =>
  async <Result>(text: string, make: () => Promise<Result>): Promise<Result> => {
    if (folder === undefined) return make()
    const file = join(folder, 'manifests')
    const kept = readKept(file)
    const known = kept.get(text)
    if (known) return deserialize(known) as Result
    const result = await make()
    let bytes = 0
    const newest = [[text, serialize(result)] as const, ...[...kept].reverse()].filter(([name, { length }]) => {
      bytes += name.length + length
      return bytes <= KEPT_BYTES
    })
    if (newest.length > 0) writeKept(file, new Map(newest.reverse()))
    return result
  }
