/** vCPUs by size, the same in all families that this table has. */
const VCPUS: Readonly<Record<string, number>> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
  '9xlarge': 36,
  '12xlarge': 48,
  '16xlarge': 64,
  '18xlarge': 72,
  '24xlarge': 96,
  '32xlarge': 128,
  '48xlarge': 192,
}

const GEN5 = 'large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge'
const GRAVITON = 'medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge'
const FAMILIES: readonly (readonly [families: string, sizes: string])[] = [
  ['m5 r5', GEN5],
  ['c5', 'large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge'],
  ['m6i c6i r6i', `${GEN5} 32xlarge`],
  ['m7i c7i r7i', `${GEN5} 48xlarge`],
  ['m6g c6g r6g m7g c7g r7g', GRAVITON],
]

/** GiB for each vCPU, by the letter that a family begins with. */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 }

/** Small types that may take more than their share of a processor for a while. */
const BURSTABLE: readonly (readonly [size: string, vcpus: number, memoryGiB: number])[] = [
  ['nano', 2, 0.5],
  ['micro', 2, 1],
  ['small', 2, 2],
  ['medium', 2, 4],
  ['large', 2, 8],
  ['xlarge', 4, 16],
  ['2xlarge', 8, 32],
]

export interface PlainInstance {
  readonly type: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly gpus: 0
}

/** EC2 instance types without GPUs, as DescribeInstanceTypes has them. */
export const plainInstances: readonly PlainInstance[] = [
  ...['t3', 't3a', 't4g'].flatMap((family) =>
    BURSTABLE.map(([size, vcpus, memoryGiB]) => ({
      type: `${family}.${size}`,
      vcpus,
      memoryMiB: memoryGiB * 1024,
      gpus: 0 as const,
    })),
  ),
  ...FAMILIES.flatMap(([families, sizes]) =>
    families.split(' ').flatMap((family) =>
      sizes.split(' ').map((size) => {
        const vcpus = VCPUS[size] ?? 0
        const memoryMiB = vcpus * (GIB_PER_VCPU[family.charAt(0)] ?? 0) * 1024
        return { type: `${family}.${size}`, vcpus, memoryMiB, gpus: 0 as const }
      }),
    ),
  ),
]

/** Whether a type has Arm processors: there is a g behind the number of its generation. */
export const isArm = (type: string): boolean => /^([a-z]+\d+g|a1\.)/.test(type)

/** The smallest type of a family that is good for a few tasks of a size; its kin of the other maker follows. */
export function defaultPlainInstances(arm: boolean, fits: (instance: PlainInstance) => boolean): readonly string[] {
  const families = arm ? ['t4g', 'm7g'] : ['t3', 'm7i']
  const found = families.flatMap((family) =>
    plainInstances.filter(({ type }) => type.startsWith(`${family}.`) && !/\.(nano|micro)$/.test(type)),
  )
  const first = found.find(fits)?.type ?? found.at(-1)?.type ?? ''
  return first.startsWith('t3.') ? [first, first.replace('t3.', 't3a.')] : [first]
}
