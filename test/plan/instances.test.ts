import { expect, test } from 'vitest'
import { instanceTypeTable } from '../../src/emulator/services/ec2/instance-type-table.ts'
import { gpuInstances, gpuTaskMemory, isInstanceType } from '../../src/plan/instances.ts'

test('the table of GPU instances agrees with what the embedded EC2 answers', () => {
  const differing = gpuInstances.flatMap(({ type, vcpus, memoryMiB, gpus }) => {
    const known = instanceTypeTable.get(type)
    const same = known && known.vcpus === vcpus && known.memoryMiB === memoryMiB && known.gpu?.count === gpus
    return same ? [] : [{ type, known }]
  })
  expect(differing).toEqual([])
})

test('a task counts on three quarters of its share of the smallest type', () => {
  expect([
    gpuTaskMemory(['g6.xlarge', 'g6e.xlarge'], 1),
    gpuTaskMemory(['g5.12xlarge'], 1),
    gpuTaskMemory(['g5.12xlarge'], 8),
    gpuTaskMemory(['g9.xlarge'], 1),
  ]).toEqual([12288, 36864, 147456, undefined])
})

test.each([
  ['g5.xlarge', true],
  ['u-6tb1.metal', true],
  ['t4g.nano', true],
  ['g5', false],
  ['G5.xlarge', false],
  ['g5.xlarge ', false],
])('%j is written like an instance type: %s', (text, is) => {
  expect(isInstanceType(text)).toBe(is)
})
