import { expect, test } from 'vitest'
import { remembered } from '../../src/plan/remembered.ts'

test('what is worked out of the very same values is worked out once', () => {
  const worked: string[] = []
  const pair = remembered((one: { name: string }, other: { name: string }) => {
    worked.push(one.name + other.name)
    return [one.name, other.name]
  })
  const [a, b] = [{ name: 'a' }, { name: 'b' }]
  expect(pair(a, b)).toEqual(['a', 'b'])
  expect(pair(a, b)).toBe(pair(a, b))
  expect(pair(b, a)).toEqual(['b', 'a'])
  expect(pair({ name: 'a' }, b)).toEqual(['a', 'b'])
  expect(worked).toEqual(['ab', 'ba', 'ab'])
})
