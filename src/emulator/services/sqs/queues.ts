import type * as Sdk from '@aws-sdk/client-sqs'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { counts, expire, type Queue, queuesOf } from './state.ts'

const DEFAULTS: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
}

/** By the name at the end of its URL. */
export function findQueue(world: World, call: Call, url = ''): Queue {
  const queue = queuesOf(world, call)[url.split('/').at(-1) ?? '']
  if (queue) return queue
  throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
}

const seconds = (date: Date): string => String(Math.floor(date.getTime() / 1000))

function allAttributes(world: World, queue: Queue): Record<string, string> {
  const now = world.clock.now()
  expire(queue, now)
  const { visible, flying, delayed } = counts(queue, now)
  return {
    ...queue.attributes,
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(flying),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.modifiedAt),
  }
}

export const queues = (world: World) =>
  ({
    CreateQueue: ({ QueueName: name = '', Attributes = {}, tags = {} }, call) => {
      if (!/^[\w-]{1,80}(?<!.{76})\.fifo$|^[\w-]{1,80}$/.test(name)) {
        throw new AwsError(
          'InvalidParameterValue',
          'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
        )
      }
      if (name.endsWith('.fifo') !== (Attributes.FifoQueue === 'true')) {
        throw new AwsError('InvalidParameterValue', 'The name of a FIFO queue, and of no other, ends with .fifo')
      }
      const known = queuesOf(world, call)[name]
      const differing = Object.entries(Attributes).find(([key, value]) => known && known.attributes[key] !== value)
      if (differing) {
        throw new AwsError(
          'QueueNameExists',
          `A queue already exists with the same name and a different value for attribute ${differing[0]}`,
        )
      }
      const now = world.clock.now()
      const url = `https://sqs.${call.region}.amazonaws.com/${world.account}/${name}`
      const queue = known ?? {
        name,
        url,
        arn: arn(world, 'sqs', call.region, name),
        attributes: { ...DEFAULTS, ...Attributes },
        tags: { ...tags },
        createdAt: now,
        modifiedAt: now,
        messages: [],
      }
      queuesOf(world, call)[name] = queue
      return { QueueUrl: queue.url }
    },

    GetQueueUrl: ({ QueueName }, call) => ({ QueueUrl: findQueue(world, call, QueueName).url }),

    ListQueues: ({ QueueNamePrefix = '', MaxResults = 1000, NextToken }, call) => {
      const urls = Object.values(queuesOf(world, call)).flatMap(({ name, url }) =>
        name.startsWith(QueueNamePrefix) ? [url] : [],
      )
      const { items, next } = page(urls, MaxResults, NextToken)
      return { QueueUrls: items, ...(next && { NextToken: next }) }
    },

    GetQueueAttributes: ({ QueueUrl, AttributeNames = [] }, call) => {
      const all = Object.entries(allAttributes(world, findQueue(world, call, QueueUrl)))
      const wanted: readonly string[] = AttributeNames
      return { Attributes: Object.fromEntries(all.filter(([key]) => wanted.includes('All') || wanted.includes(key))) }
    },

    SetQueueAttributes: ({ QueueUrl, Attributes = {} }, call) => {
      const queue = findQueue(world, call, QueueUrl)
      for (const [key, value] of Object.entries(Attributes)) {
        const after = value === '' ? DEFAULTS[key] : value
        if (after === undefined) delete queue.attributes[key]
        else queue.attributes[key] = after
      }
      queue.modifiedAt = world.clock.now()
      return {}
    },

    PurgeQueue: ({ QueueUrl }, call) => {
      findQueue(world, call, QueueUrl).messages = []
      return {}
    },

    DeleteQueue: ({ QueueUrl }, call) => {
      delete queuesOf(world, call)[findQueue(world, call, QueueUrl).name]
      return {}
    },

    TagQueue: ({ QueueUrl, Tags }, call) => {
      Object.assign(findQueue(world, call, QueueUrl).tags, Tags)
      return {}
    },

    UntagQueue: ({ QueueUrl, TagKeys = [] }, call) => {
      const { tags } = findQueue(world, call, QueueUrl)
      for (const key of TagKeys) delete tags[key]
      return {}
    },

    ListQueueTags: ({ QueueUrl }, call) => ({ Tags: { ...findQueue(world, call, QueueUrl).tags } }),
  }) satisfies Handlers<typeof Sdk>
