import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { flag, wants } from '../manifest/fields.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { countOnSpot, scaledBy } from '../scaling/count.ts'
import { withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

export const spotFields = {
  spot: wants(
    'true, or base and weight',
    z.union([
      flag,
      z.strictObject({
        base: z.int().nonnegative().max(100_000).optional().describe('how many are on demand in any case'),
        weight: z.int().positive().max(999).optional().describe('how many are Spot for each further one on demand'),
      }),
    ]),
  )
    .optional()
    .describe('spare capacity at a lower price, taken away with two minutes’ notice'),
}

export interface Spot {
  /** How many are on demand in any case. */
  readonly base: number
  /** How many are Spot for each one on demand beyond the base; all of them when undefined. */
  readonly weight: number | undefined
}

export function resolveSpot({ spot, count }: Pick<ManifestService, 'spot' | 'count'>): Spot | undefined {
  const wanted = countOnSpot({ count }) === undefined ? spot : true
  if (wanted === undefined || wanted === false) return undefined
  return wanted === true ? { base: 0, weight: undefined } : { base: wanted.base ?? 0, weight: wanted.weight }
}

/**
 * Of Managed Instances. A provider buys either way for as long as it lives, and a service that uses one by its export holds
 * it: so each way has one of its own, beside that of a scaling group.
 */
export const purchaseOf = (settings: Parameters<typeof resolveSpot>[0]): string =>
  resolveSpot(settings) ? 'ManagedSpot' : 'Managed'

/** Of what goes beyond the base, in percent. */
export const onDemandShare = ({ weight }: Spot): number => (weight === undefined ? 0 : Math.round(100 / (1 + weight)))

const where: Check = (settings, { compute, platform }) => {
  const all = countOnSpot(settings) !== undefined
  const at = all ? ['count', 'spot'] : ['spot']
  if (!resolveSpot(settings)) return []
  const { range } = scaledBy(settings) ?? {}
  const from = typeof range === 'object' && range.spot_from !== undefined
  if (settings.spot !== undefined && (all || from)) {
    const because = all ? ['count', 'spot'] : ['count', 'range', 'spot_from']
    return [{ at: ['spot'], because, message: `either spot or ${because.join('.')}, not both` }]
  }
  if ((platform as string).startsWith('windows')) {
    return [{ at, because: ['platform'], message: 'there is no Fargate Spot for Windows' }]
  }
  const kind: string = compute.kind
  return kind === 'external'
    ? [{ at, because: ['compute'], message: 'is capacity of AWS; instances of your own are yours' }]
    : []
}

export const spot: Feature = {
  checks: [where],
  service: (template, { service }) => {
    const wanted = resolveSpot(service.settings)
    if (!wanted || service.compute.kind !== 'fargate') return template
    const { base, weight } = wanted
    const onDemand = {
      CapacityProvider: 'FARGATE',
      ...(base > 0 && { Base: base }),
      Weight: weight === undefined ? 0 : 1,
    }
    return withProperties(template, 'TaskService', (properties) => ({
      ...properties,
      CapacityProviderStrategy: [
        ...(base > 0 || weight !== undefined ? [onDemand] : []),
        { CapacityProvider: 'FARGATE_SPOT', Weight: weight ?? 1 },
      ],
    }))
  },
}
