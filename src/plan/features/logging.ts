import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import type { ManifestService } from '../manifest/schema.ts'
import type { Feature } from './feature.ts'

export const loggingFields = {
  logging: z.strictObject({ retention: z.int().positive().optional() }).optional().describe('days that logs are kept'),
}

const days = ({ logging: settings }: Pick<ManifestService, 'logging'>): number => settings?.retention ?? 30

const RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
const retention: Check = (service) => {
  const wanted = days(service)
  if (RETENTION.includes(wanted)) return []
  const near = RETENTION.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted)).slice(0, 2)
  const message = `CloudWatch cannot keep logs for ${wanted} days; near it are ${near.toSorted((a, b) => a - b).join(' and ')}`
  return [{ at: ['logging', 'retention'], message }]
}

export const logging: Feature = {
  checks: [retention],
  parameters: ({ service }) => ({ LogRetention: days(service.settings) }),
}
