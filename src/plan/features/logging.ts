import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { flag, pattern, text, texts, value } from '../manifest/fields.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { addPolicy } from '../policies.ts'
import { envFileFields } from './env-file.ts'
import type { Feature } from './feature.ts'
import { readingSecrets, resolveSecret, secret, secretReference, secretsFields } from './secrets.ts'
import { variablesFields } from './variables.ts'

const DRIVERS = ['awslogs', 'splunk', 'json-file', 'journald', 'syslog', 'gelf', 'fluentd'] as const

export const loggingFields = {
  logging: z
    .strictObject({
      retention: z.int().positive().optional().describe('days that CloudWatch keeps the logs, 30 if left out'),
      destination: z
        .record(text, value)
        .optional()
        .describe('where Fluent Bit sends the logs: Name and the other options of one of its outputs'),
      image: pattern('the name of an image', /^[\w.\-:/@]+$/)
        .optional()
        .describe('image of Fluent Bit, AWS’s own if left out'),
      enableMetadata: flag.optional().describe('cluster, task and container in each record; true if left out'),
      configFilePath: pattern('a path that begins with /', /^\/.+$/)
        .optional()
        .describe('further configuration of Fluent Bit, a file in its image'),
      secretOptions: z.record(text, secret).optional().describe('options of the output or driver that are secret'),
      ...variablesFields,
      ...envFileFields,
      ...secretsFields,
      driver: z.enum(DRIVERS).optional().describe('log driver of Docker; awslogs, which is CloudWatch, if left out'),
      options: z.record(text, value).optional().describe('options of that driver'),
    })
    .optional()
    .describe('where the containers’ output goes, and how long it is kept'),
}

export const loggingOf = ({ logging: settings = {} }: Pick<ManifestService, 'logging'>) => settings

const days = (service: Pick<ManifestService, 'logging'>): number => loggingOf(service).retention ?? 30

const RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
/** What is wrong with a number of days, if anything. */
export function wrongRetention(wanted: number): string | undefined {
  if (RETENTION.includes(wanted)) return undefined
  const near = RETENTION.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted)).slice(0, 2)
  return `CloudWatch cannot keep logs for ${wanted} days; near it are ${near.toSorted((a, b) => a - b).join(' and ')}`
}

const retention: Check = (service) => {
  const message = wrongRetention(days(service))
  return message === undefined ? [] : [{ at: ['logging', 'retention'], message }]
}

/** Fargate has the others neither; FireLens is not named here. */
const ON_FARGATE = ['awslogs', 'splunk']
const ON_MANAGED = [...ON_FARGATE, 'json-file']

const drivers: Check = (service, { compute }) => {
  const { driver, options, destination, secretOptions, retention: kept } = loggingOf(service)
  const at = (key: string) => ['logging', key]
  const kind = compute.kind as string
  const there = { fargate: ON_FARGATE, managed: ON_MANAGED }[kind]
  return [
    ...(driver !== undefined && there && !there.includes(driver)
      ? [
          {
            at: at('driver'),
            because: ['compute'],
            message: `there is no ${driver} on ${kind === 'fargate' ? 'Fargate' : 'Managed Instances'}; ${there.join(', ')} are, and Fluent Bit (destination)`,
          },
        ]
      : []),
    ...(driver !== undefined && destination
      ? [{ at: at('driver'), because: at('destination'), message: 'either a driver or a destination of Fluent Bit' }]
      : []),
    ...(kept !== undefined && driver !== undefined && driver !== 'awslogs'
      ? [{ at: at('retention'), because: at('driver'), message: `is for CloudWatch; ${driver} keeps its logs itself` }]
      : []),
    ...(options && (driver ?? 'awslogs') === 'awslogs'
      ? [{ at: at('options'), because: at('driver'), message: 'are of another driver; awslogs has all that it needs' }]
      : []),
    ...(secretOptions && (driver ?? 'awslogs') === 'awslogs' && !destination
      ? [{ at: at('secretOptions'), message: 'belong to a destination, or to a driver such as splunk' }]
      : []),
  ]
}

/** Secret options of the driver or output. */
export const secretOptions = (service: Pick<ManifestService, 'logging'>): Record<string, unknown> => {
  const all = Object.entries(loggingOf(service).secretOptions ?? {})
  return all.length === 0
    ? {}
    : { SecretOptions: all.map(([Name, one]) => ({ Name, ValueFrom: secretReference(resolveSecret(one)) })) }
}

export const logging: Feature = {
  checks: [retention, drivers],
  container: (_settings, _container, { service: { settings } }) => {
    const { driver, options = {} } = loggingOf(settings)
    if (driver === undefined || driver === 'awslogs') return {}
    return { LogConfiguration: { LogDriver: driver, Options: texts(options), ...secretOptions(settings) } }
  },
  service: (template, { service: { settings } }) =>
    addPolicy(
      template,
      'ExecutionRole',
      'log-options',
      readingSecrets(Object.values(loggingOf(settings).secretOptions ?? {}).map(resolveSecret)),
    ),
  parameters: ({ service }) => ({ LogRetention: days(service.settings) }),
}
