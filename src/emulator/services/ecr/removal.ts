import type { World } from '../../world.ts'
import { holdsBlob } from '../s3/state.ts'
import { type Image, type Repository, tagsOf } from './state.ts'

/** A blob that no image has taken after this time belongs to a push that was given up. */
const PUSH = 60 * 60 * 1000

/** Indexes that list an image, which therefore cannot be deleted. */
export const parentsOf = ({ images }: Repository, digest: string): string[] =>
  Object.values(images)
    .filter(({ children }) => children.includes(digest))
    .map((parent) => parent.digest)

export function removeImage(repository: Repository, image: Image): void {
  for (const tag of tagsOf(repository, image.digest)) delete repository.imageTags[tag]
  delete repository.images[image.digest]
  for (const digest of image.blobs) if (!isInImage(repository, digest)) delete repository.blobs[digest]
}

const isInImage = ({ images }: Repository, digest: string): boolean =>
  Object.values(images).some(({ blobs }) => blobs.includes(digest))

/** Deletes the files of all blobs that no repository and no bucket holds any more. */
export async function collectBlobs(world: World): Promise<void> {
  const repositories = () => Object.values(world.state.regions).flatMap(({ ecr }) => Object.values(ecr.repositories))
  const abandoned = world.clock.now().getTime() - PUSH
  for (const repository of repositories()) {
    for (const [digest, since] of Object.entries(repository.blobs)) {
      if (since.getTime() < abandoned && !isInImage(repository, digest)) delete repository.blobs[digest]
    }
  }
  await world.registry.blobs.sweep(
    (digest) => repositories().some(({ blobs }) => blobs[digest]) || holdsBlob(world, digest),
  )
}
