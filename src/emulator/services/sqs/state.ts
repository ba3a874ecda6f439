import type * as Sdk from '@aws-sdk/client-sqs'
import type { Call, World } from '../../world.ts'

export interface Message {
  readonly id: string
  readonly body: string
  readonly sentAt: Date
  readonly attributes?: Record<string, Sdk.MessageAttributeValue>
  readonly group?: string
  readonly deduplication?: string
  /** Nobody receives it before. */
  visibleAt: Date
  receives: number
  firstReceivedAt?: Date
  /** Of its last receipt. */
  receipt?: string
}

export interface Queue {
  readonly name: string
  readonly arn: string
  readonly url: string
  readonly attributes: Record<string, string>
  readonly tags: Record<string, string>
  readonly createdAt: Date
  modifiedAt: Date
  /** Oldest first. */
  messages: Message[]
}

export interface SqsState {
  /** By name. */
  readonly queues: Record<string, Queue>
}

export const emptySqs = (): SqsState => ({ queues: {} })

export const queuesOf = (world: World, { region }: Pick<Call, 'region'>): Record<string, Queue> =>
  world.region(region).sqs.queues

/** Waiting to be received, received and not deleted yet, and sent with a delay. */
export function counts({ messages }: Queue, now: Date) {
  const hidden = messages.filter(({ visibleAt }) => visibleAt > now)
  const flying = hidden.filter(({ receives }) => receives > 0)
  return { visible: messages.length - hidden.length, flying: flying.length, delayed: hidden.length - flying.length }
}

/** What is in a queue for longer than it keeps messages is gone. */
export function expire(queue: Queue, now: Date): void {
  const kept = Number(queue.attributes.MessageRetentionPeriod) * 1000
  queue.messages = queue.messages.filter(({ sentAt }) => now.getTime() - sentAt.getTime() < kept)
}
