import { createHash } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-sqs'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { findQueue } from './queues.ts'
import { expire, type Message, type Queue, queuesOf } from './state.ts'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

const after = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000)

/** How often somebody who waits for messages looks again, and within which time the same message is sent once. */
const LOOK_SECONDS = 1
const DEDUPLICATION_MS = 300_000

export const messages = (world: World) => {
  const send = (queue: Queue, input: Sdk.SendMessageBatchRequestEntry | Sdk.SendMessageRequest) => {
    const { MessageBody: body = '', DelaySeconds, MessageAttributes, MessageGroupId, MessageDeduplicationId } = input
    const fifo = queue.attributes.FifoQueue === 'true'
    if (fifo && MessageGroupId === undefined) {
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.')
    }
    if (Buffer.byteLength(body) > Number(queue.attributes.MaximumMessageSize)) {
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${queue.attributes.MaximumMessageSize} bytes.`,
      )
    }
    const now = world.clock.now()
    if (fifo && MessageDeduplicationId === undefined && queue.attributes.ContentBasedDeduplication !== 'true') {
      throw new AwsError(
        'InvalidParameterValue',
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      )
    }
    const deduplication = MessageDeduplicationId ?? (fifo ? createHash('sha256').update(body).digest('hex') : undefined)
    const same = queue.messages.find(
      (one) =>
        deduplication !== undefined &&
        one.deduplication === deduplication &&
        now.getTime() - one.sentAt.getTime() < DEDUPLICATION_MS,
    )
    const message: Message = same ?? {
      id: world.random.uuid(),
      body,
      sentAt: now,
      visibleAt: after(now, DelaySeconds ?? Number(queue.attributes.DelaySeconds)),
      receives: 0,
      ...(MessageAttributes && { attributes: MessageAttributes }),
      ...(MessageGroupId !== undefined && { group: MessageGroupId }),
      ...(deduplication !== undefined && { deduplication }),
    }
    if (!same) queue.messages.push(message)
    return { MessageId: message.id, MD5OfMessageBody: md5(body) }
  }

  /** Messages of a group are received one after another. */
  const isReceivable = (queue: Queue, message: Message, now: Date) =>
    message.visibleAt <= now &&
    !queue.messages.some((one) => one.group !== undefined && one.group === message.group && one.visibleAt > now)

  const receive = (call: Call, queue: Queue, most: number, hiddenSeconds: number): Message[] => {
    const now = world.clock.now()
    expire(queue, now)
    moveDead(call, queue, now)
    const taken = queue.messages.filter((message) => isReceivable(queue, message, now)).slice(0, most)
    for (const message of taken) {
      message.visibleAt = after(now, hiddenSeconds)
      message.receives++
      message.firstReceivedAt ??= now
      message.receipt = world.random.suffix(40)
    }
    return taken
  }

  /** What was received too often goes to the queue for dead letters. */
  const moveDead = (call: Call, queue: Queue, now: Date) => {
    const { deadLetterTargetArn = '', maxReceiveCount = Infinity } = JSON.parse(queue.attributes.RedrivePolicy ?? '{}')
    const target = queuesOf(world, call)[String(deadLetterTargetArn).split(':').at(-1) ?? '']
    if (!target) return
    const dead = queue.messages.filter(
      ({ receives, visibleAt }) => receives >= Number(maxReceiveCount) && visibleAt <= now,
    )
    queue.messages = queue.messages.filter((message) => !dead.includes(message))
    target.messages.push(...dead)
  }

  const byReceipt = (queue: Queue, receipt = ''): Message | undefined =>
    queue.messages.find((message) => message.receipt === receipt)

  const remove = (queue: Queue, receipt: string | undefined) => {
    const found = byReceipt(queue, receipt)
    queue.messages = queue.messages.filter((message) => message !== found)
  }

  return {
    SendMessage: ({ QueueUrl, ...input }, call) => send(findQueue(world, call, QueueUrl), { QueueUrl, ...input }),

    SendMessageBatch: ({ QueueUrl, Entries = [] }, call) => {
      const queue = findQueue(world, call, QueueUrl)
      return { Successful: Entries.map((entry) => ({ Id: entry.Id ?? '', ...send(queue, entry) })), Failed: [] }
    },

    ReceiveMessage: async (input, call) => {
      const queue = findQueue(world, call, input.QueueUrl)
      const { MaxNumberOfMessages = 1, VisibilityTimeout = Number(queue.attributes.VisibilityTimeout) } = input
      const { WaitTimeSeconds = Number(queue.attributes.ReceiveMessageWaitTimeSeconds) } = input
      const take = () => receive(call, queue, MaxNumberOfMessages, VisibilityTimeout)
      let taken = take()
      for (let waited = 0; taken.length === 0 && waited < WaitTimeSeconds; waited += LOOK_SECONDS) {
        await world.patience.sleep(LOOK_SECONDS * 1000)
        taken = take()
      }
      return taken.length === 0 ? {} : { Messages: taken.map((message) => shown(message, input)) }
    },

    ChangeMessageVisibility: ({ QueueUrl, ReceiptHandle, VisibilityTimeout = 0 }, call) => {
      const message = byReceipt(findQueue(world, call, QueueUrl), ReceiptHandle)
      if (!message) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.')
      message.visibleAt = after(world.clock.now(), VisibilityTimeout)
      return {}
    },

    DeleteMessage: ({ QueueUrl, ReceiptHandle }, call) => {
      remove(findQueue(world, call, QueueUrl), ReceiptHandle)
      return {}
    },

    DeleteMessageBatch: ({ QueueUrl, Entries = [] }, call) => {
      const queue = findQueue(world, call, QueueUrl)
      for (const { ReceiptHandle } of Entries) remove(queue, ReceiptHandle)
      return { Successful: Entries.map(({ Id = '' }) => ({ Id })), Failed: [] }
    },
  } satisfies Handlers<typeof Sdk>
}

function shown(
  message: Message,
  { AttributeNames = [], MessageSystemAttributeNames = [], MessageAttributeNames = [] }: Sdk.ReceiveMessageRequest,
): Sdk.Message {
  const system: Record<string, string> = {
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt?.getTime() ?? ''),
    SentTimestamp: String(message.sentAt.getTime()),
    ...(message.group !== undefined && { MessageGroupId: message.group }),
  }
  const wanted: readonly string[] = [...AttributeNames, ...MessageSystemAttributeNames]
  const Attributes = Object.fromEntries(
    Object.entries(system).filter(([key]) => wanted.includes('All') || wanted.includes(key)),
  )
  const own = Object.entries(message.attributes ?? {}).filter(
    ([key]) => MessageAttributeNames.includes('All') || MessageAttributeNames.includes(key),
  )
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(wanted.length > 0 && { Attributes }),
    ...(own.length > 0 && { MessageAttributes: Object.fromEntries(own) }),
  }
}
