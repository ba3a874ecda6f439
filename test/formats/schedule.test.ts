import { expect, test } from 'vitest'
import { readSchedule } from '../../src/formats/schedule.ts'

const SATURDAY = new Date('2026-11-21T12:00:00Z')

test.each([
  ['cron(0 8 ? * MON-FRI *)', 'Europe/Berlin', '2026-11-23T07:00:00.000Z'],
  // Sunday is 1.
  ['cron(0 8 ? * 1 *)', 'UTC', '2026-11-22T08:00:00.000Z'],
  ['cron(0/15 * * * ? *)', 'UTC', '2026-11-21T12:15:00.000Z'],
  ['cron(0 10 L * ? *)', 'UTC', '2026-11-30T10:00:00.000Z'],
  ['cron(0 10 ? * 6#1 2027)', 'UTC', '2027-01-01T10:00:00.000Z'],
  // In summer it is an hour earlier elsewhere.
  ['cron(0 8 1 7 ? *)', 'Europe/Berlin', '2027-07-01T06:00:00.000Z'],
  ['rate(5 minutes)', 'UTC', '2026-11-21T12:01:00.000Z'],
  ['rate(1 day)', 'UTC', '2026-11-21T23:01:00.000Z'],
  ['at(2026-12-24T18:00:00)', 'America/New_York', '2026-12-24T23:00:00.000Z'],
  ['at(2026-11-21T11:59:59)', 'UTC', undefined],
  ['cron(0 8 ? * MON-FRI 2020)', 'UTC', undefined],
])('%s in %s', (text, timezone, next) => {
  const since = new Date('2026-11-20T23:01:00Z')
  expect(readSchedule(text, timezone).next(SATURDAY, since)?.toISOString()).toBe(next)
})

test.each([
  ['0 8 * * *', 'UTC'],
  ['cron(0 8 * * *)', 'UTC'],
  ['cron(0 8 * * * *)', 'UTC'],
  ['cron(0 8 ? * ? *)', 'UTC'],
  ['cron(61 8 ? * MON *)', 'UTC'],
  ['cron(0 8 ? * MOON *)', 'UTC'],
  ['rate(0 minutes)', 'UTC'],
  ['rate(5 weeks)', 'UTC'],
  ['at(tomorrow)', 'UTC'],
  ['rate(1 day)', 'Mars/Olympus'],
])('%s in %s is refused', (text, timezone) => {
  expect(() => readSchedule(text, timezone)).toThrow()
})
