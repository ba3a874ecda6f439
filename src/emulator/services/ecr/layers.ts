import { Readable } from 'node:stream'
import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { openRegistry } from './authorization.ts'
import { findRepository, within } from './state.ts'
import { issueToken } from './tokens.ts'

/** The least that ECR takes for a part that is not the last. */
const PART = 5 * 1024 * 1024

/** Pushing and pulling layers with API calls, for clients that do not speak the registry's protocol. */
export const layers = (world: World) => {
  const { uploads, blobs } = world.registry

  const arrived = (uploadId: string, place: string): number => {
    const size = uploads.size(uploadId)
    if (size !== undefined) return size
    throw new AwsError('UploadNotFoundException', `The upload with id '${uploadId}' could not be found in ${place}`)
  }

  return {
    BatchCheckLayerAvailability: async ({ repositoryName, layerDigests = [] }, call) => {
      const repository = findRepository(world, call.region, repositoryName)
      const checked = await Promise.all(
        layerDigests.map(async (layerDigest): Promise<Sdk.Layer> => {
          const layerSize = repository.blobs[layerDigest] && (await blobs.size(layerDigest))
          if (layerSize === undefined) return { layerDigest, layerAvailability: 'UNAVAILABLE' }
          return { layerDigest, layerAvailability: 'AVAILABLE', layerSize, mediaType: LAYER }
        }),
      )
      return { layers: checked, failures: [] }
    },

    GetDownloadUrlForLayer: async ({ repositoryName, layerDigest = '' }, call) => {
      const repository = findRepository(world, call.region, repositoryName)
      if (!repository.blobs[layerDigest]) {
        throw new AwsError(
          'LayersNotFoundException',
          `Layer with digest '${layerDigest}' does not exist in ${within(world, repository)}`,
        )
      }
      const { token } = issueToken(world, call.region)
      const url = `http://${await openRegistry(world, call.region)}/v2/${repository.name}/blobs/${layerDigest}`
      return { layerDigest, downloadUrl: `${url}?token=${token}` }
    },

    InitiateLayerUpload: async ({ repositoryName }, call) => {
      findRepository(world, call.region, repositoryName)
      const uploadId = world.random.uuid()
      await uploads.begin(uploadId, world.clock.now())
      return { uploadId, partSize: PART }
    },

    UploadLayerPart: async ({ repositoryName, uploadId = '', partFirstByte, partLastByte, layerPartBlob }, call) => {
      const repository = findRepository(world, call.region, repositoryName)
      const size = arrived(uploadId, within(world, repository))
      const part = layerPartBlob ?? new Uint8Array()
      const identity = { registryId: world.account, repositoryName: repository.name, uploadId }
      if (partFirstByte !== size || partLastByte !== size + part.length - 1) {
        throw new AwsError(
          'InvalidLayerPartException',
          `Layer part '${partFirstByte}-${partLastByte}' does not follow the last valid byte received '${size - 1}'`,
          400,
          { ...identity, lastValidByteReceived: size - 1 },
        )
      }
      const now = await uploads.append(uploadId, Readable.from([part]))
      return { ...identity, lastByteReceived: now - 1 }
    },

    CompleteLayerUpload: async ({ repositoryName, uploadId = '', layerDigests = [] }, call) => {
      const repository = findRepository(world, call.region, repositoryName)
      const place = within(world, repository)
      if (arrived(uploadId, place) === 0) {
        throw new AwsError('EmptyUploadException', `The upload with id '${uploadId}' has no layer parts`)
      }
      const layerDigest = uploads.digest(uploadId) ?? ''
      if (!layerDigests.includes(layerDigest)) {
        throw new AwsError('InvalidLayerException', `Layer digest '${layerDigest}' is not among those of the request`)
      }
      if (repository.blobs[layerDigest]) {
        await uploads.discard(uploadId)
        throw new AwsError(
          'LayerAlreadyExistsException',
          `Layer with digest '${layerDigest}' already exists in ${place}`,
        )
      }
      repository.blobs[layerDigest] = world.clock.now()
      await uploads.finish(uploadId)
      return { registryId: world.account, repositoryName: repository.name, uploadId, layerDigest }
    },
  } satisfies Handlers<typeof Sdk>
}

const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
