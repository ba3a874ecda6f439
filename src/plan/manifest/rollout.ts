import { hostOf } from '../features/host.ts'
import { takesPorts } from '../features/network-mode.ts'
import { isDaemon } from '../features/placement.ts'
import { tasksOf } from '../scaling/tasks.ts'
import { hasInstances, instancesFor } from '../stacks/capacity.ts'
import type { Rollout, Service } from './model.ts'

const BESIDE: Rollout = { minimumHealthy: 100, maximum: 200 }
const INSTEAD: Rollout = { minimumHealthy: 0, maximum: 100 }
type Deployed = Omit<Service, 'rollout'>

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
  if (strategy !== 'rolling') return { rollout: BESIDE }
  if (rolling === 'recreate') return { rollout: INSTEAD }
  const told = usual(service)
  if (least === undefined && most === undefined) return told
  const { minimumHealthy, maximum } = told.rollout
  return { rollout: { minimumHealthy: least ?? minimumHealthy, maximum: most ?? maximum } }
}

/**
 * How tasks are replaced. On GPU instances, and where no more instances are allowed, there is no room for a second task
 * beside each, so that old tasks have to stop first; with several, one after the other.
 */
function usual(service: Deployed): Told {
  const { name, compute, count, range, settings } = service
  const { least } = tasksOf(service)
  if (isDaemon(settings)) return { rollout: INSTEAD }
  if (compute.kind === 'external' && takesPorts(settings, compute)) {
    return { rollout: INSTEAD, note: `${name}: an update stops a task first, as its successor needs the same port` }
  }
  if (compute.kind !== 'gpu' && !isTight(service)) return { rollout: BESIDE }
  const kind = compute.kind === 'gpu' ? 'GPU task' : 'task'
  if (least <= 1 && range && range.most > 1) {
    return {
      rollout: INSTEAD,
      note: `${name}: an update may stop all its ${kind}s at once (minimum 0 %, maximum 100 %), as one cannot run beside its successor; a range from 2 on has them replaced one after the other`,
    }
  }
  if (count <= 1) {
    return {
      rollout: INSTEAD,
      note: `${name}: one ${kind} cannot run beside its successor, so an update stops it first (minimum 0 %, maximum 100 %); there is a short gap`,
    }
  }
  const minimumHealthy = Math.floor((100 * (least - 1)) / least)
  return {
    rollout: { minimumHealthy, maximum: 100 },
    note: `${name}: an update replaces its ${count} ${kind}s one after the other (minimum ${minimumHealthy} %, maximum 100 %)`,
  }
}

/** Whether the instances that are allowed hold the tasks, but not as many new ones beside them. */
function isTight(service: Omit<Service, 'rollout'>): boolean {
  const { max_instances: most } = hostOf(service.settings)
  const whole = { ...service, rollout: BESIDE }
  return most !== undefined && hasInstances(whole) && instancesFor(whole, 2 * Math.max(1, service.count)) > most
}
