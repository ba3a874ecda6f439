/** An image in a private ECR. */
export interface EcrImage {
  readonly account: string
  readonly region: string
  readonly repository: string
  readonly id: { readonly imageDigest: string } | { readonly imageTag: string }
}

/** With account and region. */
const ECR = String.raw`(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)`
const ECR_IMAGE = new RegExp(`^${ECR}/([^:@]+)(?::([^@]+))?(?:@(.+))?$`)
const ECR_REGISTRY = new RegExp(`^${ECR}$`)
/** That of the embedded AWS is on this machine. */
const REGISTRIES = new RegExp(`(?<![\\w.:-])(?:${ECR}|127\\.0\\.0\\.1:\\d+)(?=/)`, 'g')

/** The registries of ECR that a text names. */
export const registriesIn = (text: string): string[] => [...new Set(text.match(REGISTRIES) ?? [])]

/** Whether who is logged in at the one is so at the other: ECR has one login for all registries of a region. */
export function opens(one: string, other: string): boolean {
  const [, , region] = ECR_REGISTRY.exec(one) ?? []
  return one === other || (region !== undefined && ECR_REGISTRY.exec(other)?.[2] === region)
}

/** Undefined when the image is anywhere else. */
export function ecrImage(location: string): EcrImage | undefined {
  const [, account, region, repository, tag, digest] = ECR_IMAGE.exec(location) ?? []
  if (account === undefined || region === undefined || repository === undefined) return undefined
  return { account, region, repository, id: digest ? { imageDigest: digest } : { imageTag: tag ?? 'latest' } }
}
