/** Chance that can be replayed: the same seed gives the same ids. */
export interface Random {
  /** A fraction from 0 up to, not including, 1. */
  fraction(): number
  hex(digits: number): string
  /** Letters and digits, as CloudFormation puts at the end of a generated name. */
  suffix(length: number): string
  uuid(): string
}

/** Mulberry32: one 32-bit state, enough for ids, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const pick = (alphabet: string, length: number) => {
    let picked = ''
    while (picked.length < length) picked += alphabet[Math.floor(fraction() * alphabet.length)]
    return picked
  }
  const hex = (digits: number) => pick('0123456789abcdef', digits)
  return {
    fraction,
    hex,
    suffix: (length) => pick('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', length),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  }
}
