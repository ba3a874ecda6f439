import { createHash } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import type { World } from '../../world.ts'
import { constraint, type Image, type Repository } from './state.ts'

interface Descriptor {
  readonly mediaType?: string
  readonly digest?: string
  readonly size?: number
  readonly urls?: readonly string[]
}

interface Manifest {
  readonly mediaType?: string
  readonly artifactType?: string
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
  readonly subject?: Descriptor
}

export interface PushedManifest {
  readonly body: string
  readonly mediaType?: string | undefined
  readonly tag?: string | undefined
  readonly digest?: string | undefined
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const MEDIA_TYPES = [
  OCI_MANIFEST,
  OCI_INDEX,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** Puts an image into a repository, however it comes. Tells whether it was there already, with this tag. */
export function pushManifest(
  world: World,
  region: string,
  repository: Repository,
  { body, mediaType, tag, digest }: PushedManifest,
): { image: Image; existed: boolean } {
  const manifest = parse(body)
  const pushed = imageOf(world, repository, manifest, body, mediaType)
  if (digest !== undefined && digest !== pushed.digest) {
    throw new AwsError(
      'ImageDigestDoesNotMatchException',
      `The image with digest '${digest}' in repository '${repository.name}' and registry ID '${world.account}' does not match the image digest that Amazon ECR has calculated.`,
    )
  }
  requireContent(world, repository, pushed)
  const existed =
    repository.images[pushed.digest] !== undefined && (tag === undefined || repository.imageTags[tag] === pushed.digest)
  if (tag !== undefined) setTag(repository, tag, pushed.digest)
  repository.images[pushed.digest] ??=
    pushed.children.length === 0 && isScannedOnPush(world, region, repository)
      ? { ...pushed, scannedAt: pushed.pushedAt }
      : pushed
  return { image: repository.images[pushed.digest] ?? pushed, existed }
}

function parse(body: string): Manifest {
  try {
    const manifest: unknown = JSON.parse(body)
    if (typeof manifest === 'object' && manifest !== null) return manifest
  } catch {
    // Said below: text that is no JSON and JSON that is no object are the same to ECR.
  }
  throw constraint('ImageManifest', 'Invalid JSON syntax')
}

function imageOf(
  world: World,
  repository: Repository,
  manifest: Manifest,
  body: string,
  given: string | undefined,
): Image {
  const { config, layers = [], manifests = [], subject } = manifest
  const mediaType = given ?? manifest.mediaType ?? (manifest.manifests ? OCI_INDEX : OCI_MANIFEST)
  if (!MEDIA_TYPES.includes(mediaType) || (manifest.mediaType ?? mediaType) !== mediaType) {
    throw constraint('ImageManifest', `Invalid or unsupported manifest media type '${mediaType}'`)
  }
  // A layer with URLs is fetched from there and never pushed.
  const stored = [...(config ? [config] : []), ...layers.filter(({ urls }) => !urls?.length)]
  const children = manifests.map(({ digest = '' }) => digest)
  const artifactType = manifest.artifactType ?? config?.mediaType
  return {
    digest: `sha256:${createHash('sha256').update(body).digest('hex')}`,
    manifest: body,
    mediaType,
    ...(artifactType !== undefined && { artifactType }),
    blobs: [...new Set(stored.map(({ digest = '' }) => digest))],
    children,
    ...(subject?.digest !== undefined && { subject: subject.digest }),
    // An index counts as large as the largest image that it lists.
    size: Math.max(
      stored.reduce((sum, { size = 0 }) => sum + size, 0),
      ...children.map((child) => repository.images[child]?.size ?? 0),
    ),
    pushedAt: world.clock.now(),
  }
}

function requireContent(world: World, repository: Repository, { blobs, children }: Image): void {
  const absent = (what: string, digests: string[]) =>
    `${what} with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${repository.name}' in the registry with id '${world.account}' do not exist`
  const layers = blobs.filter((digest) => !repository.blobs[digest])
  if (layers.length > 0) throw new AwsError('LayersNotFoundException', absent('Layers', layers))
  const images = children.filter((digest) => !repository.images[digest])
  if (images.length > 0) throw new AwsError('ReferencedImagesNotFoundException', absent('Images', images))
}

function setTag(repository: Repository, tag: string, digest: string): void {
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)) {
    throw constraint('imageTag', "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9-_.]{0,127}'")
  }
  const current = repository.imageTags[tag]
  if (current !== undefined && current !== digest && isImmutable(repository, tag)) {
    throw new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    )
  }
  repository.imageTags[tag] = digest
}

function isImmutable({ mutability, exclusions }: Repository, tag: string): boolean {
  const excluded = exclusions.some(({ filter = '' }) => matchesWildcard(filter, tag))
  return mutability.startsWith('IMMUTABLE') !== excluded
}

function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}

function isScannedOnPush(world: World, region: string, { name, scanOnPush }: Repository): boolean {
  const rules: Sdk.RegistryScanningRule[] = world.region(region).ecr.scanning?.rules ?? []
  return (
    scanOnPush ||
    rules.some(
      ({ scanFrequency, repositoryFilters = [] }) =>
        scanFrequency !== 'MANUAL' && repositoryFilters.some(({ filter = '' }) => matchesWildcard(filter, name)),
    )
  )
}
