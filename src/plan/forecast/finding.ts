/** Something that will go wrong, or may. */
export interface Finding {
  /** Stable, for scripts: `GPU01`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** The service that it is about; the environment otherwise. */
  readonly service?: string
  readonly message: string
  /** A command or a change of the manifest that mends it. */
  readonly hint: string
}

/** In one line, as a problem or a note. */
export const findingText = ({ service, message }: Pick<Finding, 'service' | 'message'>): string =>
  service === undefined ? message : `${service}: ${message}`

/** A command that asks AWS for more. */
export const increase = (service: string, code: string, value: number, region: string): string =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region ${region}`
