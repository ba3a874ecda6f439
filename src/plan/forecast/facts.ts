/** A quota of the account, and how much of it is taken. */
export interface QuotaUse {
  readonly limit: number
  readonly used: number
}

/** Instances whose vCPUs one quota counts together. */
export interface VcpuBucket {
  readonly name: string
  /** Of Service Quotas. */
  readonly code: string
  /** Patterns of instance types. */
  readonly types: readonly string[]
  /** Whether it counts Spot instances, or those on demand. */
  readonly spot: boolean
}

export interface Subnet {
  readonly id: string
  readonly vpc: string
  readonly zone: string
  readonly freeAddresses: number
  /** Where its default route leads: to an internet gateway, to something else such as a NAT gateway, or nowhere. */
  readonly leadsTo: 'internet' | 'elsewhere' | 'nowhere'
}

export interface ImageFacts {
  /** Such as `linux/amd64`; several for an index. */
  readonly platforms: readonly string[]
  /** Compressed; unknown for an index. */
  readonly bytes: number | undefined
}

/** A load balancer that exists. */
export interface BalancerFacts {
  /** `application`, `network` or `gateway`. */
  readonly type: string
  readonly vpc: string
  readonly host: string
  /** Of Route 53, for the host. */
  readonly zone: string
  readonly groups: readonly string[]
  readonly listeners: readonly { readonly arn: string; readonly protocol: string; readonly port: number }[]
}
