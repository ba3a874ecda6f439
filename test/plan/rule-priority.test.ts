import { expect, test } from 'vitest'
import { rulePriority } from '../../src/plan/rule-priority.ts'

const SERVICES =
  'web api admin auth docs files images jobs login mail metrics orders pay photos products search shop static status upload users video ws chat worker-http gateway graphql legacy v1 v2'.split(
    ' ',
  )
const paths = (service: string) => ['/', `/${service}`, `/api/${service}`, `/api/v1/${service}`]

test('many services on many paths have priorities of their own, within those of a load balancer', () => {
  const all = SERVICES.flatMap((service) => paths(service).map((path) => rulePriority(service, path)))
  expect(new Set(all).size).toBe(all.length)
  expect([Math.min(...all) >= 1, Math.max(...all) <= 50_000]).toEqual([true, true])
})

test('longer paths come first, whatever the services are called', () => {
  const byDepth = ['/', '/a', '/a/b', '/a/b/c', '/a/b/c/d', '/a/b/c/d/e', '/a/b/c/d/e/f'].map((path) =>
    SERVICES.map((service) => rulePriority(service, path)),
  )
  const misplaced = byDepth
    .slice(1)
    .filter((deeper, index) => Math.max(...deeper) >= Math.min(...(byDepth[index] ?? [])))
  expect(misplaced).toEqual([])
})

test('a priority stays as it is while a service stays at its depth', () => {
  expect([rulePriority('web', '/a'), rulePriority('web', '/a/'), rulePriority('web', '/b')]).toEqual(
    Array(3).fill(rulePriority('web', '/a')),
  )
})
