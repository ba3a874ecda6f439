import { invalidTemplate } from './errors.ts'

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

/** The first `count` blocks with `hostBits` bits for hosts each, as Fn::Cidr gives them (IPv4). */
export function cidrBlocks(block: string, count: number, hostBits: number): string[] {
  const [address = '', prefix = ''] = block.split('/')
  const size = 2 ** hostBits
  const room = 2 ** (32 - Number(prefix))
  if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(block) || !Number.isInteger(count) || !Number.isInteger(hostBits)) {
    throw invalidTemplate('Template error: every Fn::Cidr object requires an ipBlock, a count and cidrBits.')
  }
  if (count * size > room)
    throw invalidTemplate(`Template error: Fn::Cidr cannot make ${count} blocks of ${size} addresses out of ${block}`)
  const start = Math.floor(toNumber(address) / room) * room
  return Array.from({ length: count }, (_, index) => `${toAddress(start + index * size)}/${32 - hostBits}`)
}
