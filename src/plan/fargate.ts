import { orList } from './text.ts'

const GiB = 1024
const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step)

/** Memory in MiB that goes with each number of CPU units (RegisterTaskDefinition, Linux). */
const SIZES = new Map<number, readonly number[]>([
  [256, [512, GiB, 2 * GiB]],
  [512, steps(GiB, 4 * GiB, GiB)],
  [1024, steps(2 * GiB, 8 * GiB, GiB)],
  [2048, steps(4 * GiB, 16 * GiB, GiB)],
  [4096, steps(8 * GiB, 30 * GiB, GiB)],
  [8192, steps(16 * GiB, 60 * GiB, 4 * GiB)],
  [16384, steps(32 * GiB, 120 * GiB, 8 * GiB)],
])

export interface FargateSize {
  readonly cpu: number
  readonly memory: number
}

/** The size that is asked for, completed with the smallest that fits; 256 and 512 when nothing is. */
export function fargateSize(cpu: number | undefined, memory: number | undefined): FargateSize {
  if (cpu !== undefined) return { cpu, memory: memory ?? SIZES.get(cpu)?.[0] ?? 512 }
  const fitting = [...SIZES].find(([, sizes]) => sizes.includes(memory ?? 512))
  return { cpu: fitting?.[0] ?? 256, memory: memory ?? 512 }
}

export interface SizeProblem {
  readonly key: 'cpu' | 'memory'
  readonly message: string
}

/** Why a size is no Fargate size, with those that would be. */
export function fargateSizeProblem(cpu: number | undefined, memory: number | undefined): SizeProblem | undefined {
  if (cpu === undefined) {
    if (memory === undefined || all.includes(memory)) return undefined
    return { key: 'memory', message: `${memory} MiB is no Fargate size; ${nearby(memory)}` }
  }
  const sizes = SIZES.get(cpu)
  if (!sizes) {
    const fitting = [...SIZES].filter(([, fit]) => memory !== undefined && fit.includes(memory)).map(([units]) => units)
    const valid =
      fitting.length > 0 ? `valid with ${memory} MiB are ${orList(fitting)}` : `valid are ${orList([...SIZES.keys()])}`
    return { key: 'cpu', message: `${cpu} is no Fargate size; ${valid}` }
  }
  if (memory === undefined || sizes.includes(memory)) return undefined
  return { key: 'memory', message: `${memory} MiB does not go with cpu ${cpu}; valid are ${ranges(sizes)}` }
}

const all = [...new Set([...SIZES.values()].flat())].sort((a, b) => a - b)

function nearby(memory: number): string {
  const below = all.findLast((size) => size < memory)
  const above = all.find((size) => size > memory)
  if (below === undefined) return `the smallest is ${above}`
  return above === undefined ? `the largest is ${below}` : `near it are ${below} and ${above}`
}

/** Few values one by one, many as a range with its step. */
function ranges(sizes: readonly number[]): string {
  const [first = 0, second = 0] = sizes
  if (sizes.length <= 4) return orList(sizes)
  return `${first} to ${sizes.at(-1)} in steps of ${second - first}`
}
