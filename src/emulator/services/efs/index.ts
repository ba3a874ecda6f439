import type { World } from '../../world.ts'
import { accessPoints } from './access-points.ts'
import { fileSystems } from './file-systems.ts'
import { mountTargets } from './mount-targets.ts'

export const efs = (world: World) => ({ ...fileSystems(world), ...mountTargets(world), ...accessPoints(world) })
