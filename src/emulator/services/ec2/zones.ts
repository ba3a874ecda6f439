/** As many zones in every region; us-west-1 really has two. */
const LETTERS = ['a', 'b', 'c'] as const

export const zonesOf = (region: string): string[] => LETTERS.map((letter) => `${region}${letter}`)

const DIRECTIONS: Record<string, string> = {
  north: 'n',
  northeast: 'ne',
  east: 'e',
  southeast: 'se',
  south: 's',
  southwest: 'sw',
  west: 'w',
  northwest: 'nw',
  central: 'c',
}

/** `use1-az1` for `us-east-1a`. */
export function zoneId(zone: string): string {
  const [, area = '', direction = '', number = '', letter = 'a'] = /^(.+)-([a-z]+)-(\d+)([a-z])$/.exec(zone) ?? []
  const place = `${area.replaceAll('-', '')}${DIRECTIONS[direction] ?? direction}${number}`
  return `${place}-az${letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1}`
}
