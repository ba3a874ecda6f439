import { expect, test } from 'vitest'
import { batches } from '../../src/aws/pages.ts'

test('items go in groups that one call takes, and none in no call', () => {
  expect([batches([1, 2, 3, 4, 5], 2), batches([1, 2], 2), batches([], 2)]).toEqual([
    [[1, 2], [3, 4], [5]],
    [[1, 2]],
    [],
  ])
})
