import type { Rollout, Service } from './model.ts'

/**
 * How tasks are replaced. On GPU instances there is no room for a second task beside each, so that old tasks have to
 * stop first; with several, one after the other.
 */
export function rolloutOf({ name, compute, count, range }: Pick<Service, 'name' | 'compute' | 'count' | 'range'>): {
  rollout: Rollout
  note?: string
} {
  if (compute.kind === 'fargate') return { rollout: { minimumHealthy: 100, maximum: 200 } }
  if (count <= 1 && range && range.most > 1) {
    return {
      rollout: { minimumHealthy: 0, maximum: 100 },
      note: `${name}: an update may stop all its GPU tasks at once (minimum 0 %, maximum 100 %), as one cannot run beside its successor; a range from 2 on has them replaced one after the other`,
    }
  }
  if (count <= 1) {
    return {
      rollout: { minimumHealthy: 0, maximum: 100 },
      note: `${name}: one GPU task cannot run beside its successor, so an update stops it first (minimum 0 %, maximum 100 %); there is a short gap`,
    }
  }
  const minimumHealthy = Math.floor((100 * (count - 1)) / count)
  return {
    rollout: { minimumHealthy, maximum: 100 },
    note: `${name}: an update replaces its ${count} GPU tasks one after the other (minimum ${minimumHealthy} %, maximum 100 %)`,
  }
}
