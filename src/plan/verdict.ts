/** A task that ended before it was of use, as ECS tells of it. */
export interface FailedTask {
  readonly id: string
  readonly stopCode: string | undefined
  readonly reason: string
  readonly containers: readonly {
    readonly name: string
    readonly exitCode: number | undefined
    readonly reason: string | undefined
  }[]
}

export interface UnhealthyTarget {
  readonly reason: string
}

/** Why a deployment cannot succeed. */
export interface Verdict {
  readonly cause: string
  /** What to look at or to change. */
  readonly advice: string
  /** The task whose last lines say more; none where no container ever ran. */
  readonly task: string | undefined
}

export interface CheckedService {
  readonly name: string
  readonly port: number | undefined
  readonly healthCheckPath: string | undefined
  readonly successCodes: string
  readonly gracePeriod: number
}

/** A container may need what another service brings up: one exit is no verdict yet. */
const EXITS = 2

/**
 * Whether what happened so far cannot heal: a task that failed the health check through its whole grace period, one
 * that could not even be started, or containers that ended again and again.
 */
export function verdictOn(
  service: CheckedService,
  tasks: readonly FailedTask[],
  target: UnhealthyTarget | undefined,
): Verdict | undefined {
  const unstartable = tasks.find(({ stopCode }) => stopCode === 'TaskFailedToStart')
  if (unstartable) return startFailure(service, unstartable)
  const unhealthy = tasks.find(({ reason }) => /failed (ELB|container) health checks/.test(reason))
  if (unhealthy) return healthFailure(service, unhealthy, target)
  const ended = tasks.filter(({ stopCode }) => stopCode === 'EssentialContainerExited')
  return ended.length >= EXITS ? exitFailure(service, ended) : undefined
}

/** The verdict on what is known at the end, when ECS itself has given up. */
export function finalVerdict(
  service: CheckedService,
  tasks: readonly FailedTask[],
  target: UnhealthyTarget | undefined,
): Verdict | undefined {
  const early = verdictOn(service, tasks, target)
  if (early) return early
  const ended = tasks.filter(({ stopCode }) => stopCode === 'EssentialContainerExited')
  return ended.length > 0 ? exitFailure(service, ended) : undefined
}

function startFailure({ name }: CheckedService, task: FailedTask): Verdict {
  const { reason } = task
  const cause = `${name} could not be started: ${reason}`
  if (/CannotPullContainer/.test(reason))
    return { cause, advice: 'check the name of the image and that the execution role may pull it', task: undefined }
  const secret = /unable to retrieve secret from (ssm|asm)[^:]*: [^:]*: ([^:]+(?::[^:]+)*?): \w+/.exec(reason)
  if (secret)
    return {
      cause,
      advice: `create the secret ${secret[2]}, or correct its name under secrets: in the manifest`,
      task: undefined,
    }
  if (/CannotStartContainer/.test(reason))
    return { cause, advice: 'check the command and entry point of the image', task: undefined }
  return { cause, advice: 'mend what the message names', task: undefined }
}

function healthFailure(service: CheckedService, task: FailedTask, target: UnhealthyTarget | undefined): Verdict {
  const { name, port, healthCheckPath, successCodes, gracePeriod } = service
  if (/container health checks/.test(task.reason)) {
    return {
      cause: `${name} did not become healthy: the container's own health check failed`,
      advice: 'run image.healthcheck.command in the container to see why',
      task: task.id,
    }
  }
  const codes = /codes: \[(\d+)\]/.exec(target?.reason ?? '')?.[1]
  const asked = `GET ${healthCheckPath} on port ${port}`
  if (codes !== undefined) {
    return {
      cause: `${name} did not become healthy: ${asked} answered ${codes}`,
      advice: `set http.healthcheck to a path that answers ${successCodes}`,
      task: task.id,
    }
  }
  return {
    cause: `${name} did not become healthy: nothing answered ${asked} for ${gracePeriod}s`,
    advice: `let the container listen on 0.0.0.0:${port}, or correct image.port; if it only needs longer, raise http.healthcheck.grace_period`,
    task: task.id,
  }
}

function exitFailure({ name }: CheckedService, tasks: readonly FailedTask[]): Verdict {
  const [task] = tasks
  const container = task?.containers.find(({ exitCode, reason }) => exitCode !== undefined || reason !== undefined)
  const times = tasks.length === 1 ? '' : tasks.length === 2 ? ', twice' : `, ${tasks.length} times`
  if (/OutOfMemory/.test(container?.reason ?? '')) {
    return {
      cause: `${name} did not stay up: its container ran out of memory${times}`,
      advice: 'give it more memory: in the manifest',
      task: task?.id,
    }
  }
  return {
    cause: `${name} did not stay up: its container exited with code ${container?.exitCode ?? 'unknown'}${times}`,
    advice: 'the lines above are its last words',
    task: task?.id,
  }
}
