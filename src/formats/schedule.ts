import { Cron } from 'croner'

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** When something scheduled is to happen, as AWS writes it: `cron(…)` of six fields, `rate(…)` or `at(…)`. */
export interface Schedule {
  /** The first time after a moment; `since` is when the schedule began, which a rate counts from. */
  next(after: Date, since: Date): Date | undefined
}

/** Throws an Error for text that is no schedule, or for a time zone that there is not. */
export function readSchedule(text: string, timezone = 'UTC'): Schedule {
  assertTimezone(timezone)
  const [, kind, content = ''] = /^(cron|rate|at)\((.+)\)$/.exec(text.trim()) ?? []
  if (kind === 'cron') return cron(content, timezone)
  if (kind === 'rate') return rate(content)
  if (kind === 'at') return at(content, timezone)
  throw new Error('expected cron(minutes hours day month weekday year), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)')
}

/** Throws for a time zone that there is not. */
export function assertTimezone(timezone: string): void {
  Intl.DateTimeFormat('en', { timeZone: timezone })
}

/** AWS counts weekdays from Sunday, which is 1, and wants one of the two days to be a question mark. */
function cron(fields: string, timezone: string): Schedule {
  const [minutes, hours, day, month, weekday, year, ...more] = fields.trim().split(/\s+/)
  if (year === undefined || more.length > 0)
    throw new Error('cron() has six fields: minutes hours day month weekday year')
  if ((day === '?') === (weekday === '?')) throw new Error('one of day and weekday, and only one, has to be ?')
  // The library takes a question mark for a day of its own.
  const any = (field: string | undefined) => (field === '?' ? '*' : field)
  const pattern = new Cron(`0 ${minutes} ${hours} ${any(day)} ${month} ${any(weekday)} ${year}`, {
    timezone,
    paused: true,
    alternativeWeekdays: true,
    sloppyRanges: true,
  })
  pattern.nextRun()
  return { next: (after) => pattern.nextRun(after) ?? undefined }
}

function rate(content: string): Schedule {
  const [, value = '', unit = ''] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(content.trim()) ?? []
  const every = Number(value) * (UNITS[unit] ?? Number.NaN)
  if (Number.isNaN(every)) throw new Error('rate() has a number and minutes, hours or days')
  return {
    next: (after, since) => {
      const passed = Math.floor((after.getTime() - since.getTime()) / every)
      return new Date(since.getTime() + (Math.max(0, passed) + 1) * every)
    },
  }
}

function at(content: string, timezone: string): Schedule {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(content.trim())) throw new Error('at() has a time: yyyy-mm-ddThh:mm:ss')
  const once = new Cron(content.trim(), { timezone, paused: true })
  const moment = once.getOnce()
  return { next: (after) => (moment && moment > after ? moment : undefined) }
}
