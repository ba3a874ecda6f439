/** An image in a private ECR. */
export interface EcrImage {
  readonly account: string
  readonly region: string
  readonly repository: string
  readonly id: { readonly imageDigest: string } | { readonly imageTag: string }
}

/** Undefined when the image is anywhere else. */
export function ecrImage(location: string): EcrImage | undefined {
  const [, account, region, repository, tag, digest] =
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(
      location,
    ) ?? []
  if (account === undefined || region === undefined || repository === undefined) return undefined
  return { account, region, repository, id: digest ? { imageDigest: digest } : { imageTag: tag ?? 'latest' } }
}
