import { closest, distance } from 'fastest-levenshtein'

/** The nearest of some words, when it is near enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const begun = word.length > 2 ? known.find((one) => one.startsWith(word.toLowerCase())) : undefined
  if (begun !== undefined) return begun
  const best = closest(word.toLowerCase(), [...known])
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(best.length / 3))
  return distance(word.toLowerCase(), best) <= limit || sorted(word.toLowerCase()) === sorted(best) ? best : undefined
}

const sorted = (word: string): string => [...word].sort().join('')

export const meant = (word: string, known: readonly string[]): string => didYouMean(nearest(word, known))

export const didYouMean = (best: string | undefined): string => (best === undefined ? '' : `; did you mean ${best}?`)
