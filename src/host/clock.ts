import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance, Clock } from '../context.ts'

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => sleep(milliseconds),
}

export const systemChance: Chance = { uuid: () => randomUUID(), random: () => Math.random() }
