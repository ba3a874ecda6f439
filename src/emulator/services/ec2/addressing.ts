import { AwsError } from '../../errors.ts'
import type { World } from '../../world.ts'
import { addressNumber, addressText, type Cidr, contains, parseCidr, sizeOf } from './cidr.ts'
import { invalid } from './find.ts'
import type { Ec2State, Subnet } from './state.ts'
import { RESERVED, RESERVED_AT_START } from './subnets.ts'

/** RFC 2544: kept for tests of networks, so that no emulated public address belongs to anyone. */
const PUBLIC: Cidr = { first: 0xc6_12_00_00, prefix: 15 }

/** The address that is asked for, or one that the subnet has left. */
export function freePrivateAddress(world: World, ec2: Ec2State, subnet: Subnet, wanted?: string): string {
  const taken = new Set(
    Object.values(ec2.networkInterfaces)
      .filter(({ SubnetId }) => SubnetId === subnet.SubnetId)
      .map(({ PrivateIpAddress }) => PrivateIpAddress),
  )
  const cidr = parseCidr(subnet.CidrBlock) ?? { first: 0, prefix: 32 }
  if (wanted !== undefined) {
    const number = addressNumber(wanted)
    if (number === undefined) throw invalid(`Invalid value '${wanted}' for PrivateIpAddress.`)
    if (!contains(cidr, { first: number, prefix: 32 })) {
      throw invalid(`Address ${wanted} does not fall within the subnet's address range`)
    }
    if (taken.has(wanted)) throw new AwsError('InvalidIPAddress.InUse', 'The specified address is already in use.')
    return wanted
  }
  const free = pick(world, { first: cidr.first + RESERVED_AT_START, size: sizeOf(cidr) - RESERVED }, taken)
  if (free) return free
  throw new AwsError(
    'InsufficientFreeAddressesInSubnet',
    'The specified subnet does not have enough free addresses to satisfy the request.',
  )
}

export function freePublicAddress(world: World, ec2: Ec2State): string {
  const taken = new Set([
    ...Object.values(ec2.addresses).map(({ PublicIp }) => PublicIp),
    ...Object.values(ec2.networkInterfaces).map(({ Association }) => Association?.PublicIp ?? ''),
  ])
  const free = pick(world, { first: PUBLIC.first, size: sizeOf(PUBLIC) }, taken)
  if (free) return free
  throw new AwsError('AddressLimitExceeded', 'The maximum number of addresses has been reached.')
}

/** An address that is not taken: from a place by chance onwards, and around. */
function pick(
  world: World,
  range: { readonly first: number; readonly size: number },
  taken: ReadonlySet<string>,
): string | undefined {
  const start = Math.floor(world.random.fraction() * range.size)
  for (let step = 0; step < range.size; step++) {
    const address = addressText(range.first + ((start + step) % range.size))
    if (!taken.has(address)) return address
  }
  return undefined
}

const dashed = (address: string) => address.replaceAll('.', '-')

export const privateName = (region: string, address: string): string =>
  `ip-${dashed(address)}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`

export const publicName = (region: string, address: string): string =>
  `ec2-${dashed(address)}.${region === 'us-east-1' ? 'compute-1' : `${region}.compute`}.amazonaws.com`
