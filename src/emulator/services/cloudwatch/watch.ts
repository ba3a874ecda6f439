import type { World } from '../../world.ts'
import { runSchedules } from '../applicationautoscaling/schedules.ts'
import { reportTasks } from '../ecs/metrics.ts'
import { reportTargets } from '../elasticloadbalancing/metrics.ts'
import { reportQueues } from '../sqs/metrics.ts'
import { evaluateAlarm } from './evaluation.ts'
import { MINUTE_MS } from './metrics.ts'
import { cloudwatchOf } from './state.ts'
import { setState } from './states.ts'

/**
 * Once a minute the services report what they measure, then alarms look at it, then what is scheduled begins. By the
 * containers' own time: requests come from people, and a minute of theirs is a minute.
 */
export function watchMetrics(world: World): void {
  world.background(async (signal) => {
    let last = minuteOf(world)
    for (;;) {
      await world.patience.sleep(MINUTE_MS - (world.clock.now().getTime() % MINUTE_MS), signal)
      const minute = minuteOf(world)
      // A clock that is faster than life wakes us up more often.
      if (minute === last) continue
      await lookAt(world, new Date(last * MINUTE_MS))
      last = minute
    }
  })
}

const minuteOf = ({ clock }: World): number => Math.floor(clock.now().getTime() / MINUTE_MS)

async function lookAt(world: World, minute: Date): Promise<void> {
  for (const region of Object.keys(world.state.regions)) {
    const call = { region, requestId: world.random.uuid() }
    await reportTasks(world, region, minute)
    reportTargets(world, region, minute)
    reportQueues(world, region, minute)
    const state = cloudwatchOf(world, call)
    for (const alarm of Object.values(state.alarms)) {
      const found = evaluateAlarm(state, alarm.input, world.clock.now())
      if (found) setState(world, call, alarm, found)
    }
    runSchedules(world, call)
  }
}
