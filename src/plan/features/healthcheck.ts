import * as z from 'zod'
import { between, type ContainerCheck } from '../manifest/checks/places.ts'
import { given, seconds } from '../manifest/durations.ts'
import { command, duration } from '../manifest/fields.ts'
import type { ContainerSettings } from '../manifest/schema.ts'
import type { Feature } from './feature.ts'

export const healthcheckFields = {
  healthcheck: z
    .strictObject({
      command: command.describe('command that ends with 0 when the container is healthy'),
      interval: duration.optional(),
      timeout: duration.optional(),
      retries: z.int().min(1).max(10).optional(),
      start_period: duration.optional(),
    })
    .optional()
    .describe('a check that ECS runs inside the container'),
}

/** The limits of a container definition. */
const containerTimes: ContainerCheck = ({ healthcheck: check }) => {
  const { interval, timeout, start_period } = check ?? {}
  const limits = [
    ['interval', interval, 5, 300],
    ['timeout', timeout, 2, 60],
    ['start_period', start_period, 0, 300],
  ] as const
  return limits.flatMap(([key, value, least, most]) =>
    value === undefined ? [] : between(['healthcheck', key], seconds(value), least, most),
  )
}

type Settings = Pick<ContainerSettings, 'healthcheck'>

/** With defaults filled in; times in seconds. Undefined when ECS checks nothing inside the container. */
export const resolveHealthCheck = ({ healthcheck: check }: Settings) =>
  check && {
    command: checkCommand(check.command),
    interval: given(check.interval, 10),
    timeout: given(check.timeout, 5),
    retries: check.retries ?? 2,
    startPeriod: given(check.start_period, 0),
  }

const checkCommand = (line: string | readonly string[]): readonly string[] => {
  if (typeof line === 'string') return ['CMD-SHELL', line]
  return ['CMD', 'CMD-SHELL'].includes(line[0] ?? '') ? line : ['CMD', ...line]
}

export const healthcheck: Feature = {
  containerChecks: [containerTimes],
  container: (settings) => {
    const check = resolveHealthCheck(settings)
    if (!check) return {}
    return {
      HealthCheck: {
        Command: check.command,
        Interval: check.interval,
        Timeout: check.timeout,
        Retries: check.retries,
        StartPeriod: check.startPeriod,
      },
    }
  },
}
