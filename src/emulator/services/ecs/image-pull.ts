import { layersAt } from '../ecr/contents.ts'
import type { Life } from './container-life.ts'
import { ecsOf } from './find.ts'

/**
 * Bytes of layers that arrive and are unpacked in a second: 413 MB within 27 s on Fargate, 2.47 GB within 88 s on a GPU
 * instance, as was measured by others.
 */
const BYTES_PER_SECOND = { FARGATE: 15e6, EC2: 28e6, EXTERNAL: 28e6, MANAGED_INSTANCES: 28e6 }

/** Waits as long as the layers take that are not there yet: instances keep theirs, and Fargate begins with none. */
export async function arrival({ world, call, task, signal }: Life, image: string): Promise<void> {
  const instance = ecsOf(world, call.region).containerInstances[task.containerInstanceArn ?? '']
  const missing = layersAt(world, image).filter(({ digest }) => !instance?.layers?.includes(digest))
  const bytes = missing.reduce((sum, { size }) => sum + size, 0)
  await world.clock.sleep((bytes / BYTES_PER_SECOND[task.launchType]) * 1000, signal)
  if (instance) instance.layers = [...new Set([...(instance.layers ?? []), ...missing.map(({ digest }) => digest)])]
}
