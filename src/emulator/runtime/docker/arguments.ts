import type { ContainerMount, ContainerSpec } from '../runtime.ts'

/** What the engine has; a container cannot be given more processors than that. */
export interface EngineLimits {
  readonly processors: number
  readonly nvidia: boolean
}

const MiB = 1024 * 1024
const UNITS_PER_PROCESSOR = 1024

/** `docker create` for a container. Variables come from files or the process's own environment, never from here. */
export function createArguments(spec: ContainerSpec, limits: EngineLimits, variables: readonly string[]): string[] {
  const flag = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, String(value)]
  const [entryPoint, ...entryArguments] = spec.entryPoint ?? []
  return [
    'create',
    ...flag('name', spec.name),
    ...pairs({ ...spec.dockerLabels, ...spec.labels }).flatMap((label) => ['--label', label]),
    ...variables,
    ...spec.ports.flatMap(({ containerPort, protocol }) => ['--publish', `127.0.0.1::${containerPort}/${protocol}`]),
    ...(spec.mounts ?? []).flatMap(mountArguments),
    ...flag('network', spec.isolated ? 'none' : spec.networkOf && `container:${spec.networkOf}`),
    ...(spec.links ?? []).flatMap(({ id, alias }) => ['--link', `${id}:${alias}`]),
    ...Object.entries(spec.hosts ?? {}).flatMap(([name, address]) => ['--add-host', `${name}:${address}`]),
    ...flag('memory', spec.memoryMiB && spec.memoryMiB * MiB),
    ...flag('memory-reservation', spec.memoryReservationMiB && spec.memoryReservationMiB * MiB),
    ...flag('cpu-shares', spec.cpuShares),
    ...flag('cpus', spec.cpuUnits && Math.min(limits.processors, spec.cpuUnits / UNITS_PER_PROCESSOR)),
    ...flag('shm-size', spec.sharedMemoryMiB && spec.sharedMemoryMiB * MiB),
    ...(spec.gpus && limits.nvidia ? ['--gpus', String(spec.gpus)] : []),
    ...(spec.ulimits ?? []).flatMap(({ name, soft, hard }) => ['--ulimit', `${name}=${soft}:${hard}`]),
    ...(spec.readonlyRootFilesystem ? ['--read-only'] : []),
    ...(spec.init ? ['--init'] : []),
    ...(spec.privileged ? ['--privileged'] : []),
    ...(spec.interactive ? ['--interactive'] : []),
    ...(spec.terminal ? ['--tty'] : []),
    ...(spec.addedCapabilities ?? []).flatMap((name) => ['--cap-add', name]),
    ...(spec.droppedCapabilities ?? []).flatMap((name) => ['--cap-drop', name]),
    ...(spec.tmpfs ?? []).flatMap(({ path, sizeMiB, options }) => [
      '--tmpfs',
      `${path}:${[...options, `size=${sizeMiB}m`].join(',')}`,
    ]),
    ...flag('user', spec.user),
    ...flag('workdir', spec.workingDirectory),
    ...flag('hostname', spec.hostname),
    ...healthArguments(spec.healthCheck),
    ...flag('entrypoint', entryPoint),
    spec.image,
    ...entryArguments,
    ...(spec.command ?? []),
  ]
}

export function mountArguments({ volume, path, labels, readOnly, filled }: ContainerMount): string[] {
  const options = [
    ...['type=volume', `source=${volume}`, `target=${path}`],
    ...pairs(labels).map((label) => `volume-label=${label}`),
    ...(filled ? [] : ['volume-nocopy']),
    ...(readOnly ? ['readonly'] : []),
  ]
  return ['--mount', options.map(csvField).join(',')]
}

/** The value of `--mount` is a line of CSV. */
const csvField = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const pairs = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `${name}=${value}`)

/** ECS does not look at a HEALTHCHECK of the image, only at the task definition's own. */
function healthArguments(check: ContainerSpec['healthCheck']): string[] {
  if (!check) return ['--no-healthcheck']
  const [kind, ...command] = check.command
  return [
    '--health-cmd',
    kind === 'CMD-SHELL' ? command.join(' ') : command.map(quoted).join(' '),
    ...['interval', 'timeout'].flatMap((name) => [`--health-${name}`, `${check[name as 'interval' | 'timeout']}s`]),
    '--health-retries',
    String(check.retries),
    '--health-start-period',
    `${check.startPeriod}s`,
  ]
}

/** The command line takes a health command only for the container's shell. */
const quoted = (argument: string): string => `'${argument.replaceAll("'", "'\\''")}'`
