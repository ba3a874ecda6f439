import type { Image } from '@aws-sdk/client-ecr'
import type { Lookups } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { type EcrImage, ecrImage } from '../../plan/image-location.ts'
import type { Clients } from '../clients.ts'
import { isNotFound } from '../errors.ts'

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

interface Platform {
  readonly os?: string
  readonly architecture?: string
}

/** An image's manifest, or an index of several. */
interface Manifest {
  readonly config?: { readonly digest: string }
  readonly layers?: readonly { readonly size: number }[]
  readonly manifests?: readonly { readonly platform?: Platform }[]
}

/** Images that others have pushed. They may be in another region or account. */
export function imageLookups(clientsIn: (region: string) => Clients): Pick<Lookups, 'image'> {
  const clientFor = (region: string) => clientsIn(region).ecr()

  async function find({ account, region, repository, id }: EcrImage): Promise<Image | undefined> {
    const { BatchGetImageCommand } = await import('@aws-sdk/client-ecr')
    const command = new BatchGetImageCommand({
      registryId: account,
      repositoryName: repository,
      imageIds: [id],
      acceptedMediaTypes: MANIFESTS,
    })
    try {
      return (await (await clientFor(region)).send(command)).images?.[0]
    } catch (error) {
      if (isNotFound(error, 'RepositoryNotFoundException')) return undefined
      throw error
    }
  }

  async function configuration({ account, region, repository }: EcrImage, layerDigest: string): Promise<Platform> {
    const { GetDownloadUrlForLayerCommand } = await import('@aws-sdk/client-ecr')
    const command = new GetDownloadUrlForLayerCommand({ registryId: account, repositoryName: repository, layerDigest })
    const { downloadUrl = '' } = await (await clientFor(region)).send(command)
    const answer = await fetch(downloadUrl).catch((cause: unknown) => unreadable(cause))
    return answer.ok ? ((await answer.json()) as Platform) : unreadable(answer.statusText)
  }

  return {
    async image(location) {
      const place = ecrImage(location)
      const found = place && (await find(place))
      if (!place || !found?.imageManifest) return undefined
      const { config, layers, manifests } = JSON.parse(found.imageManifest) as Manifest
      if (manifests)
        return { platforms: platformTexts(manifests.map(({ platform }) => platform ?? {})), bytes: undefined }
      return {
        platforms: config ? platformTexts([await configuration(place, config.digest)]) : [],
        bytes: (layers ?? []).reduce((sum, { size }) => sum + size, 0),
      }
    },
  }
}

function unreadable(cause: unknown): never {
  throw new UserError('preflight', `The image's configuration cannot be read: ${cause}`, {
    hint: 'check the network; the layers of ECR come from S3',
    cause,
  })
}

/** Attestations are listed beside images, for a platform that is unknown. */
const platformTexts = (platforms: readonly Platform[]): string[] => [
  ...new Set(
    platforms.flatMap(({ os, architecture }) =>
      os && architecture && os !== 'unknown' ? [`${os}/${architecture}`] : [],
    ),
  ),
]
