import { expect, onTestFinished, test } from 'vitest'
import { inOrder } from '../../src/emulator/cloudformation/in-order.ts'
import { virtualClock } from '../support/virtual-clock.ts'

test('any number of resources wait at once, and Node suspects no leak', async () => {
  const warnings: Error[] = []
  const heard = (warning: Error) => void warnings.push(warning)
  process.on('warning', heard)
  onTestFinished(() => void process.off('warning', heard))
  const clock = virtualClock()
  const needs = new Map(Array.from({ length: 50 }, (_, index) => [`Resource${index}`, []]))
  const outcome = inOrder(needs, new AbortController().signal, (_id, signal) => clock.sleep(1_000, signal))
  await clock.pass(1)
  expect(await outcome).toEqual({ failed: [] })
  expect(warnings).toEqual([])
})

test('when it is too late, what waits is stopped and nothing new starts', async () => {
  const clock = virtualClock()
  const deadline = new AbortController()
  const reason = new Error('too late')
  const needs = new Map([
    ['First', []],
    ['Second', ['First']],
  ])
  const started: string[] = []
  const outcome = inOrder(
    needs,
    new AbortController().signal,
    (id, signal) => {
      started.push(id)
      return clock.sleep(1_000, signal)
    },
    [deadline.signal],
  )
  await clock.pass(0.5)
  deadline.abort(reason)
  expect(await outcome).toEqual({ failed: [{ id: 'First', error: reason }] })
  expect(started).toEqual(['First'])
})
