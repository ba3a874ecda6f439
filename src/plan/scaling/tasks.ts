import type { Service } from '../manifest/model.ts'

/** The fewest and the most tasks that there may be at any time. */
export const tasksOf = ({ count, range }: Pick<Service, 'count' | 'range'>): { least: number; most: number } =>
  range ? { least: range.least, most: range.most } : { least: count, most: count }
