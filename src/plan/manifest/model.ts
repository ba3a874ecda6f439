import type { Exported } from '../exported.ts'
import type { EnvironmentSettings, ManifestService } from './schema.ts'

/** What a manifest says about one environment, with every default filled in. Times are seconds, memory MiB. */
export interface Environment {
  readonly app: string
  readonly name: string
  readonly region: string | undefined
  readonly profile: string | undefined
  /** ARN of the role by which it is deployed. */
  readonly role: string | undefined
  readonly certificate: string | undefined
  readonly network: Network
  /** What features read of it by themselves. */
  readonly settings: EnvironmentSettings
  readonly services: readonly Service[]
  /** What img2vid decided and the user should know. */
  readonly notes: readonly string[]
}

/** How long a new container may take until it takes connections of a network load balancer. */
export const NETWORK_GRACE_SECONDS = 60

/** What a manifest calls the default VPC of the region. */
export const DEFAULT_VPC = 'default'

export type Network =
  | {
      readonly kind: 'new'
      readonly cidr: string
      readonly zones: 2 | 3
      readonly nat: 'none' | 'single' | 'zone' | 'regional'
      readonly hasPrivateSubnets: boolean
      /** Services of AWS that are reached privately, such as `ecr.api`. */
      readonly endpoints: readonly string[]
      readonly flowLogDays: number | undefined
      readonly securityGroups: readonly (string | Exported)[]
    }
  | {
      readonly kind: 'existing'
      /** An id, or DEFAULT_VPC until it is looked up. */
      readonly vpc: string
      readonly subnets: readonly string[]
      readonly privateSubnets: readonly string[]
      readonly securityGroups: readonly (string | Exported)[]
    }

/** Public tasks have an address of their own; private ones go out by NAT or endpoints. */
export type Placement = 'public' | 'private'

export interface Service {
  readonly name: string
  /** What the manifest says of it in this environment; features read their own fields here. */
  readonly settings: ManifestService
  readonly image: Image
  /** Of its sidecars, by their names. */
  readonly sidecarImages: Readonly<Record<string, Image>>
  readonly port: number | undefined
  readonly http: Http | undefined
  readonly compute: Compute
  readonly placement: Placement
  readonly platform: Platform
  /** How many tasks there are, or with how many a service begins whose number moves. */
  readonly count: number
  readonly range: Range | undefined
  readonly secrets: Readonly<Record<string, Secret>>
  readonly rollout: Rollout
}

/** Between which numbers of tasks a service is scaled: as it is deployed, and as a schedule has it at some time of day. */
export interface Range {
  readonly min: number
  readonly max: number
  readonly least: number
  readonly most: number
}

/** As Docker calls it. */
export type Platform = 'linux/amd64' | 'linux/arm64' | 'windows/amd64'

export type Image = Build | { readonly kind: 'existing'; readonly location: string }

export interface Build {
  readonly kind: 'build'
  /** Of the image, in ECR. */
  readonly repository: string
  /** Folder and file relative to the manifest's folder. */
  readonly context: string
  readonly dockerfile: string
  readonly target: string | undefined
  readonly args: Readonly<Record<string, string>>
  /** What the build may see and the image does not hold: the content of a file, or of a variable of whoever builds. */
  readonly secrets: readonly ({ readonly id: string } & ({ readonly file: string } | { readonly env: string }))[]
  readonly ssh: readonly string[]
  readonly cacheFrom: readonly string[]
  readonly cacheTo: readonly string[]
}

export type Compute =
  | { readonly kind: 'fargate'; readonly cpu: number; readonly memory: number }
  | {
      /** Instances with GPUs, or plain ones, of which `gpus` is 0. */
      readonly kind: 'gpu' | 'ec2'
      readonly gpus: number
      /** Best first; none for a service that has a task on each instance of others. */
      readonly instances: readonly string[]
      /** Undefined when the task may take what its instance has. */
      readonly cpu: number | undefined
      readonly memory: number
    }
  /** Instances that ECS launches and looks after by itself. */
  | {
      readonly kind: 'managed'
      readonly gpus: number
      /** Patterns of types such as `g6.*`; any that fits where there is none. */
      readonly instances: readonly string[]
      readonly cpu: number
      readonly memory: number
    }
  /** Machines that are not AWS's. */
  | { readonly kind: 'external'; readonly gpus: number; readonly cpu: number; readonly memory: number }

/** A DNS record of Route 53 that leads to a load balancer. */
export interface AliasRecord {
  readonly host: string
  /** The id of a hosted zone, or its domain. */
  readonly zone: string
}

/** What a load balancer leads to a service. */
export interface HttpRule {
  /** Names its resources: nothing for the first one. */
  readonly prefix: string
  /** Where its settings stand in the service's. */
  readonly place: readonly (string | number)[]
  readonly path: string
  /** All hosts when there is none. */
  readonly hosts: readonly string[]
  /** Those of them that have a record made. */
  readonly records: readonly AliasRecord[]
  readonly sources: readonly string[]
  readonly priority: number
  /** Of the rule by which requests reach new tasks before they have traffic, if there is one. */
  readonly testPriority: number | undefined
  /** Undefined for the service's own container and its port. */
  readonly targetContainer: string | undefined
  readonly targetPort: number | undefined
  readonly version: 'HTTP1' | 'HTTP2' | 'GRPC'
  /** Whether plain HTTP is sent on to HTTPS, where there is a certificate. */
  readonly redirects: boolean
  readonly healthCheck: {
    readonly path: string
    readonly port: number | undefined
    readonly successCodes: string
    readonly healthyThreshold: number
    readonly unhealthyThreshold: number
    readonly interval: number
    readonly timeout: number
    readonly gracePeriod: number
  }
  readonly stickiness: boolean
  readonly deregistrationDelay: number
}

export interface Http extends HttpRule {
  /** Reached from within the network alone. */
  readonly internal: boolean
  /** Further ways to the service. */
  readonly additional: readonly HttpRule[]
}

/** All ways by which a load balancer leads to a service. */
export const rulesOf = (http: Http | undefined): readonly HttpRule[] => (http ? [http, ...http.additional] : [])

/** An SSM parameter or a secret of Secrets Manager, by name or ARN; or either, by the ARN that a stack exports. */
export interface Secret {
  readonly from: 'ssm' | 'secretsmanager' | 'export'
  readonly reference: string
}

/** How many of the tasks must be healthy, and how many may run, while new ones replace old ones; in percent. */
export interface Rollout {
  readonly minimumHealthy: number
  readonly maximum: number
}
