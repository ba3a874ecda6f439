import { expect, test } from 'vitest'
import { rateLimiter } from '../../src/aws/rate-limiter.ts'
import { virtualClock } from '../support/virtual-clock.ts'

/** When each of so many calls has its turn, in seconds; `answer` says what AWS makes of it. */
async function turns(count: number, answer: (index: number) => 'answered' | 'throttled' = () => 'answered') {
  const clock = virtualClock()
  const begun = clock.now().getTime()
  const limiter = rateLimiter(clock, { burst: 3, perSecond: 2 })
  const at: number[] = []
  let over = false
  const all = (async () => {
    for (let index = 0; index < count; index++) {
      await limiter.turn()
      at.push((clock.now().getTime() - begun) / 1_000)
      limiter.heard(answer(index))
    }
    over = true
  })()
  await clock.until(() => over)
  await all
  return at
}

test('some calls at once, then so many a second', async () => {
  expect(await turns(7)).toEqual([0, 0, 0, 0.5, 1, 1.5, 2])
})

test('throttled, calls come half as often, and bit by bit as before', async () => {
  const at = await turns(60, (index) => (index === 3 ? 'throttled' : 'answered'))
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  expect(gaps.slice(0, 4)).toEqual([0, 0, 0.5, expect.closeTo(1, 2)])
  expect(gaps.slice(4, 8).every((gap, index) => gap < (gaps[index + 3] ?? 0))).toBe(true)
  expect(gaps.at(-1)).toBeCloseTo(0.5, 2)
})

test('however often it is throttled, a call has its turn within twenty seconds', async () => {
  const at = await turns(20, () => 'throttled')
  expect(Math.max(...at.slice(1).map((time, index) => time - (at[index] ?? 0)))).toBeCloseTo(20, 0)
})
