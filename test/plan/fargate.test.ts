import { expect, test } from 'vitest'
import { fargateSize, fargateSizeProblem } from '../../src/plan/fargate.ts'

/** As the documentation of task sizes has them: CPU units, then GB of memory. */
const DOCUMENTED: Record<number, number[]> = {
  256: [0.5, 1, 2],
  512: [1, 2, 3, 4],
  1024: [2, 3, 4, 5, 6, 7, 8],
  2048: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  4096: [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30],
  8192: [16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60],
  16384: [32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120],
}

test('exactly the documented pairs are sizes', () => {
  const cpus = [...Object.keys(DOCUMENTED).map(Number), 0, 1, 128, 255, 257, 3072, 6144, 32768]
  const memories = Array.from({ length: 130 * 4 }, (_, index) => index * 256)
  const accepted = cpus.flatMap((cpu) =>
    memories.filter((memory) => fargateSizeProblem(cpu, memory) === undefined).map((memory) => `${cpu}/${memory}`),
  )
  expect(accepted).toEqual(
    Object.entries(DOCUMENTED).flatMap(([cpu, sizes]) => sizes.map((size) => `${cpu}/${size * 1024}`)),
  )
})

test('what is left out is completed with the smallest that fits', () => {
  expect([
    fargateSize(undefined, undefined),
    fargateSize(1024, undefined),
    fargateSize(undefined, 3072),
    fargateSize(undefined, 120 * 1024),
    fargateSize(4096, 8192),
  ]).toEqual([
    { cpu: 256, memory: 512 },
    { cpu: 1024, memory: 2048 },
    { cpu: 512, memory: 3072 },
    { cpu: 16384, memory: 122880 },
    { cpu: 4096, memory: 8192 },
  ])
})
