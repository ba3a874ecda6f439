import { resolveHealthCheck } from '../features/healthcheck.ts'
import type { Service } from '../manifest/model.ts'
import { tasksOf } from '../scaling/tasks.ts'
import type { Finding } from './finding.ts'

/** Weights of a few gigabytes are fetched and brought onto a GPU. */
const LOAD_SECONDS = 120

/** ECS02: a task is killed as unhealthy while it still loads its model. */
export function impatience({ name, compute, http, settings }: Service): Finding[] {
  if (compute.kind !== 'gpu') return []
  const grace = http?.healthCheck.gracePeriod
  const check = resolveHealthCheck(settings.image ?? {})
  const patience = check && check.startPeriod + check.interval * check.retries
  const warning = (message: string, hint: string): Finding => ({
    code: 'ECS02',
    severity: 'warning',
    service: name,
    message: `${message}, and a model may take longer to load: the task would be replaced again and again`,
    hint,
  })
  return [
    ...(grace !== undefined && grace < LOAD_SECONDS
      ? [warning(`the grace period is ${grace}s`, `set services.${name}.http.healthcheck.grace_period: 300s`)]
      : []),
    ...(patience !== undefined && patience < LOAD_SECONDS
      ? [
          warning(
            `the container's own health check gives up after ${patience}s`,
            `set services.${name}.image.healthcheck.start_period: 300s`,
          ),
        ]
      : []),
  ]
}

/** NET03: a Streamlit session lives in one task. */
export function lostSessions({ name, http, ...service }: Service): Finding[] {
  const { most } = tasksOf(service)
  if (!http || http.stickiness || most < 2 || !http.healthCheck.path.includes('/_stcore/')) return []
  return [
    {
      code: 'NET03',
      severity: 'warning',
      service: name,
      message: `it is a Streamlit app with ${most} tasks and no stickiness: a session ends when a request of it reaches another task`,
      hint: `set services.${name}.http.stickiness: true`,
    },
  ]
}
