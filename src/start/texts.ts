import { existsSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const STDOUT = 1

/** What the build wrote down for these words; false when the program itself has to answer. */
export function printPrepared(dist: string, words: readonly string[]): boolean {
  const name = words.length === 0 ? '--help' : words.join(' ').replace(/-h$/, '--help').replace(/^-V$/, '--version')
  if (!/^([a-z]+ )*--(help|version)$/.test(name)) return false
  try {
    const text = readFileSync(join(dist, 'texts', `${name}.txt`))
    for (let written = 0; written < text.length; ) written += writeSync(STDOUT, text, written)
    return true
  } catch (error) {
    // Whoever read the output, such as `head`, has had enough.
    return (error as NodeJS.ErrnoException).code === 'EPIPE'
  }
}

/** The command among these words: what runs of it again and again is worth to be kept together. */
export function commandOf(dist: string, [word = '']: readonly string[]): string {
  return /^[a-z]+$/.test(word) && existsSync(join(dist, 'texts', `${word} --help.txt`)) ? word : 'other'
}
