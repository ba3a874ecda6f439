import { type PlainInstance, plainInstances } from './plain-instances.ts'

/** An EC2 instance type with NVIDIA GPUs, as DescribeInstanceTypes has it. */
export interface GpuInstance {
  readonly type: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly gpus: number
  readonly gpu: string
  /** Of one GPU. */
  readonly gpuMemoryGiB: number
}

type Row = readonly [type: string, vcpus: number, memoryGiB: number, gpus: number]
type Family = readonly [gpu: string, gpuMemoryGiB: number, rows: readonly Row[]]

/** x86 only: there is no GPU machine image of Amazon Linux 2023 for Arm. */
const FAMILIES: readonly Family[] = [
  [
    'T4',
    16,
    [
      ['g4dn.xlarge', 4, 16, 1],
      ['g4dn.2xlarge', 8, 32, 1],
      ['g4dn.4xlarge', 16, 64, 1],
      ['g4dn.8xlarge', 32, 128, 1],
      ['g4dn.12xlarge', 48, 192, 4],
      ['g4dn.16xlarge', 64, 256, 1],
      ['g4dn.metal', 96, 384, 8],
    ],
  ],
  [
    'A10G',
    24,
    [
      ['g5.xlarge', 4, 16, 1],
      ['g5.2xlarge', 8, 32, 1],
      ['g5.4xlarge', 16, 64, 1],
      ['g5.8xlarge', 32, 128, 1],
      ['g5.12xlarge', 48, 192, 4],
      ['g5.16xlarge', 64, 256, 1],
      ['g5.24xlarge', 96, 384, 4],
      ['g5.48xlarge', 192, 768, 8],
    ],
  ],
  [
    'L4',
    24,
    [
      ['g6.xlarge', 4, 16, 1],
      ['g6.2xlarge', 8, 32, 1],
      ['g6.4xlarge', 16, 64, 1],
      ['g6.8xlarge', 32, 128, 1],
      ['g6.12xlarge', 48, 192, 4],
      ['g6.16xlarge', 64, 256, 1],
      ['g6.24xlarge', 96, 384, 4],
      ['g6.48xlarge', 192, 768, 8],
      ['gr6.4xlarge', 16, 128, 1],
      ['gr6.8xlarge', 32, 256, 1],
    ],
  ],
  [
    'L40S',
    48,
    [
      ['g6e.xlarge', 4, 32, 1],
      ['g6e.2xlarge', 8, 64, 1],
      ['g6e.4xlarge', 16, 128, 1],
      ['g6e.8xlarge', 32, 256, 1],
      ['g6e.12xlarge', 48, 384, 4],
      ['g6e.16xlarge', 64, 512, 1],
      ['g6e.24xlarge', 96, 768, 4],
      ['g6e.48xlarge', 192, 1536, 8],
    ],
  ],
  [
    'V100',
    16,
    [
      ['p3.2xlarge', 8, 61, 1],
      ['p3.8xlarge', 32, 244, 4],
      ['p3.16xlarge', 64, 488, 8],
    ],
  ],
  ['A100', 40, [['p4d.24xlarge', 96, 1152, 8]]],
  ['A100', 80, [['p4de.24xlarge', 96, 1152, 8]]],
  [
    'H100',
    80,
    [
      ['p5.4xlarge', 16, 256, 1],
      ['p5.48xlarge', 192, 2048, 8],
    ],
  ],
  [
    'H200',
    141,
    [
      ['p5e.48xlarge', 192, 2048, 8],
      ['p5en.48xlarge', 192, 2048, 8],
    ],
  ],
]

export const gpuInstances: readonly GpuInstance[] = FAMILIES.flatMap(([gpu, gpuMemoryGiB, rows]) =>
  rows.map(([type, vcpus, memoryGiB, gpus]) => ({ type, vcpus, memoryMiB: memoryGiB * 1024, gpus, gpu, gpuMemoryGiB })),
)

export const gpuInstance = (type: string): GpuInstance | undefined => gpuInstances.find((one) => one.type === type)

/** What is known of an instance type, with or without GPUs. */
export const instanceOf = (type: string): GpuInstance | PlainInstance | undefined =>
  gpuInstance(type) ?? plainInstances.find((one) => one.type === type)

/** Cheapest first that hold a model of 20 GB; T4 last, for models that were made smaller. */
export const defaultGpuInstances = ['g6.xlarge', 'g5.xlarge', 'g4dn.xlarge'] as const

/** `family.size`, as every instance type is written. */
export const isInstanceType = (text: string): boolean => /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(text)

/** `1 x L4 24 GB` */
export const gpuText = ({ gpus, gpu, gpuMemoryGiB }: GpuInstance): string => `${gpus} x ${gpu} ${gpuMemoryGiB} GB`

/** The share of its memory that an instance keeps: one of 16 GiB registers 15.3 GiB with ECS (measured on g6.xlarge). */
const SYSTEM_SHARE = 0.05

/** Memory in MiB that all tasks of an instance together may ask for. */
export const memoryForTasks = ({ memoryMiB }: Pick<GpuInstance, 'memoryMiB'>): number =>
  Math.floor(memoryMiB * (1 - SYSTEM_SHARE))

/**
 * Memory in MiB that a task with some GPUs can count on, on whichever of the types it runs: three quarters of its
 * share. The rest is for the system, the agent and other tasks' small needs (a 16 GiB instance registers 15.3 GiB).
 */
export function gpuTaskMemory(types: readonly string[], gpus: number): number | undefined {
  const shares = types.flatMap((type) => {
    const instance = gpuInstance(type)
    return instance ? [(instance.memoryMiB * Math.min(1, gpus / instance.gpus) * 3) / 4] : []
  })
  return shares.length === 0 ? undefined : Math.floor(Math.min(...shares))
}
