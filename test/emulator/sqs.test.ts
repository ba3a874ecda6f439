import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { SQS } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { virtualClock } from '../support/virtual-clock.ts'

async function start() {
  const clock = virtualClock()
  const aws = await startAws({ clock })
  const sqs = new SQS(aws.client)
  const take = async (QueueUrl: string | undefined, MaxNumberOfMessages = 10) => {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages })
    return Messages.map(({ Body, ReceiptHandle }) => ({ Body, ReceiptHandle }))
  }
  return { aws, clock, sqs, take }
}

test('a message is received by one at a time, again when it was not deleted, and goes aside when it was received too often', async () => {
  const { clock, sqs, take } = await start()
  const dead = await sqs.createQueue({ QueueName: 'dead' })
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: dead.QueueUrl, AttributeNames: ['QueueArn'] })
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 })
  const { QueueUrl } = await sqs.createQueue({
    QueueName: 'work',
    Attributes: { VisibilityTimeout: '60', DelaySeconds: '5', RedrivePolicy },
  })
  await sqs.sendMessage({ QueueUrl, MessageBody: 'one' })
  const seen: unknown[] = [await take(QueueUrl)]
  await clock.pass(5)
  const [first] = await take(QueueUrl)
  seen.push(first?.Body, await take(QueueUrl))
  await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 })
  seen.push((await take(QueueUrl)).length)
  await clock.pass(60)
  seen.push(
    await take(QueueUrl),
    (await take(dead.QueueUrl)).map(({ Body }) => Body),
  )
  expect(seen).toEqual([[], 'one', [], 1, [], ['one']])
})

test('a FIFO queue gives the messages of a group one after another, and takes each once', async () => {
  const { sqs, take } = await start()
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'work.fifo', Attributes: { FifoQueue: 'true' } })
  const send = (MessageBody: string, MessageGroupId: string, MessageDeduplicationId?: string) =>
    sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId })
  await send('a1', 'a', '1')
  await send('a1', 'a', '1')
  await send('b1', 'b', '2')
  const refused = await send('a2', 'a').catch(({ message }: Error) => message)
  const first = await take(QueueUrl, 1)
  const others = await take(QueueUrl)
  expect([refused, first.map(({ Body }) => Body), others.map(({ Body }) => Body)]).toEqual([
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    ['a1'],
    ['b1'],
  ])
})

test('a queue of a stack is made, changed and deleted', async () => {
  const { aws, clock, sqs } = await start()
  const cloudformation = new CloudFormation(aws.client)
  const body = (properties: object) =>
    JSON.stringify({
      Resources: { Jobs: { Type: 'AWS::SQS::Queue', Properties: properties } },
      Outputs: { Name: { Value: { 'Fn::GetAtt': ['Jobs', 'QueueName'] } }, Url: { Value: { Ref: 'Jobs' } } },
    })
  await cloudformation.createStack({
    StackName: 'jobs',
    TemplateBody: body({ VisibilityTimeout: 90, DelaySeconds: 3 }),
  })
  await clock.pass(60)
  const { Stacks: [stack] = [] } = await cloudformation.describeStacks({ StackName: 'jobs' })
  const outputs = Object.fromEntries(
    stack?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]) ?? [],
  )
  const attributes = async () => {
    const names = ['VisibilityTimeout', 'DelaySeconds'] as const
    return (await sqs.getQueueAttributes({ QueueUrl: outputs.Url, AttributeNames: [...names] })).Attributes
  }
  const made = await attributes()
  await cloudformation.updateStack({ StackName: 'jobs', TemplateBody: body({ VisibilityTimeout: 120 }) })
  await clock.pass(60)
  const changed = await attributes()
  await cloudformation.deleteStack({ StackName: 'jobs' })
  await clock.pass(60)
  expect([outputs.Name, made, changed, (await sqs.listQueues({})).QueueUrls]).toEqual([
    expect.stringMatching(/^jobs-Jobs-\w{12}$/),
    { VisibilityTimeout: '90', DelaySeconds: '3' },
    { VisibilityTimeout: '120', DelaySeconds: '0' },
    [],
  ])
})
