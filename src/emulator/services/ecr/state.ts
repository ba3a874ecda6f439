import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import type { Tags } from '../../tags.ts'
import { arn, type World } from '../../world.ts'

export interface Image {
  readonly digest: string
  readonly manifest: string
  readonly mediaType: string
  /** The configuration's media type, or what the manifest says that it is. */
  readonly artifactType?: string
  /** Blobs that it consists of: its layers and its configuration. */
  readonly blobs: readonly string[]
  /** Images that an index lists. */
  readonly children: readonly string[]
  /** The image that this one says something about, such as a signature. */
  readonly subject?: string
  readonly size: number
  readonly pushedAt: Date
  pulledAt?: Date
  scannedAt?: Date
}

export interface Repository {
  readonly name: string
  readonly createdAt: Date
  mutability: Sdk.ImageTagMutability
  exclusions: Sdk.ImageTagMutabilityExclusionFilter[]
  scanOnPush: boolean
  readonly encryption: Sdk.EncryptionConfiguration
  policy?: string
  lifecyclePolicy?: string
  readonly tags: Tags
  /** By digest. */
  readonly images: Record<string, Image>
  /** The digest that an image tag points to. */
  readonly imageTags: Record<string, string>
  /** Blobs that were pushed into or mounted from elsewhere, and when. */
  readonly blobs: Record<string, Date>
}

export interface EcrState {
  /** Where the region's registry listens; kept, so that references to images stay valid. */
  port?: number
  /** What authorization tokens are signed with. */
  secret?: string
  readonly repositories: Record<string, Repository>
  registryPolicy?: string
  scanning?: Sdk.RegistryScanningConfiguration
}

export const emptyEcr = (): EcrState => ({ repositories: {} })

export const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message)

export const constraint = (parameter: string, rule: string): AwsError =>
  invalid(`Invalid parameter at '${parameter}' failed to satisfy constraint: '${rule}'`)

export function findRepository(world: World, region: string, name = ''): Repository {
  const repository = world.region(region).ecr.repositories[name]
  if (repository) return repository
  throw new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${world.account}'`,
  )
}

export const registryHost = (world: World, region: string): string => `127.0.0.1:${world.region(region).ecr.port}`

export const repositoryArn = (world: World, region: string, name: string): string =>
  arn(world, 'ecr', region, `repository/${name}`)

/** `repository R in registry N`, as ECR ends its sentences. */
export const within = (world: World, { name }: Repository): string =>
  `the repository with name '${name}' in the registry with id '${world.account}'`

export const tagsOf = ({ imageTags }: Repository, digest: string): string[] =>
  Object.keys(imageTags).filter((tag) => imageTags[tag] === digest)

/** By digest, by tag, or by both where they agree. */
export function lookUpImage(repository: Repository, { imageDigest, imageTag }: Sdk.ImageIdentifier): Image | undefined {
  const digest = imageTag === undefined ? imageDigest : repository.imageTags[imageTag]
  if (digest === undefined || (imageDigest !== undefined && imageDigest !== digest)) return undefined
  return repository.images[digest]
}

export function findImage(world: World, repository: Repository, id: Sdk.ImageIdentifier = {}): Image {
  const image = lookUpImage(repository, id)
  if (image) return image
  const wanted = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${wanted} does not exist within ${within(world, repository)}`,
  )
}
