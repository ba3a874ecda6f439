import { expect, test } from 'vitest'
import { AwsError } from '../../src/emulator/errors.ts'
import { evaluate, type Value } from '../../src/emulator/services/cloudwatch/expressions.ts'

const values = new Map<string, Value>([
  [
    'a',
    new Map([
      [1, 10],
      [2, 20],
      [3, 0],
    ]),
  ],
  [
    'b',
    new Map([
      [1, 5],
      [3, 0],
    ]),
  ],
  ['none', new Map()],
])

const of = (expression: string) => {
  const value = evaluate(expression, { values, moments: [1, 2, 3] })
  return typeof value === 'number' ? value : Object.fromEntries(value)
}

test.each<[string, unknown]>([
  ['1 + 2 * 3 ^ 2 - 4 / 2', 17],
  ['-(1 + 2)', -3],
  ['a + 1', { 1: 11, 2: 21, 3: 1 }],
  // A moment that one of both does not have, and one at which it is divided by zero, are left out.
  ['a / b', { 1: 2 }],
  ['FILL(b, 7)', { 1: 5, 2: 7, 3: 0 }],
  ['FILL(none, 0) + 0 * a', { 1: 0, 2: 0, 3: 0 }],
  ['none + a', {}],
  ['IF(a > 5 AND b < 6, a, -1)', { 1: 10, 3: -1 }],
  ['a >= 20 || b == 5', { 1: 1, 3: 0 }],
  ['MAX(a)', 20],
  ['SUM(a, b)', { 1: 15, 3: 0 }],
  ['AVG(a) + MIN(b)', 10],
])('%s', (expression, value) => expect(of(expression)).toEqual(value))

test.each(['a +', '(a', 'a b', 'c + 1', 'ANOMALY(a)', 'a ? b'])('%s is refused', (expression) => {
  expect(() => of(expression)).toThrow(AwsError)
})
