import { setImmediate as turn } from 'node:timers/promises'
import { type Construct, constructClient } from '../../src/aws/lazy-client.ts'
import { awsPace, localPace, type Pace } from '../../src/aws/poller.ts'
import type { Clock } from '../../src/emulator/clock.ts'
import { virtualClock } from './virtual-clock.ts'

/** How much faster than people the embedded AWS lives, where nothing else is said. */
const SPEED = 60
/** What a call is on its way at least: the next one comes later than what it has done. */
const LATENCY_MS = 20

/**
 * One time for a command and the embedded AWS that it talks to over HTTP. It passes while the command waits and no call
 * of it is under way, so that no machine is too slow for what a test expects, and nobody asks more often than in life:
 * an AWS that lives no faster than people as seldom as the real one.
 */
export function sharedTime(options: { speed?: number; pace?: Pace } = {}) {
  const { speed = SPEED } = options
  const { pace = speed > 1 ? localPace : awsPace } = options
  const virtual = virtualClock(Date.now())
  let calls = 0
  let waits = 0
  let passing = false

  const pass = async () => {
    if (passing) return
    passing = true
    for (;;) {
      // What the last wait has set going is to be seen as a call or as another wait.
      await turn()
      if (calls > 0 || waits === 0) break
      if (!(await virtual.step())) break
    }
    passing = false
  }
  const command: Clock = {
    now: virtual.now,
    async sleep(milliseconds, signal) {
      waits++
      void pass()
      try {
        await virtual.sleep(milliseconds, signal)
      } finally {
        waits--
      }
    },
  }
  const construct: Construct = (type, settings) => {
    const client = constructClient(type, settings) as object & { send(command: unknown): Promise<unknown> }
    const send = async (request: unknown) => {
      await command.sleep(LATENCY_MS)
      calls++
      try {
        return await client.send(request)
      } finally {
        calls--
        void pass()
      }
    }
    return Object.assign(Object.create(client), { send })
  }
  const aws: Clock = { now: virtual.now, sleep: (milliseconds, signal) => virtual.sleep(milliseconds / speed, signal) }
  return { command, construct, aws, pace }
}

export type SharedTime = ReturnType<typeof sharedTime>
