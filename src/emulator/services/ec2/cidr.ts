/** An IPv4 network: its first address as a number, and the length of its prefix. */
export interface Cidr {
  readonly first: number
  readonly prefix: number
}

const OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

export function addressNumber(text: string): number | undefined {
  const octets = OCTETS.exec(text)?.slice(1).map(Number)
  if (!octets?.every((octet) => octet < 256)) return undefined
  return octets.reduce((sum, octet) => sum * 256 + octet, 0)
}

export const addressText = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')

export const sizeOf = ({ prefix }: Cidr): number => 2 ** (32 - prefix)

/** The network that a text names; host bits are cleared, as AWS does. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = ''] = text.split('/')
  const number = addressNumber(address)
  const prefix = Number(length)
  if (number === undefined || !/^\d{1,2}$/.test(length) || prefix > 32) return undefined
  return { first: number - (number % 2 ** (32 - prefix)), prefix }
}

export const cidrText = (cidr: Cidr): string => `${addressText(cidr.first)}/${cidr.prefix}`

export const contains = (outer: Cidr, inner: Cidr): boolean =>
  outer.first <= inner.first && inner.first + sizeOf(inner) <= outer.first + sizeOf(outer)

export const overlaps = (one: Cidr, other: Cidr): boolean => contains(one, other) || contains(other, one)
