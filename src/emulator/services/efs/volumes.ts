import { OWNER_LABEL } from '../../runtime/labels.ts'
import type { World } from '../../world.ts'

/** By which the volumes that stand for a file system are found. */
export const fileSystemLabels = (world: World, id: string): Record<string, string> => ({
  [OWNER_LABEL]: world.id,
  'embedded-aws.file-system': id,
})
