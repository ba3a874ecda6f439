import type { World } from '../../world.ts'
import { regionOfRegistry } from './authorization.ts'
import { type Image, lookUpImage, type Repository, registryHost } from './state.ts'

export interface Layer {
  readonly digest: string
  /** As it is pushed and pulled. */
  readonly size: number
}

/** The layers of an image by its full reference; none of one that lies in no registry of this AWS. */
export function layersAt(world: World, reference: string): readonly Layer[] {
  const region = regionOfRegistry(world, reference)
  if (region === undefined) return []
  const path = reference.slice(registryHost(world, region).length + 1)
  const [, name = '', imageTag, imageDigest] = /^([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(path) ?? []
  const repository = world.region(region).ecr.repositories[name]
  const id = imageDigest === undefined ? { imageTag: imageTag ?? 'latest' } : { imageDigest }
  const image = repository && lookUpImage(repository, id)
  return image ? layersOf(repository, image) : []
}

/** Of an index, those of the largest image that it lists. */
function layersOf(repository: Repository, { manifest, children }: Image): readonly Layer[] {
  const [largest] = children
    .flatMap((child) => repository.images[child] ?? [])
    .sort((one, other) => other.size - one.size)
  if (largest) return layersOf(repository, largest)
  return (JSON.parse(manifest) as { readonly layers?: readonly Layer[] }).layers ?? []
}
