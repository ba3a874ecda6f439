import { seconds } from '../durations.ts'
import { splitWords } from '../words.ts'
import type { Check, ServiceFinding } from './places.ts'

const imageSource: Check = ({ image = {} }) =>
  image.build !== undefined && image.location !== undefined
    ? [{ at: ['image', 'location'], message: 'either build or location, not both' }]
    : []

const httpNeedsPort: Check = ({ image, http }) =>
  http !== undefined && http !== false && image?.port === undefined
    ? [
        {
          at: ['http'],
          because: ['image', 'port'],
          message: 'needs image.port: the port that the container listens on',
        },
      ]
    : []

const between = (at: readonly string[], value: number, least: number, most: number): ServiceFinding[] =>
  value < least || value > most ? [{ at, message: `must be from ${least}s to ${most}s` }] : []

/** The limits of a target group. */
const httpTimes: Check = (_service, { http }) => {
  if (!http) return []
  const { interval, timeout, gracePeriod } = http.healthCheck
  const check = ['http', 'healthcheck']
  const bounds = [
    ...between([...check, 'interval'], interval, 5, 300),
    ...between([...check, 'timeout'], timeout, 2, 120),
    ...between([...check, 'grace_period'], gracePeriod, 0, 2_147_483_647),
    ...between(['http', 'deregistration_delay'], http.deregistrationDelay, 0, 3600),
  ]
  if (bounds.length > 0 || timeout < interval) return bounds
  const message = `must be less than the interval, ${interval}s`
  return [{ at: [...check, 'timeout'], because: [...check, 'interval'], message }]
}

/** The limits of a container definition. */
const containerTimes: Check = ({ image }) => {
  const { interval, timeout, start_period } = image?.healthcheck ?? {}
  const limits = [
    ['interval', interval, 5, 300],
    ['timeout', timeout, 2, 60],
    ['start_period', start_period, 0, 300],
  ] as const
  return limits.flatMap(([key, value, least, most]) =>
    value === undefined ? [] : between(['image', 'healthcheck', key], seconds(value), least, most),
  )
}

const quotationMarks: Check = ({ command, entrypoint }) =>
  Object.entries({ command, entrypoint }).flatMap(([key, line]) =>
    typeof line === 'string' && splitWords(line) === undefined
      ? [{ at: [key], message: 'a quotation mark is not closed' }]
      : [],
  )

const secretsAndVariables: Check = ({ secrets = {}, variables = {} }) =>
  Object.keys(secrets)
    .filter((name) => Object.hasOwn(variables, name))
    .map((name) => ({
      at: ['secrets', name],
      because: ['variables', name],
      message: 'is a variable too; one of them has to go',
    }))

/** CloudFormation would put the secret in the place of the words, for all to read who may see the task definition. */
const noDynamicReferences: Check = ({ variables = {} }) =>
  Object.entries(variables)
    .filter(([, value]) => String(value).includes('{{resolve:'))
    .map(([name]) => ({
      at: ['variables', name],
      message: 'would show a secret in the task definition; name it under secrets: instead',
    }))

/** ECS.8 of the Foundational Security Best Practices: keys belong to the task role. */
const noCredentials: Check = ({ variables = {} }) =>
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA']
    .filter((name) => Object.hasOwn(variables, name))
    .map((name) => ({
      at: ['variables', name],
      message: 'keys do not belong here: a task has a role of its own, which permissions: is about',
    }))

const RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
const retention: Check = (_service, { logRetentionDays: days }) => {
  if (RETENTION.includes(days)) return []
  const near = RETENTION.toSorted((a, b) => Math.abs(a - days) - Math.abs(b - days)).slice(0, 2)
  const message = `CloudWatch cannot keep logs for ${days} days; near it are ${near.toSorted((a, b) => a - b).join(' and ')}`
  return [{ at: ['logging', 'retention'], message }]
}

export const serviceChecks: readonly Check[] = [
  imageSource,
  httpNeedsPort,
  httpTimes,
  containerTimes,
  quotationMarks,
  secretsAndVariables,
  noCredentials,
  noDynamicReferences,
  retention,
]
