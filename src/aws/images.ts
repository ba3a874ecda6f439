import type { ImageInfo, Images } from '../context.ts'
import type { Clients } from './clients.ts'
import { isNotFound } from './errors.ts'
import { allPages, batches } from './pages.ts'

/** BatchDeleteImage takes this many at once. */
const BATCH = 100

export function images({ ecr: client }: Clients): Images {
  async function find(
    repository: string,
    id: { imageTag: string } | { imageDigest: string },
  ): Promise<ImageInfo | undefined> {
    const { DescribeImagesCommand } = await import('@aws-sdk/client-ecr')
    try {
      const command = new DescribeImagesCommand({ repositoryName: repository, imageIds: [id] })
      const { imageDetails: [image] = [] } = await (await client()).send(command)
      return image?.imageDigest ? { digest: image.imageDigest, tags: image.imageTags ?? [] } : undefined
    } catch (error) {
      if (isNotFound(error, 'RepositoryNotFoundException', 'ImageNotFoundException')) return undefined
      throw error
    }
  }

  return {
    find: (repository, tag) => find(repository, { imageTag: tag }),
    tagsOf: async (repository, digest) => (await find(repository, { imageDigest: digest }))?.tags ?? [],

    async tag(repository, digest, tag) {
      const { BatchGetImageCommand, PutImageCommand } = await import('@aws-sdk/client-ecr')
      const ecr = await client()
      const { images: [image] = [] } = await ecr.send(
        new BatchGetImageCommand({ repositoryName: repository, imageIds: [{ imageDigest: digest }] }),
      )
      if (!image?.imageManifest) throw new Error(`${repository}@${digest} is gone`)
      const { imageManifest, imageManifestMediaType } = image
      try {
        await ecr.send(
          new PutImageCommand({ repositoryName: repository, imageManifest, imageManifestMediaType, imageTag: tag }),
        )
      } catch (error) {
        if (!isNotFound(error, 'ImageAlreadyExistsException')) throw error
      }
    },

    async login() {
      const { GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr')
      const { authorizationData: [data] = [] } = await (await client()).send(new GetAuthorizationTokenCommand({}))
      const [, password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
        .toString()
        .split(':')
      return { registry: data?.proxyEndpoint ?? '', password }
    },

    async removeAll(repository) {
      const { BatchDeleteImageCommand, ListImagesCommand } = await import('@aws-sdk/client-ecr')
      const ecr = await client()
      try {
        const ids = await allPages(async (nextToken) => {
          const { imageIds = [], nextToken: next } = await ecr.send(
            new ListImagesCommand({ repositoryName: repository, nextToken }),
          )
          return { items: imageIds, next }
        })
        const digests = [...new Set(ids.flatMap(({ imageDigest }) => imageDigest ?? []))]
        for (const batch of batches(digests, BATCH)) {
          const imageIds = batch.map((imageDigest) => ({ imageDigest }))
          await ecr.send(new BatchDeleteImageCommand({ repositoryName: repository, imageIds }))
        }
        return digests.length
      } catch (error) {
        if (isNotFound(error, 'RepositoryNotFoundException')) return 0
        throw error
      }
    },
  }
}
