import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ContainerEvent,
  type ContainerSpec,
  type FoundContainer,
  PullError,
  type RegistryLogin,
  type Runtime,
  type StartedContainer,
} from '../runtime.ts'
import { createArguments, type EngineLimits } from './arguments.ts'
import { docker, dockerLines } from './cli.ts'
import { joinNetworks, removeNetworks } from './networks.ts'
import { pauseImage } from './pause.ts'
import { containerUsage } from './usage.ts'
import { prepareVolumes, removeVolumes } from './volumes.ts'

export interface DockerRuntimeOptions {
  /** The label that every container of this embedded AWS carries, as `name=value`. */
  readonly ownerLabel: string
  /** A private directory for logins and variables while a container is made. */
  readonly directory: string
  readonly limits: EngineLimits
  /** Makes an image available where the engine cannot reach the registry; undefined when the registry has no such image. */
  readonly handOver: (image: string) => Promise<string | undefined>
}

const ENGINE_MS = 5_000

/** The engine behind the docker command line; undefined when there is none to talk to. */
export async function findEngine(): Promise<EngineLimits | undefined> {
  try {
    const signal = AbortSignal.timeout(ENGINE_MS)
    const { NCPU, Runtimes, ServerVersion } = JSON.parse(
      await docker(['info', '--format', '{{json .}}'], { signal }),
    ) as {
      NCPU?: number
      Runtimes?: Record<string, unknown>
      ServerVersion?: string
    }
    if (!ServerVersion) return undefined
    return { processors: NCPU ?? 1, nvidia: 'nvidia' in (Runtimes ?? {}) }
  } catch {
    return undefined
  }
}

/** Tasks as containers of the local engine. */
export function dockerRuntime({ ownerLabel, directory, limits, handOver }: DockerRuntimeOptions): Runtime {
  /** What an image is called in the engine when it came another way than by its reference. */
  const handedOver = new Map<string, string>()
  /** Events of containers whose start has not been told yet: a container can be over before its id is known. */
  const early = new Map<string, ContainerEvent[]>()
  const listeners = new Set<(event: ContainerEvent) => void>()
  const tell = (event: ContainerEvent) => {
    const held = early.get(event.id)
    if (held) held.push(event)
    else for (const listener of listeners) listener(event)
  }
  const tellEarly = (id: string) => {
    const held = early.get(id) ?? []
    early.delete(id)
    for (const event of held) tell(event)
  }
  let files = 0

  /** Variables by file, so that no value is seen in a list of processes; those of several lines by environment. */
  async function withVariables<Result>(
    environment: Readonly<Record<string, string>>,
    use: (args: string[], env: Record<string, string>) => Promise<Result>,
  ): Promise<Result> {
    const entries = Object.entries(environment)
    const long = entries.filter(([, value]) => value.includes('\n'))
    const file = join(directory, `variables-${process.pid}-${files++}`)
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const lines = entries.filter(([, value]) => !value.includes('\n')).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(file, lines.join(''), { mode: 0o600 })
    try {
      return await use(['--env-file', file, ...long.flatMap(([name]) => ['--env', name])], Object.fromEntries(long))
    } finally {
      await rm(file, { force: true })
    }
  }

  async function start(spec: ContainerSpec): Promise<StartedContainer> {
    const known = { ...spec, image: handedOver.get(spec.image) ?? spec.image }
    await prepareVolumes(known)
    const id = await withVariables(spec.environment, async (variables, env) =>
      (await docker(createArguments(known, limits, variables), { env })).trim(),
    )
    early.set(id, [])
    try {
      await joinNetworks(id, spec)
      await docker(['start', id])
      return { id, ports: spec.ports.length > 0 ? await publishedPorts(id) : [] }
    } catch (error) {
      await docker(['rm', '--force', '--volumes', id])
      throw error
    } finally {
      setImmediate(tellEarly, id)
    }
  }

  return {
    kind: 'docker',
    gpus: limits.nvidia,
    responder: () => undefined,
    async pull(image, login) {
      const present = await inspectImage(image)
      if (present) return present
      try {
        await pullFrom(image, login, directory)
      } catch (error) {
        const name = await handOver(image).catch((reason: Error) => {
          throw new PullError(reason.message)
        })
        if (name === undefined) throw new PullError((error as Error).message)
        handedOver.set(image, name)
        return digestOf(image)
      }
      return (await inspectImage(image)) ?? digestOf(image)
    },
    start,
    async openNetwork(spec) {
      return start({ ...spec, image: await pauseImage(), environment: {} })
    },
    async stop(id, graceSeconds) {
      await ignoringMissing(docker(['stop', '--time', String(graceSeconds), id]))
    },
    async remove(id) {
      await ignoringMissing(docker(['rm', '--force', '--volumes', id]))
    },
    removeVolumes,
    removeNetworks,
    async find(labels) {
      const filters = Object.entries(labels).flatMap(([name, value]) => ['--filter', `label=${name}=${value}`])
      const ids = (await docker(['ps', '--all', '--quiet', '--no-trunc', ...filters])).split('\n').filter(Boolean)
      return (await Promise.all(ids.map(inspectContainer))).flatMap((found) => found ?? [])
    },
    usage: containerUsage,
    follow(id, line, signal, since) {
      const from = since ? ['--since', since.toISOString()] : []
      const read = (text: string) => {
        const space = text.indexOf(' ')
        const at = new Date(text.slice(0, space))
        if (!Number.isNaN(at.getTime())) line(text.slice(space + 1), at)
      }
      return dockerLines(['logs', '--follow', '--timestamps', ...from, id], read, signal)
    },
    watch(listener, signal) {
      listeners.add(listener)
      if (listeners.size === 1) void watchEvents(ownerLabel, tell, signal)
    },
  }
}

interface EngineEvent {
  readonly id?: string
  readonly Action?: string
  readonly status?: string
  readonly time: number
  readonly Actor?: { readonly ID: string; readonly Attributes?: { readonly exitCode?: string } }
}

/** Hears of exits and health; after a break of the engine it goes on from the last event. */
async function watchEvents(
  label: string,
  listener: (event: ContainerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const outOfMemory = new Set<string>()
  let since = Math.floor(Date.now() / 1000)
  const filters = [`label=${label}`, 'event=die', 'event=oom', 'event=health_status', 'type=container']
  while (!signal.aborted) {
    const args = [
      'events',
      '--since',
      String(since),
      ...filters.flatMap((filter) => ['--filter', filter]),
      '--format',
      '{{json .}}',
    ]
    const read = (text: string) => {
      const event = parseEvent(text)
      if (!event) return
      since = event.time
      const id = event.Actor?.ID ?? event.id ?? ''
      const action = event.Action ?? event.status ?? ''
      if (action === 'oom') outOfMemory.add(id)
      if (action === 'die') {
        const exitCode = Number(event.Actor?.Attributes?.exitCode ?? 0)
        listener({ type: 'exited', id, exitCode, outOfMemory: outOfMemory.delete(id) })
      }
      if (action === 'health_status: healthy') listener({ type: 'health', id, status: 'HEALTHY' })
      if (action === 'health_status: unhealthy') listener({ type: 'health', id, status: 'UNHEALTHY' })
    }
    await dockerLines(args, read, signal)
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

function parseEvent(text: string): EngineEvent | undefined {
  try {
    return JSON.parse(text) as EngineEvent
  } catch {
    return undefined
  }
}

interface InspectedState {
  readonly Running: boolean
  readonly ExitCode: number
  readonly OOMKilled: boolean
  readonly Health?: { readonly Status: string }
}

/** Undefined when it has gone meanwhile. */
async function inspectContainer(id: string): Promise<FoundContainer | undefined> {
  const text = await ignoringMissing(docker(['inspect', '--type', 'container', '--format', '{{json .State}}', id]))
  if (text === undefined) return undefined
  const { Running: running, ExitCode: exitCode, OOMKilled: outOfMemory, Health } = JSON.parse(text) as InspectedState
  const health = Health?.Status.toUpperCase()
  return { id, running, exitCode, outOfMemory, ...((health === 'HEALTHY' || health === 'UNHEALTHY') && { health }) }
}

const digestOf = (image: string): { readonly digest?: string } => {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1]
  return { ...(digest && { digest }) }
}

async function inspectImage(image: string): Promise<{ readonly digest?: string } | undefined> {
  try {
    const digests = JSON.parse(await docker(['image', 'inspect', '--format', '{{json .RepoDigests}}', image])) as
      | string[]
      | null
    const digest = digests?.map((one) => one.split('@')[1]).find((one) => one !== undefined)
    return digestOf(image).digest ? digestOf(image) : { ...(digest && { digest }) }
  } catch {
    return undefined
  }
}

async function pullFrom(image: string, login: RegistryLogin | undefined, directory: string): Promise<void> {
  if (!login) return void (await docker(['pull', '--quiet', image]))
  const config = join(directory, 'docker')
  const auth = Buffer.from(`${login.user}:${login.password}`).toString('base64')
  await mkdir(config, { recursive: true, mode: 0o700 })
  await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [login.host]: { auth } } }), { mode: 0o600 })
  await docker(['--config', config, 'pull', '--quiet', image], { env: await engineAddress() })
}

/** A private configuration has none of the user's contexts: the address of the current one is handed on. */
async function engineAddress(): Promise<Record<string, string>> {
  if (process.env.DOCKER_HOST) return {}
  const host = (await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])).trim()
  return host ? { DOCKER_HOST: host } : {}
}

interface Binding {
  readonly HostPort: string
}

async function publishedPorts(id: string): Promise<StartedContainer['ports']> {
  const text = await docker(['inspect', '--format', '{{json .NetworkSettings.Ports}}', id])
  const ports = JSON.parse(text) as Record<string, Binding[] | null> | null
  return Object.entries(ports ?? {}).flatMap(([name, bindings]) => {
    const [port, protocol] = name.split('/')
    const hostPort = Number(bindings?.[0]?.HostPort)
    return hostPort
      ? [{ containerPort: Number(port), protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const), hostPort }]
      : []
  })
}

async function ignoringMissing<Result>(action: Promise<Result>): Promise<Result | undefined> {
  try {
    return await action
  } catch (error) {
    if (/No such container|is already in progress/i.test((error as Error).message)) return undefined
    throw error
  }
}
