import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { pushManifest } from './push.ts'
import { collectBlobs, parentsOf, removeImage } from './removal.ts'
import { findImage, findRepository, type Image, invalid, lookUpImage, type Repository, tagsOf } from './state.ts'

export const images = (world: World) => {
  const find = (call: Call, name: string | undefined) => findRepository(world, call.region, name)

  const describe = (repository: Repository, image: Image): Sdk.ImageDetail => {
    const imageTags = tagsOf(repository, image.digest)
    return {
      registryId: world.account,
      repositoryName: repository.name,
      imageDigest: image.digest,
      ...(imageTags.length > 0 && { imageTags }),
      imageSizeInBytes: image.size,
      imagePushedAt: image.pushedAt,
      imageManifestMediaType: image.mediaType,
      artifactMediaType: image.artifactType,
      subjectManifestDigest: image.subject,
      lastRecordedPullTime: image.pulledAt,
      imageStatus: 'ACTIVE',
      ...(image.scannedAt && {
        imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
        imageScanFindingsSummary: {
          imageScanCompletedAt: image.scannedAt,
          vulnerabilitySourceUpdatedAt: image.scannedAt,
          findingSeverityCounts: {},
        },
      }),
    }
  }

  /** An image found by its tag is named with that tag; one found by its digest with all of its tags. */
  const get = (repository: Repository, image: Image, imageTag: string | undefined): Sdk.Image => ({
    registryId: world.account,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, imageTag: imageTag ?? tagsOf(repository, image.digest)[0] },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  })

  return {
    PutImage: (input, call) => {
      const repository = find(call, input.repositoryName)
      const { image, existed } = pushManifest(world, call.region, repository, {
        body: input.imageManifest ?? '',
        mediaType: input.imageManifestMediaType,
        tag: input.imageTag,
        digest: input.imageDigest,
      })
      if (existed) {
        throw new AwsError(
          'ImageAlreadyExistsException',
          `Image with digest '${image.digest}' and tag '${input.imageTag ?? 'null'}' already exists in the repository with name '${repository.name}' in registry with id '${world.account}'`,
        )
      }
      return { image: get(repository, image, input.imageTag) }
    },

    DescribeImages: ({ repositoryName, imageIds, filter, maxResults = 100, nextToken }, call) => {
      const repository = find(call, repositoryName)
      const asked = imageIds?.map((id) => findImage(world, repository, id))
      const matching = (asked ? [...new Set(asked)] : Object.values(repository.images)).filter(({ digest }) =>
        hasStatus(filter?.tagStatus, tagsOf(repository, digest).length > 0),
      )
      const { items, next } = page(matching, maxResults, nextToken)
      return { imageDetails: items.map((image) => describe(repository, image)), ...(next && { nextToken: next }) }
    },

    ListImages: ({ repositoryName, filter, maxResults = 100, nextToken }, call) => {
      const repository = find(call, repositoryName)
      const ids = Object.keys(repository.images).flatMap((imageDigest): Sdk.ImageIdentifier[] => {
        const tags = tagsOf(repository, imageDigest)
        return tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }]
      })
      const matching = ids.filter(({ imageTag }) => hasStatus(filter?.tagStatus, imageTag !== undefined))
      const { items, next } = page(matching, maxResults, nextToken)
      return { imageIds: items, ...(next && { nextToken: next }) }
    },

    BatchGetImage: ({ repositoryName, imageIds = [] }, call) => {
      const repository = find(call, repositoryName)
      const found: Sdk.Image[] = []
      const failures: Sdk.ImageFailure[] = []
      for (const id of imageIds) {
        const image = lookUpImage(repository, id)
        if (image) found.push(get(repository, image, id.imageTag))
        else failures.push(failure(repository, id))
      }
      return { images: found, failures }
    },

    BatchDeleteImage: async ({ repositoryName, imageIds = [] }, call) => {
      const repository = find(call, repositoryName)
      if (imageIds.length > 100) {
        throw invalid(
          "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length less than or equal to 100'",
        )
      }
      const deleted: Sdk.ImageIdentifier[] = []
      const failures: Sdk.ImageFailure[] = []
      for (const id of imageIds) {
        const image = lookUpImage(repository, id)
        const removed = image && remove(repository, id, image)
        if (Array.isArray(removed)) deleted.push(...removed)
        else failures.push(removed ?? failure(repository, id))
      }
      await collectBlobs(world)
      return { imageIds: deleted, failures }
    },
  } satisfies Handlers<typeof Sdk>
}

const hasStatus = (status: Sdk.TagStatus = 'ANY', tagged: boolean): boolean =>
  status === 'ANY' || (status === 'TAGGED') === tagged

function failure(repository: Repository, imageId: Sdk.ImageIdentifier): Sdk.ImageFailure {
  const { imageDigest, imageTag } = imageId
  if (imageDigest === undefined && imageTag === undefined) {
    const failureReason = 'Invalid request parameters: both tag and digest cannot be null'
    return { imageId, failureCode: 'MissingDigestAndTag', failureReason }
  }
  if (imageDigest !== undefined && !/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/.test(imageDigest)) {
    const failureReason = `Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'`
    return { imageId, failureCode: 'InvalidImageDigest', failureReason }
  }
  if (imageDigest !== undefined && imageTag !== undefined && repository.imageTags[imageTag] !== undefined) {
    const failureReason = `Tag ${imageTag} does not match digest ${imageDigest}`
    return { imageId, failureCode: 'ImageTagDoesNotMatchDigest', failureReason }
  }
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' }
}

/** Returns what was deleted, or why not. Without its last tag an image goes, too. */
function remove(
  repository: Repository,
  imageId: Sdk.ImageIdentifier,
  image: Image,
): Sdk.ImageIdentifier[] | Sdk.ImageFailure {
  const { imageTag, imageDigest = image.digest } = imageId
  const tags = tagsOf(repository, imageDigest)
  if (imageTag !== undefined && imageId.imageDigest === undefined && tags.length > 1) {
    delete repository.imageTags[imageTag]
    return [{ imageDigest, imageTag }]
  }
  const parents = parentsOf(repository, imageDigest)
  if (parents.length > 0) {
    return {
      imageId,
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${parents.join(', ')}]`,
    }
  }
  removeImage(repository, image)
  return tags.length > 0 ? tags.map((tag) => ({ imageDigest, imageTag: tag })) : [{ imageDigest }]
}
