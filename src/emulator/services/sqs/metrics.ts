import type { World } from '../../world.ts'
import { measure } from '../cloudwatch/metrics.ts'
import { counts, expire } from './state.ts'

/** What SQS measures of each queue in a minute. */
export function reportQueues(world: World, region: string, at: Date): void {
  const now = world.clock.now()
  for (const queue of Object.values(world.region(region).sqs.queues)) {
    expire(queue, now)
    const { visible, flying, delayed } = counts(queue, now)
    const [oldest] = queue.messages
    const values = {
      ApproximateNumberOfMessagesVisible: visible,
      ApproximateNumberOfMessagesNotVisible: flying,
      ApproximateNumberOfMessagesDelayed: delayed,
      ApproximateAgeOfOldestMessage: oldest ? Math.floor((now.getTime() - oldest.sentAt.getTime()) / 1000) : 0,
    }
    for (const [name, value] of Object.entries(values)) {
      const unit = name === 'ApproximateAgeOfOldestMessage' ? 'Seconds' : 'Count'
      measure(world, region, { namespace: 'AWS/SQS', name, dimensions: { QueueName: queue.name }, value, unit, at })
    }
  }
}
