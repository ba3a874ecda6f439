import type { World } from '../../world.ts'
import { reading } from './reading.ts'
import { writing } from './writing.ts'

export const ssm = (world: World) => ({ ...reading(world), ...writing(world) })
