import { readKept, writeKept } from './cache-file.ts'

/** A file of a bundle, and what V8 made of it. */
export interface Piece {
  readonly text: string
  readonly code: Buffer
}

const TEXTS = 'texts'
const LENGTHS = 'lengths'

/**
 * The texts are parts of one, which V8 takes without copying them: by themselves they would fill what is collected first,
 * and be copied twice.
 */
export function readPieces(file: string): Map<string, Piece> {
  const kept = readKept(file)
  const texts = kept.get(TEXTS)?.toString('latin1') ?? ''
  const lengths = JSON.parse(kept.get(LENGTHS)?.toString() ?? '[]') as [name: string, length: number][]
  let end = 0
  return new Map(
    lengths.map(([name, length]) => {
      end += length
      return [name, { text: texts.slice(end - length, end), code: kept.get(name) as Buffer }]
    }),
  )
}

export function writePieces(file: string, pieces: ReadonlyMap<string, Piece>): void {
  const all = [...pieces]
  const texts = all.map(([, { text }]) => text).join('')
  const lengths = all.map(([name, { text }]) => [name, text.length])
  const beside: [string, Buffer][] = [
    [TEXTS, Buffer.from(texts, 'latin1')],
    [LENGTHS, Buffer.from(JSON.stringify(lengths))],
  ]
  writeKept(file, new Map([...beside, ...all.map(([name, { code }]): [string, Buffer] => [name, code])]))
}
