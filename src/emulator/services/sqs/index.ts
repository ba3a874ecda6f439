import type { World } from '../../world.ts'
import { messages } from './messages.ts'
import { queues } from './queues.ts'

export const sqs = (world: World) => ({ ...queues(world), ...messages(world) })
