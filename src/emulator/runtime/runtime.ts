/** A container to run, resolved: variables and secrets have their values, the image its full reference. */
export interface ContainerSpec {
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  /** A container of Windows; of Linux otherwise. */
  readonly windows?: boolean
  readonly entryPoint?: readonly string[]
  readonly command?: readonly string[]
  readonly workingDirectory?: string
  readonly user?: string
  readonly hostname?: string
  readonly ports: readonly ContainerPort[]
  /** Hard limit; the container is killed above it. */
  readonly memoryMiB?: number
  /** Soft limit: what it goes back to when memory is short. */
  readonly memoryReservationMiB?: number
  /** Hard limit; 1024 units are one processor. */
  readonly cpuUnits?: number
  /** Its weight against other containers where processors are short. */
  readonly cpuShares?: number
  readonly sharedMemoryMiB?: number
  readonly gpus?: number
  readonly readonlyRootFilesystem?: boolean
  readonly init?: boolean
  readonly privileged?: boolean
  /** An open standard input, and a terminal. */
  readonly interactive?: boolean
  readonly terminal?: boolean
  readonly addedCapabilities?: readonly string[]
  readonly droppedCapabilities?: readonly string[]
  readonly tmpfs?: readonly { readonly path: string; readonly sizeMiB: number; readonly options: readonly string[] }[]
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[]
  readonly dockerLabels?: Readonly<Record<string, string>>
  readonly healthCheck?: ContainerHealthCheck
  readonly mounts?: readonly ContainerMount[]
  /** The container whose network this one shares, as containers of an awsvpc task do. */
  readonly networkOf?: string
  /** It has no network at all. */
  readonly isolated?: boolean
  /** Containers that this one reaches by a name of its own. */
  readonly links?: readonly { readonly id: string; readonly alias: string }[]
  /** Further names of hosts, with their addresses. */
  readonly hosts?: Readonly<Record<string, string>>
  /** Networks in which containers find each other by name, and the names of this one. */
  readonly joins?: readonly {
    readonly network: string
    /** By which it is found again to be removed. */
    readonly labels: Readonly<Record<string, string>>
    readonly aliases: readonly string[]
  }[]
}

/** A network that containers share. */
type NetworkSpec = Pick<ContainerSpec, 'name' | 'labels' | 'windows' | 'ports' | 'hosts' | 'joins'>

/** A volume of the engine, made when the first container asks for it. */
export interface ContainerMount {
  readonly volume: string
  /** By which it is found again to be removed. */
  readonly labels: Readonly<Record<string, string>>
  readonly path: string
  readonly readOnly: boolean
  /** Whether a new volume gets what the image has at the path. */
  readonly filled: boolean
  /** Whose its directory is, where that is not the engine's choice. */
  readonly owner?: { readonly uid: number; readonly gid: number; readonly mode: number }
}

export interface ContainerPort {
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
}

/** As ECS words it; times in seconds. */
interface ContainerHealthCheck {
  readonly command: readonly string[]
  readonly interval: number
  readonly timeout: number
  readonly retries: number
  readonly startPeriod: number
}

export interface StartedContainer {
  readonly id: string
  /** Where each container port is reached from this machine: on a port of its loopback that the engine has chosen. */
  readonly ports: readonly {
    readonly containerPort: number
    readonly protocol: 'tcp' | 'udp'
    readonly hostPort: number
  }[]
}

export type ContainerEvent =
  | { readonly type: 'exited'; readonly id: string; readonly exitCode: number; readonly outOfMemory: boolean }
  | { readonly type: 'health'; readonly id: string; readonly status: 'HEALTHY' | 'UNHEALTHY' }

export interface FoundContainer {
  readonly id: string
  readonly running: boolean
  readonly exitCode: number
  readonly outOfMemory: boolean
  readonly health?: 'HEALTHY' | 'UNHEALTHY'
}

/** 1024 units are one processor. */
export interface ContainerUsage {
  readonly cpuUnits: number
  readonly memoryMiB: number
}

/** Where images can be pulled from with a password, such as the embedded registry. */
export interface RegistryLogin {
  readonly host: string
  readonly user: string
  readonly password: string
}

/** An image that cannot be had; the message is the engine's own. */
export class PullError extends Error {}

export type Responder = (path: string) => { readonly status: number; readonly body: string }

/** Runs containers: in a Docker engine, or only on paper. */
export interface Runtime {
  readonly kind: 'docker' | 'simulated'
  /** Makes the image available and returns its digest. Throws PullError. */
  pull(image: string, login?: RegistryLogin, windows?: boolean): Promise<{ readonly digest?: string }>
  start(spec: ContainerSpec): Promise<StartedContainer>
  /** Makes a network that lasts until it is removed, whatever the containers in it do. */
  openNetwork(spec: NetworkSpec): Promise<StartedContainer>
  stop(id: string, graceSeconds: number): Promise<void>
  remove(id: string): Promise<void>
  /** Removes the volumes with these labels, and what is in them, unless a container still uses them. */
  removeVolumes(labels: Readonly<Record<string, string>>): Promise<void>
  /** Removes networks of `joins` that nobody is in any more. */
  removeNetworks(labels: Readonly<Record<string, string>>): Promise<void>
  /** Containers with these labels that the engine knows, running or not. */
  find(labels: Readonly<Record<string, string>>): Promise<readonly FoundContainer[]>
  /** What running containers take at the moment, by id; those that are gone are left out. */
  usage(ids: readonly string[]): Promise<ReadonlyMap<string, ContainerUsage>>
  /** Calls back for every line that the container writes, from its start or `since`; resolves with the container's last, or the signal. */
  follow(id: string, line: (text: string, at: Date) => void, signal: AbortSignal, since?: Date): Promise<void>
  /** Exits and health changes of containers that this runtime started or adopted. */
  watch(listener: (event: ContainerEvent) => void, signal: AbortSignal): void
  /** How a simulated container answers HTTP requests; undefined for a real one. */
  responder(id: string): Responder | undefined
  /** Whether containers that ask for GPUs get some. */
  readonly gpus: boolean
}
