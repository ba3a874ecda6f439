import * as z from 'zod'
import { withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

export const insightsFields = {
  observability: z
    .strictObject({
      container_insights: z
        .union([z.boolean(), z.literal('enhanced')])
        .optional()
        .describe('metrics of tasks and containers; what the account says if left out'),
    })
    .optional()
    .describe('what is measured'),
}

/** Container Insights, at $0.0005 to $0.07 a metric and month, by region and mode. */
export const insights: Feature = {
  environment: (template, { environment }) => {
    const wanted = environment.settings.observability?.container_insights
    if (wanted === undefined) return template
    return withProperties(template, 'Cluster', (properties) => ({
      ...properties,
      ClusterSettings: [
        { Name: 'containerInsights', Value: wanted === 'enhanced' ? wanted : wanted ? 'enabled' : 'disabled' },
      ],
    }))
  },
}
