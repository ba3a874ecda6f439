/** What is known of an instance type. Figures as DescribeInstanceTypes gave them in 2026. */
export interface InstanceTypeFacts {
  readonly name: string
  readonly vcpus: number
  readonly threadsPerCore: number
  readonly memoryMiB: number
  readonly architecture: 'x86_64' | 'arm64'
  readonly manufacturer: 'Intel' | 'AMD' | 'AWS'
  readonly networkInterfaces: number
  readonly addressesPerInterface: number
  readonly networkCards: number
  readonly networkPerformance: string
  readonly storageGB: number
  readonly gpu?: { readonly name: string; readonly count: number; readonly memoryMiB: number }
  readonly burstable: boolean
}

const GIB = 1024

/** vCPUs and network interfaces by addresses, by size: the same in all families without accelerators. */
const sizes: Record<string, readonly [vcpus: number, interfaces: number, addresses: number]> = {
  medium: [1, 2, 4],
  large: [2, 3, 10],
  xlarge: [4, 4, 15],
  '2xlarge': [8, 4, 15],
  '4xlarge': [16, 8, 30],
  '8xlarge': [32, 8, 30],
  '9xlarge': [36, 8, 30],
  '12xlarge': [48, 8, 30],
  '16xlarge': [64, 15, 50],
  '18xlarge': [72, 15, 50],
  '24xlarge': [96, 15, 50],
  '32xlarge': [128, 15, 50],
  '48xlarge': [192, 15, 50],
}

const GEN5 = 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge'
const GEN5_COMPUTE = 'large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge'
const GRAVITON = 'medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge'
const GEN6 = 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge'
const GEN7 = 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge'

/** Highest bandwidth in Gigabit, reached for a while by sizes up to 4xlarge and lasting above. */
const NETWORK: Record<string, readonly number[]> = {
  [GEN5]: [10, 10, 10, 10, 10, 12, 20, 25],
  [GEN5_COMPUTE]: [10, 10, 10, 10, 12, 12, 25, 25],
  [GEN6]: [12.5, 12.5, 12.5, 12.5, 12.5, 18.75, 25, 37.5, 50],
  [GEN7]: [12.5, 12.5, 12.5, 12.5, 12.5, 18.75, 25, 37.5, 50],
  '6g': [10, 10, 10, 10, 10, 12, 20, 25],
  '7g': [12.5, 12.5, 12.5, 15, 15, 15, 22.5, 30],
}

const general: readonly (readonly [families: string, sizes: string, network: string])[] = [
  ['m5 r5', GEN5, GEN5],
  ['c5', GEN5_COMPUTE, GEN5_COMPUTE],
  ['m6i c6i r6i', GEN6, GEN6],
  ['m7i c7i r7i', GEN7, GEN7],
  ['m6g c6g r6g', GRAVITON, '6g'],
  ['m7g c7g r7g', GRAVITON, '7g'],
]

/** GiB of memory for a vCPU, by a family's first letter. */
const MEMORY: Record<string, number> = { c: 2, m: 4, r: 8 }

const generalPurpose = (): InstanceTypeFacts[] =>
  general.flatMap(([families, sizeNames, network]) =>
    families.split(' ').flatMap((family) =>
      sizeNames.split(' ').map((size, index) => {
        const [vcpus, networkInterfaces, addressesPerInterface] = sizes[size] ?? [0, 0, 0]
        const arm = family.endsWith('g')
        const bandwidth = `${NETWORK[network]?.[index]} Gigabit`
        return {
          name: `${family}.${size}`,
          vcpus,
          threadsPerCore: arm ? 1 : 2,
          memoryMiB: vcpus * (MEMORY[family.charAt(0)] ?? 0) * GIB,
          architecture: arm ? 'arm64' : 'x86_64',
          manufacturer: arm ? 'AWS' : 'Intel',
          networkInterfaces,
          addressesPerInterface,
          networkCards: 1,
          networkPerformance: vcpus <= 16 ? `Up to ${bandwidth}` : bandwidth,
          storageGB: 0,
          burstable: false,
        }
      }),
    ),
  )

const burstableSizes: readonly (readonly [size: string, vcpus: number, GiB: number, eni: number, ips: number])[] = [
  ['nano', 2, 0.5, 2, 2],
  ['micro', 2, 1, 2, 2],
  ['small', 2, 2, 3, 4],
  ['medium', 2, 4, 3, 6],
  ['large', 2, 8, 3, 12],
  ['xlarge', 4, 16, 4, 15],
  ['2xlarge', 8, 32, 4, 15],
]

const burstable = (): InstanceTypeFacts[] =>
  ['t3', 't3a', 't4g'].flatMap((family) =>
    burstableSizes.map(([size, vcpus, GiB, interfaces, addressesPerInterface]) => ({
      name: `${family}.${size}`,
      vcpus,
      threadsPerCore: family === 't4g' ? 1 : 2,
      memoryMiB: GiB * GIB,
      architecture: family === 't4g' ? 'arm64' : 'x86_64',
      manufacturer: family === 't4g' ? 'AWS' : family === 't3a' ? 'AMD' : 'Intel',
      networkInterfaces: family === 't3a' && size === 'small' ? 2 : interfaces,
      addressesPerInterface,
      networkCards: 1,
      networkPerformance: 'Up to 5 Gigabit',
      storageGB: 0,
      burstable: true,
    })),
  )

/** Name and MiB of memory of a GPU, and the maker of the processor beside it. */
const gpus: Record<string, readonly [gpu: string, memoryMiB: number, manufacturer: InstanceTypeFacts['manufacturer']]> =
  {
    g4dn: ['T4', 16_384, 'Intel'],
    g5: ['A10G', 22_888, 'AMD'],
    g5g: ['T4g', 16_384, 'AWS'],
    g6: ['L4', 22_888, 'AMD'],
    gr6: ['L4', 22_888, 'AMD'],
    g6e: ['L40S', 45_776, 'AMD'],
    p3: ['V100', 16_384, 'Intel'],
    p3dn: ['V100', 32_768, 'Intel'],
    p4d: ['A100', 40_960, 'Intel'],
    p4de: ['A100', 81_920, 'Intel'],
    p5: ['H100', 81_920, 'AMD'],
    p5e: ['H200', 144_384, 'AMD'],
    p5en: ['H200', 144_384, 'Intel'],
  }

/** Type, vCPUs, GiB, GPUs, GB of instance storage, interfaces x addresses (x cards), Gigabit (`<` is "Up to"). */
const accelerated = `
g4dn.xlarge    4   16   1 125   3x10    <25
g4dn.2xlarge   8   32   1 225   3x10    <25
g4dn.4xlarge   16  64   1 225   3x10    <25
g4dn.8xlarge   32  128  1 900   4x15    50
g4dn.12xlarge  48  192  4 900   8x30    50
g4dn.16xlarge  64  256  1 900   4x15    50
g4dn.metal     96  384  8 1800  15x50   100
g5.xlarge      4   16   1 250   4x15    <10
g5.2xlarge     8   32   1 450   4x15    <10
g5.4xlarge     16  64   1 600   8x30    <25
g5.8xlarge     32  128  1 900   8x30    25
g5.12xlarge    48  192  4 3800  15x50   40
g5.16xlarge    64  256  1 1900  8x30    25
g5.24xlarge    96  384  4 3800  15x50   50
g5.48xlarge    192 768  8 7600  7x50    100
g5g.xlarge     4   8    1 0     4x15    <10
g5g.2xlarge    8   16   1 0     4x15    <10
g5g.4xlarge    16  32   1 0     8x30    <10
g5g.8xlarge    32  64   1 0     8x30    12
g5g.16xlarge   64  128  2 0     15x50   25
g5g.metal      64  128  2 0     15x50   25
g6.xlarge      4   16   1 250   4x15    <10
g6.2xlarge     8   32   1 450   4x15    <10
g6.4xlarge     16  64   1 600   8x30    <25
g6.8xlarge     32  128  1 900   8x30    25
g6.12xlarge    48  192  4 3760  8x30    40
g6.16xlarge    64  256  1 1880  15x50   25
g6.24xlarge    96  384  4 3760  15x50   50
g6.48xlarge    192 768  8 7520  15x50   100
g6e.xlarge     4   32   1 250   4x15    <20
g6e.2xlarge    8   64   1 450   4x15    <20
g6e.4xlarge    16  128  1 600   8x30    20
g6e.8xlarge    32  256  1 900   8x30    25
g6e.12xlarge   48  384  4 3800  10x30   100
g6e.16xlarge   64  512  1 1900  15x50   35
g6e.24xlarge   96  768  4 3800  20x50x2 200
g6e.48xlarge   192 1536 8 7600  40x50x4 400
gr6.4xlarge    16  128  1 600   8x30    <25
gr6.8xlarge    32  256  1 900   8x30    25
p3.2xlarge     8   61   1 0     4x15    <10
p3.8xlarge     32  244  4 0     8x30    10
p3.16xlarge    64  488  8 0     8x30    25
p3dn.24xlarge  96  768  8 1800  15x50   100
p4d.24xlarge   96  1152 8 8000  60x50x4 4x100
p4de.24xlarge  96  1152 8 8000  60x50x4 4x100
p5.4xlarge     16  256  1 3800  4x30    100
p5.48xlarge    192 2048 8 30400 64x50x32 3200
p5e.48xlarge   192 2048 8 30400 64x50x32 3200
p5en.48xlarge  192 2048 8 30400 64x50x16 3200
`

const withGpus = (): InstanceTypeFacts[] =>
  accelerated
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', vcpus, GiB, count, storage, network = '', gigabit = ''] = line.split(/\s+/)
      const [gpu, memoryMiB, manufacturer] = gpus[name.replace(/\..*/, '')] ?? ['', 0, 'Intel' as const]
      const [networkInterfaces = 0, addressesPerInterface = 0, networkCards = 1] = network.split('x').map(Number)
      const arm = manufacturer === 'AWS'
      return {
        name,
        vcpus: Number(vcpus),
        threadsPerCore: arm ? 1 : 2,
        memoryMiB: Number(GiB) * GIB,
        architecture: arm ? 'arm64' : 'x86_64',
        manufacturer,
        networkInterfaces,
        addressesPerInterface,
        networkCards,
        networkPerformance: `${gigabit.replace('<', 'Up to ').replace('x', 'x ')} Gigabit`,
        storageGB: Number(storage),
        gpu: { name: gpu, count: Number(count), memoryMiB },
        burstable: false,
      }
    })

export const instanceTypeTable: ReadonlyMap<string, InstanceTypeFacts> = new Map(
  [...burstable(), ...generalPurpose(), ...withGpus()].map((facts) => [facts.name, facts]),
)

/** Families of which the third zone of a region has no instances. */
const SCARCE = ['p4d', 'p5', 'g6e']

export const isOffered = (type: string, zone: string): boolean =>
  instanceTypeTable.has(type) && !(zone.endsWith('c') && SCARCE.includes(type.replace(/\..*/, '')))
