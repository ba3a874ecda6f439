import { tagRecord } from '../tags.ts'
import { ignoringAbsent, type Properties, type ResourceContext, resource } from './resource.ts'

/** The API has all attributes as text, policies as JSON in it. */
const attributesOf = ({ QueueName: _name, Tags: _tags, ...properties }: Properties): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  )

const described = (QueueUrl: string, { world, call }: ResourceContext) =>
  world.services.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] }, call).Attributes

/** Its physical id is its URL. */
const queue = resource<Properties>({
  stored: ['DeduplicationScope', 'FifoThroughputLimit', 'KmsMasterKeyId', 'RedriveAllowPolicy'],
  create(properties, context) {
    const suffix = properties.FifoQueue === true ? '.fifo' : ''
    const QueueName = String(properties.QueueName ?? `${context.name(80 - suffix.length)}${suffix}`)
    const tags = tagRecord(context.tags(properties.Tags))
    const input = { QueueName, Attributes: attributesOf(properties), tags }
    return context.world.services.sqs.CreateQueue(input, context.call).QueueUrl
  },
  update(QueueUrl, properties, before, { world, call }) {
    const gone = Object.keys(attributesOf(before)).filter((key) => !(key in properties))
    const Attributes = { ...Object.fromEntries(gone.map((key) => [key, ''])), ...attributesOf(properties) }
    world.services.sqs.SetQueueAttributes({ QueueUrl, Attributes }, call)
  },
  delete: (QueueUrl, _properties, { world, call }) =>
    ignoringAbsent(['QueueDoesNotExist'], () => world.services.sqs.DeleteQueue({ QueueUrl }, call)),
  attributes: (QueueUrl, context) => ({
    Arn: described(QueueUrl, context).QueueArn,
    QueueName: QueueUrl.split('/').at(-1),
    QueueUrl,
  }),
})

export const sqsResources = { 'AWS::SQS::Queue': queue }
