import { increase } from './forecast/finding.ts'
import { bucketOf } from './forecast/instances.ts'

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
  /** Of the command, when it is not simply that it failed or went back. */
  readonly outcome?: 'capacity'
}

/** What containers wrote last, by task. */
export type LastLines = ReadonlyMap<string, readonly string[]>

export interface CheckedService {
  readonly name: string
  readonly port: number | undefined
  /** Undefined where a load balancer only tries a connection. */
  readonly healthCheckPath: string | undefined
  readonly successCodes: string
  readonly gracePeriod: number
}

/** A container may need what another service brings up: one exit is no verdict yet. */
const EXITS = 2

/** ECS tries these again by itself, and often with success. */
const PASSING = /Capacity is unavailable|Timeout waiting for network interface provisioning/

/**
 * Whether what happened so far cannot heal: a task that failed the health check through its whole grace period, one
 * that could not even be started, or containers that ended again and again.
 */
export function verdictOn(
  service: CheckedService,
  tasks: readonly FailedTask[],
  target: UnhealthyTarget | undefined,
  lines: LastLines = new Map(),
): Verdict | undefined {
  const unstartable = tasks.find(({ stopCode, reason }) => stopCode === 'TaskFailedToStart' && !PASSING.test(reason))
  if (unstartable) return startFailure(service, unstartable)
  const unhealthy = tasks.find(({ reason }) => /failed (ELB|container) health checks/.test(reason))
  if (unhealthy) return healthFailure(service, unhealthy, target)
  const ended = tasks.filter(({ stopCode }) => stopCode === 'EssentialContainerExited')
  return ended.length >= EXITS ? exitFailure(service, ended, lines) : undefined
}

/** The verdict on what is known at the end, when ECS itself has given up. */
export function finalVerdict(
  service: CheckedService,
  tasks: readonly FailedTask[],
  target: UnhealthyTarget | undefined,
  lines: LastLines = new Map(),
): Verdict | undefined {
  const early = verdictOn(service, tasks, target, lines)
  if (early) return early
  const unstartable = tasks.find(({ stopCode }) => stopCode === 'TaskFailedToStart')
  if (unstartable) return startFailure(service, unstartable)
  const ended = tasks.filter(({ stopCode }) => stopCode === 'EssentialContainerExited')
  return ended.length > 0 ? exitFailure(service, ended, lines) : undefined
}

/** ECS gave a deployment up for a reason that no task shows. */
export const takenBack = (name: string, reason: string | undefined): Verdict | undefined =>
  reason === undefined
    ? undefined
    : {
        cause: `ECS took the deployment of ${name} back: ${reason.replace(/\.$/, '')}`,
        advice: /alarm/.test(reason)
          ? 'look at what the alarms of the deployment say'
          : 'look at its events with img2vid why',
        task: undefined,
      }

function startFailure({ name }: CheckedService, { reason }: FailedTask): Verdict {
  return { cause: `${name} could not be started: ${reason}`, advice: startAdvice(reason), task: undefined }
}

function startAdvice(reason: string): string {
  const secret = secretIn(reason)
  if (secret !== undefined && /AccessDenied|kms/i.test(reason))
    return `let the execution role read ${secret}: its name under secrets: has to be exact, and a key of its own has to allow it`
  if (secret !== undefined) return `create the secret ${secret}, or correct its name in the manifest`
  if (/matching platform|no matching manifest/.test(reason))
    return 'set platform: in the manifest to the platform of the image'
  if (/set up EFS volumes.*timed out/.test(reason))
    return 'let the tasks in at the file system’s mount targets, port 2049: by a group that both have (network.vpc.security_groups)'
  if (/no such host/.test(reason)) return 'correct the registry in the name of the image; no such host is known'
  if (/i\/o timeout|dial tcp|request canceled|context deadline exceeded/i.test(reason))
    return 'give the tasks a way to the internet: subnets whose route table leads to an internet gateway'
  if (/CannotPullContainer/.test(reason)) return 'check the name of the image and that the execution role may pull it'
  if (/CannotStartContainer|CannotCreateContainer/.test(reason)) return 'check the command and entry point of the image'
  if (PASSING.test(reason)) return 'try again later; AWS had no room for the task'
  return 'mend what the message names'
}

/** The secret that could not be read, in the words of either store. */
function secretIn(reason: string): string | undefined {
  const [, name] =
    /invalid parameters: (\S+)/i.exec(reason) ??
    /failed to fetch secret (\S+) from secrets manager/.exec(reason) ??
    /unable to retrieve secrets? from (?:ssm|asm): service call has been retried \d+ time\(s\): ([^\s:]\S*): \w+/.exec(
      reason,
    ) ??
    []
  return name?.replace(/[,.]$/, '')
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
  if (healthCheckPath === undefined) {
    return {
      cause: `${name} did not become healthy: it took no connection of the network load balancer for ${gracePeriod}s`,
      advice: 'let the container listen on 0.0.0.0 at the target_port of nlb and the port of its healthcheck',
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

function exitFailure({ name }: CheckedService, tasks: readonly FailedTask[], lines: LastLines): Verdict {
  const [task] = tasks
  const container = task && culprit(task)
  const its = container && container.name !== name ? `its sidecar ${container.name}` : 'its container'
  const times = tasks.length === 1 ? '' : tasks.length === 2 ? ', twice' : `, ${tasks.length} times`
  if (/OutOfMemory/.test(container?.reason ?? '')) {
    return {
      cause: `${name} did not stay up: ${its} ran out of memory${times}`,
      advice: 'give it more memory: in the manifest',
      task: task?.id,
    }
  }
  if (tasks.some(({ id }) => lines.get(id)?.some((line) => /exec format error/.test(line)))) {
    return {
      cause: `${name} did not stay up: its image is for another processor than its tasks have (exec format error)${times}`,
      advice: 'build the image for the platform of the tasks, or set platform: in the manifest to that of the image',
      task: task?.id,
    }
  }
  return {
    cause: `${name} did not stay up: ${its} exited with code ${container?.exitCode ?? 'unknown'}${times}`,
    advice: lines.get(task?.id ?? '')?.length
      ? 'the lines above are its last words'
      : 'CloudWatch Logs has no line of it; run it on your machine to see why',
    task: task?.id,
  }
}

/** With the one that fails, ECS ends all others by SIGTERM and SIGKILL. */
const ENDED_BY_ECS = [137, 143]

/** The container by which a task ended; a sidecar that has done its work ended well before. */
export function culprit({ containers }: Pick<FailedTask, 'containers'>): FailedTask['containers'][number] | undefined {
  const ended = containers.filter(({ exitCode, reason }) => exitCode !== undefined || reason !== undefined)
  return (
    ended.find(({ reason }) => reason !== undefined) ??
    ended.find(({ exitCode = 0 }) => exitCode !== 0 && !ENDED_BY_ECS.includes(exitCode)) ??
    ended[0]
  )
}

/** An attempt of a scaling group to launch an instance; for each it asks for every listed type in one zone. */
export interface Launch {
  readonly at: Date
  readonly zone: string
  readonly state: 'failed' | 'going on' | 'succeeded'
  /** Why it failed. */
  readonly message: string
}

export interface WaitingService {
  readonly name: string
  readonly region: string
  /** Instance types, best first. */
  readonly instances: readonly string[]
  /** Of the smallest instance. */
  readonly vcpus: number
}

/** A group goes from zone to zone and begins again after a pause: six are three rounds through two zones. */
const LAUNCHES = 6
/** Capacity that is not there for five minutes may take hours: other types are the better bet then. */
const CAPACITY_MINUTES = 5
/** A quota gives free what a terminated instance had only minutes later, up to 389 seconds as measured. */
const QUOTA_MINUTES = 7

/**
 * Whether a service waits in vain for an instance: all launches of late have failed, for long enough. Launches come
 * newest first, since the wait began.
 */
export function capacityVerdict(
  service: WaitingService,
  launches: readonly Launch[],
  waitedMinutes: number,
): Verdict | undefined {
  const good = launches.findIndex(({ state }) => state !== 'failed')
  const failed = good < 0 ? launches : launches.slice(0, good)
  const [last] = failed
  if (!last) return undefined
  const limit = quotaIn(last.message)
  // Not even one instance fits: there is nothing to wait for.
  if (limit !== undefined && limit < service.vcpus) return quotaFailure(service, limit)
  const minutes = limit === undefined ? CAPACITY_MINUTES : QUOTA_MINUTES
  if (failed.length < LAUNCHES || waitedMinutes < minutes) return undefined
  return limit === undefined ? capacityFailure(service, failed, last) : quotaFailure(service, limit)
}

/** The vCPUs that an account may have, when it is they that are exceeded. */
function quotaIn(message: string): number | undefined {
  const limit = /current vCPU limit of (\d+)/.exec(message)?.[1]
  return limit === undefined ? undefined : Number(limit)
}

function quotaFailure({ name, region, instances, vcpus }: WaitingService, limit: number): Verdict {
  const { code } = bucketOf(instances[0] ?? '')
  return {
    cause: `${name} has no instance to run on: the quota ${code} of ${region} allows ${limit} vCPUs, and ${limit < vcpus ? `none of ${instances.join(', ')} has fewer than ${vcpus}` : 'they are in use'}`,
    advice: `ask for more: ${increase('ec2', code, limit + vcpus, region)}`,
    task: undefined,
    outcome: 'capacity',
  }
}

function capacityFailure({ name, instances }: WaitingService, failed: readonly Launch[], last: Launch): Verdict {
  const zones = [...new Set(failed.map(({ zone }) => zone))].sort().join(', ')
  return {
    cause: `${name} has no instance to run on: ${failed.length} launches of ${instances.join(', ')} in ${zones} failed: ${launchReason(last.message)}`,
    advice: 'name other types with --instance-type, or another --region',
    task: undefined,
    outcome: 'capacity',
  }
}

/** Of what a scaling activity says, the part of EC2. */
export const launchReason = (message: string): string =>
  message
    .replace(/^Could not launch On-Demand Instances\. \w+ - /, '')
    .replace(/\.? Our system will be working on provisioning additional capacity/, '')
    .replace(/\.?\s*Launching EC2 instance failed\.?$/, '')
