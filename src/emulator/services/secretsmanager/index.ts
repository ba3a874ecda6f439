import type { World } from '../../world.ts'
import { passwords } from './passwords.ts'
import { secrets } from './secrets.ts'
import { values } from './values.ts'

export const secretsmanager = (world: World) => ({ ...secrets(world), ...values(world), ...passwords(world) })
