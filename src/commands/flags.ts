/** What nearly every command takes. */
export interface CommonFlags {
  readonly manifest: string
  readonly env?: string
  readonly region?: string
  readonly profile?: string
  readonly local?: boolean
  readonly yes?: boolean
}

/** What says for one run what the manifest says for all; see `plan/manifest/overrides.ts`. */
export interface OverrideFlags {
  readonly service?: string
  readonly instanceType?: readonly string[]
  readonly vpc?: string
  readonly subnets?: readonly string[]
  readonly securityGroup?: readonly string[]
  readonly repo?: string
  readonly bucket?: string
  readonly model?: string
  readonly image?: string
}

/** What to do with a stack that somebody else works on, or that is stuck. */
export interface RecoveryFlags {
  readonly yes?: boolean
  readonly wait?: boolean
  readonly attach?: boolean
  readonly cancel?: boolean
  readonly recover?: boolean
}

/** How stacks are brought to what they should be. */
export interface StackFlags extends RecoveryFlags {
  /** Without waiting until their resources are ready. */
  readonly express?: boolean
}

export interface PreflightFlags {
  /** Go on whatever is found before anything is changed. */
  readonly skipChecks?: boolean
}

export interface TimeoutFlags {
  /** In seconds. */
  readonly timeout?: number
}

export interface FleetFlags {
  /** Environments that are worked on at once, of those that `--env` means. */
  readonly atOnce?: number
}

export interface ImageFlags {
  /** A further tag for the images. */
  readonly tag?: string
  /** Build even when the content is known. */
  readonly rebuild?: boolean
}
