import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { findImage, findRepository, tagsOf, within } from './state.ts'

/** Scans end at once and find nothing. */
export const scanning = (world: World) => {
  const look = (region: string, repositoryName: string | undefined, imageId: Sdk.ImageIdentifier | undefined) => {
    const repository = findRepository(world, region, repositoryName)
    const image = findImage(world, repository, imageId)
    const imageTag = imageId?.imageTag ?? tagsOf(repository, image.digest)[0]
    const answer = {
      registryId: world.account,
      repositoryName: repository.name,
      imageId: { imageDigest: image.digest, imageTag },
    }
    return { repository, image, answer }
  }

  return {
    PutImageScanningConfiguration: ({ repositoryName, imageScanningConfiguration }, { region }) => {
      const repository = findRepository(world, region, repositoryName)
      repository.scanOnPush = imageScanningConfiguration?.scanOnPush ?? false
      return {
        registryId: world.account,
        repositoryName: repository.name,
        imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
      }
    },

    StartImageScan: ({ repositoryName, imageId }, { region }) => {
      const { image, answer } = look(region, repositoryName, imageId)
      if (image.children.length > 0) {
        throw new AwsError('UnsupportedImageTypeException', `The image type '${image.mediaType}' cannot be scanned`)
      }
      image.scannedAt = world.clock.now()
      return { ...answer, imageScanStatus: { status: 'IN_PROGRESS' } }
    },

    DescribeImageScanFindings: ({ repositoryName, imageId }, { region }) => {
      const { repository, image, answer } = look(region, repositoryName, imageId)
      if (!image.scannedAt) {
        throw new AwsError(
          'ScanNotFoundException',
          `Image scan does not exist for the image with '{imageDigest:'${image.digest}', imageTag:'${answer.imageId.imageTag ?? 'null'}'}' in ${within(world, repository)}`,
        )
      }
      return {
        ...answer,
        imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
        imageScanFindings: {
          imageScanCompletedAt: image.scannedAt,
          vulnerabilitySourceUpdatedAt: image.scannedAt,
          findingSeverityCounts: {},
          findings: [],
        },
      }
    },

    PutRegistryScanningConfiguration: ({ scanType = 'BASIC', rules = [] }, { region }) => {
      const registryScanningConfiguration = { scanType, rules }
      world.region(region).ecr.scanning = registryScanningConfiguration
      return { registryScanningConfiguration }
    },

    GetRegistryScanningConfiguration: (_input, { region }) => ({
      registryId: world.account,
      scanningConfiguration: world.region(region).ecr.scanning ?? { scanType: 'BASIC', rules: [] },
    }),
  } satisfies Handlers<typeof Sdk>
}
