import * as z from 'zod'
import { assertTimezone, readSchedule } from '../../formats/schedule.ts'
import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import { given, seconds } from '../manifest/durations.ts'
import { duration, flag, name, pattern, text, wants } from '../manifest/fields.ts'
import type { Range, Service } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { stepPolicy } from './step.ts'

const tasks = z.int().nonnegative()
const between = z.strictObject({ min: tasks.optional(), max: tasks.optional() })
const short = z.string().regex(/^\d{1,4}-\d{1,4}$/)
const cooldown = z.strictObject({ in: duration.optional(), out: duration.optional() })
const percent = z.int().min(1).max(100)

/** A value alone, or with a cooldown of its own. */
const target = <Value extends z.ZodType>(what: string, value: Value) =>
  wants(
    `${what}, or its value and cooldown`,
    z.union([value, z.strictObject({ value, cooldown: cooldown.optional() })]),
  )

const short_duration = pattern('a time such as 250ms, 1s or 2m', /^(?=.*[1-9])\d{1,6}(\.\d{1,3})?(ms|s|m|h)$/)

const scaled = z.strictObject({
  range: wants(
    'a range such as 1-10, or min and max',
    z.union([short, between.extend({ spot_from: z.int().positive().optional() })]),
  ).describe('how few and how many tasks may run'),
  cooldown: cooldown.optional().describe('how long to wait after tasks were added (out) or taken away (in)'),
  cpu_percentage: target('a percentage', percent)
    .optional()
    .describe('add tasks when they take more of their processors on average'),
  memory_percentage: target('a percentage', percent).optional().describe('the same of their memory'),
  requests: target('a number', z.int().positive()).optional().describe('requests that one task should get in a minute'),
  response_time: target('a time such as 500ms or 2s', short_duration)
    .optional()
    .describe('how long an answer should take on average'),
  queue_delay: z
    .strictObject({
      queue: pattern('the name or ARN of a queue', /^(arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:)?[\w-]{1,80}(\.fifo)?$/),
      acceptable_latency: duration.describe('how long a message may wait'),
      msg_processing_time: short_duration.describe('how long a task works on one message'),
      cooldown: cooldown.optional(),
    })
    .optional()
    .describe('so many tasks that no message of a queue waits too long'),
  step: z.record(name, stepPolicy).optional().describe('tasks by the value of a metric, step by step'),
  idle: wants(
    'a time such as 30m, or a group of settings',
    z.union([duration, z.strictObject({ after: duration, wake: flag.optional() })]),
  )
    .optional()
    .describe('no task at all after such a time without work, and one again when work comes'),
  schedule: z
    .array(
      z.strictObject({
        when: text.describe('cron(minutes hours day month weekday year), rate(1 day) or at(2026-12-24T18:00:00)'),
        range: wants('a range such as 1-10, a number, or min or max', z.union([short, tasks, between])),
      }),
    )
    .min(1)
    .optional()
    .describe('other ranges from some time on, such as office hours'),
  timezone: text.optional().describe('time zone of the schedule, such as Europe/Berlin; UTC if left out'),
})

const onSpot = z.strictObject({ spot: tasks.describe('so many tasks, all of spare capacity') })

export const countFields = {
  count: wants('a number of tasks, or a group with a range', z.union([tasks, scaled, onSpot]))
    .optional()
    .describe('how many tasks run: a number, or a range that scales'),
}

export type Scaled = z.infer<typeof scaled>
export type Cooldown = z.infer<typeof cooldown>

export const scaledBy = ({ count }: Pick<ManifestService, 'count'>): Scaled | undefined =>
  typeof count === 'object' && 'range' in count ? count : undefined

/** How many tasks there are when all of them are Spot. */
export const countOnSpot = ({ count }: Pick<ManifestService, 'count'>): number | undefined =>
  typeof count === 'object' && 'spot' in count ? count.spot : undefined

/** `1-10` in its long form, so that an environment can add to it. */
export function countInFull(count: ManifestService['count']): ManifestService['count'] {
  const group = scaledBy({ count })
  return group && typeof group.range === 'string' ? { ...group, range: rangeIn(group.range) } : count
}

const rangeIn = (range: string): { min: number; max: number } => {
  const [min = 0, max = 0] = range.split('-').map(Number)
  return { min, max }
}

/** The bounds that a range names; a number is both. */
export function boundsOf(range: Scaled['range'] | number): { readonly min?: number; readonly max?: number } {
  if (typeof range === 'number') return { min: range, max: range }
  if (typeof range === 'string') return rangeIn(range)
  const { min, max } = range
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
}

/** How many tasks there are to begin with, and between which bounds something moves their number, at any time of day. */
export function resolveCount(settings: Pick<ManifestService, 'count'>): Pick<Service, 'count' | 'range'> {
  const group = scaledBy(settings)
  if (!group) return { count: countOnSpot(settings) ?? (settings.count as number | undefined) ?? 1, range: undefined }
  const { min = 1, max = min } = boundsOf(group.range)
  const bounds = (group.schedule ?? []).map(({ range }) => boundsOf(range))
  const range: Range = {
    min,
    max,
    least: Math.min(min, ...bounds.flatMap((one) => one.min ?? [])),
    most: Math.max(max, ...bounds.flatMap((one) => [one.max ?? [], one.min ?? []].flat())),
  }
  // ECS begins with one where nobody names a number: a service that may sleep is seen to work first.
  return { count: Math.max(1, min), range }
}

export const idleOf = ({ idle }: Scaled) =>
  idle === undefined
    ? undefined
    : typeof idle === 'object'
      ? { seconds: seconds(idle.after), wakes: idle.wake ?? true }
      : { seconds: seconds(idle), wakes: true }

/** Bounds of Application Auto Scaling and of alarms. */
const bounds: Check = (settings) => {
  const group = scaledBy(settings)
  if (!group) return []
  const { min, max } = boundsOf(group.range)
  const at = ['count', 'range']
  if (max === undefined) return [{ at, message: 'needs max: how many tasks may run at most' }]
  const { timezone } = group
  const { spot_from } = typeof group.range === 'object' ? group.range : {}
  return [
    ...((min ?? 1) > max
      ? [{ at, message: `begins at ${min ?? 1} and ends at ${max}: at least is more than at most` }]
      : []),
    ...(spot_from !== undefined && spot_from > max
      ? [{ at: [...at, 'spot_from'], message: `there are never more than ${max} tasks` }]
      : []),
    ...(group.schedule ?? []).flatMap((one, index) => scheduled(one, ['count', 'schedule', index])),
    ...(timezone !== undefined && thrownBy(() => assertTimezone(timezone))
      ? [{ at: ['count', 'timezone'], message: `there is no time zone ${timezone}` }]
      : []),
    ...waits(group),
  ]
}

function scheduled(
  { when, range }: NonNullable<Scaled['schedule']>[number],
  at: ServiceFinding['at'],
): ServiceFinding[] {
  const { min, max } = boundsOf(range)
  const wrong = thrownBy(() => readSchedule(when))?.replace(/^CronPattern: /, '')
  return [
    ...(wrong === undefined ? [] : [{ at: [...at, 'when'], message: wrong }]),
    ...(min !== undefined && max !== undefined && min > max
      ? [{ at: [...at, 'range'], message: `begins at ${min} and ends at ${max}: at least is more than at most` }]
      : []),
    ...(min === undefined && max === undefined ? [{ at: [...at, 'range'], message: 'names neither min nor max' }] : []),
  ]
}

function thrownBy(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const A_DAY = 86_400

function waits(group: Scaled): ServiceFinding[] {
  const idle = idleOf(group)
  const { acceptable_latency, msg_processing_time } = group.queue_delay ?? {}
  const late =
    acceptable_latency !== undefined && seconds(acceptable_latency) < milliseconds(msg_processing_time) / 1000
  return [
    ...(idle && (idle.seconds < 120 || idle.seconds > A_DAY || idle.seconds % 60 !== 0)
      ? [{ at: ['count', 'idle'], message: 'must be whole minutes, from 2m to 24h: an alarm looks at minutes' }]
      : []),
    ...(late
      ? [
          {
            at: ['count', 'queue_delay', 'acceptable_latency'],
            because: ['count', 'queue_delay', 'msg_processing_time'],
            message: 'is shorter than the work on a single message',
          },
        ]
      : []),
  ]
}

/** `250ms`, `1.5s`, `2m`. */
export function milliseconds(time = '0s'): number {
  const [, amount, unit = 's'] = /^([\d.]+)(ms|s|m|h)$/.exec(time) ?? []
  return Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0)
}

/** What cannot do anything, or would never bring the service back. */
const reasons: Check = (settings, { http, compute }) => {
  const group = scaledBy(settings)
  if (!group) return []
  const { range, least } = { range: ['count', 'range'], least: boundsOf(group.range).min ?? 1 }
  const { cpu_percentage: cpu, requests, response_time: answers, queue_delay: queue, idle, step, schedule } = group
  const tracks = [cpu, group.memory_percentage, requests, answers, queue].some((one) => one !== undefined)
  const behind = (key: string) => ({
    at: ['count', key],
    because: ['http'],
    message: 'is measured by the load balancer, which does not lead to this service: give it a port and http',
  })
  const spot = typeof group.range === 'object' && group.range.spot_from !== undefined
  return [
    ...(tracks || step || idle !== undefined || schedule
      ? []
      : [
          {
            at: range,
            because: ['count'],
            message: 'nothing scales it; add cpu_percentage, requests, idle, schedule or another reason',
          },
        ]),
    ...(http
      ? []
      : [
          ...(requests === undefined ? [] : [behind('requests')]),
          ...(answers === undefined ? [] : [behind('response_time')]),
        ]),
    ...(cpu !== undefined && compute.kind === 'gpu' && compute.cpu === undefined
      ? [
          {
            at: ['count', 'cpu_percentage'],
            because: ['compute'],
            message: 'is a share of what the tasks reserve, and they reserve no processor; name it under cpu:',
          },
        ]
      : []),
    ...(idle !== undefined && least > 0
      ? [
          {
            at: ['count', 'idle'],
            because: range,
            message: `brings it to none, but the range begins at ${least}; let it begin at 0`,
          },
        ]
      : []),
    ...(idle !== undefined && !http && !queue
      ? [{ at: ['count', 'idle'], message: 'nothing tells when there is work: it needs http or queue_delay' }]
      : []),
    ...(least === 0 && idle === undefined && !step && !schedule
      ? [
          {
            at: range,
            because: ['count'],
            message:
              'from none it would never come back: no task, no measurement; add idle, a schedule or a step, or begin at 1',
          },
        ]
      : []),
    ...(spot && compute.kind !== 'fargate'
      ? [{ at: ['count', 'range', 'spot_from'], because: ['compute'], message: 'is for Fargate' }]
      : []),
    ...(group.timezone !== undefined && !schedule
      ? [{ at: ['count', 'timezone'], because: ['count'], message: 'is for a schedule, and there is none' }]
      : []),
  ]
}

export const countChecks: readonly Check[] = [bounds, reasons]

/** How long to wait, as Copilot does: a minute before more tasks, two before less. */
export const cooldowns = (own: Cooldown | undefined, { cooldown: shared }: Scaled) => ({
  ScaleInCooldown: given(own?.in ?? shared?.in, 120),
  ScaleOutCooldown: given(own?.out ?? shared?.out, 60),
})
