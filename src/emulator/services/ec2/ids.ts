import { createHash } from 'node:crypto'
import type { World } from '../../world.ts'

const DIGITS = 16

/** Ids are a prefix, a zero and 16 hexadecimal digits. */
export const newId = (world: World, prefix: string): string => `${prefix}-0${world.random.hex(DIGITS)}`

/** An id that is the same in every embedded AWS: of what a new region holds, and of AWS's own resources. */
export const fixedId = (prefix: string, ...parts: readonly string[]): string =>
  `${prefix}-0${createHash('sha256')
    .update([prefix, ...parts].join('/'))
    .digest('hex')
    .slice(0, DIGITS)}`
