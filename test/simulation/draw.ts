import type { Random } from '../../src/emulator/random.ts'

export const happens = ({ fraction }: Random, probability: number): boolean => fraction() < probability

export const chosen = <Item>({ fraction }: Random, items: readonly Item[]): Item =>
  items[Math.floor(fraction() * items.length)] as Item

/** A whole number from the least to the most; both may come. */
export const between = ({ fraction }: Random, least: number, most: number): number =>
  least + Math.floor(fraction() * (most - least + 1))
