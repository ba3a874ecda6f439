import type { Rollout, Service } from './model.ts'

type Deployed = Pick<Service, 'name' | 'compute' | 'count' | 'range' | 'settings'>

interface Told {
  readonly rollout: Rollout
  readonly note?: string
}

/** Whether all new tasks come up beside the old ones before they get traffic. */
export const shiftsTraffic = ({ settings }: Pick<Service, 'settings'>): boolean =>
  (settings.deployment?.strategy ?? 'rolling') !== 'rolling'

/** How tasks are replaced, as the manifest says or as it is usual. */
export function rolloutOf(service: Deployed): Told {
  const { strategy = 'rolling', rolling, ...percents } = service.settings.deployment ?? {}
  const { minimum_healthy_percent: least, maximum_percent: most } = percents
  // All new tasks run beside all old ones.
  if (strategy !== 'rolling') return { rollout: { minimumHealthy: 100, maximum: 200 } }
  if (rolling === 'recreate') return { rollout: { minimumHealthy: 0, maximum: 100 } }
  const told = usual(service)
  if (least === undefined && most === undefined) return told
  const { minimumHealthy, maximum } = told.rollout
  return { rollout: { minimumHealthy: least ?? minimumHealthy, maximum: most ?? maximum } }
}

/**
 * How tasks are replaced. On GPU instances there is no room for a second task beside each, so that old tasks have to
 * stop first; with several, one after the other.
 */
function usual({ name, compute, count, range }: Omit<Deployed, 'settings'>): Told {
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
