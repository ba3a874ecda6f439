import type { Service } from '../manifest/model.ts'
import { scaledBy } from './count.ts'

/** The fewest and the most tasks that there may be at any time. */
export const tasksOf = ({ count, range }: Pick<Service, 'count' | 'range'>): { least: number; most: number } =>
  range ? { least: range.least, most: range.most } : { least: count, most: count }

/** What people see of a service that nothing keeps awake. */
export const sleepNote = ({ name, http, range, settings }: Omit<Service, 'rollout'>): string[] =>
  http && range?.least === 0 && scaledBy(settings)?.idle !== undefined
    ? [
        `${name}: it sleeps when nobody asks for it; who asks then sees 503 from the load balancer until a task is up again`,
      ]
    : []
