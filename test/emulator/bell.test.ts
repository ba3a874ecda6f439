import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { bellOf } from '../../src/emulator/bell.ts'
import { startWorld } from '../support/world.ts'

test('a wait for a bell that is over leaves nothing behind', async () => {
  const { world, close } = startWorld()
  const { signal } = new AbortController()
  const bell = bellOf(world, 'arn')
  await bell.wait(signal, Promise.resolve())
  const rung = bell.wait(signal)
  bell.ring()
  await rung
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await close()
})
