import { expect, test } from 'vitest'
import { awsPace, poller } from '../../src/aws/poller.ts'
import { virtualClock } from '../support/virtual-clock.ts'

/** When it is asked whether something is over that takes so long, in seconds. */
async function askedAt(seconds: number, expected?: number): Promise<number[]> {
  const clock = virtualClock()
  const begun = clock.now().getTime()
  const elapsed = () => (clock.now().getTime() - begun) / 1_000
  const poll = poller(clock, { uuid: () => '', random: () => 0.5 }, awsPace)
  const asked: number[] = []
  const isOver = async () => {
    asked.push(elapsed())
    return elapsed() >= seconds || undefined
  }
  let over = false
  const going = poll(isOver, undefined, expected).then(() => {
    over = true
  })
  await clock.until(() => over)
  await going
  return asked
}

test('waits grow with the root of the time that has passed, within bounds', async () => {
  const asked = await askedAt(300)
  const waitAfter = (seconds: number) => {
    const index = asked.findIndex((at) => at >= seconds)
    const [at = Number.NaN, next = Number.NaN] = asked.slice(index)
    return { at, wait: next - at }
  }
  const [early, middle, late] = [10, 64, 200].map(waitAfter)
  expect([early?.wait, late?.wait]).toEqual([expect.closeTo(1.85), expect.closeTo(2.9)])
  expect(middle?.wait).toBeCloseTo(0.285 * Math.sqrt(middle?.at ?? 0))
})

test('what took long the last time is asked for seldom until its end is near', async () => {
  const [first, again] = [await askedAt(120), await askedAt(120, 120)]
  expect(again.length).toBeLessThan(0.65 * first.length)
  expect(again.slice(0, 4)).toEqual([0, 8, 16, 24])
  const nearEnd = (asked: readonly number[]) => asked.filter((at) => at > 0.75 * 120)
  expect(nearEnd(again).length).toBeGreaterThan(nearEnd(first).length)
})

test('what takes longer than the last time is asked for as if it were the first', async () => {
  const late = (await askedAt(60, 10)).filter((at) => at > 10)
  expect(late.length).toBeGreaterThan(15)
})
