import type { World } from '../../world.ts'
import { alarms } from './alarms.ts'
import { data } from './data.ts'

export const cloudwatch = (world: World) => ({ ...data(world), ...alarms(world) })

export { watchMetrics as resumeCloudWatch } from './watch.ts'
