import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { pattern } from '../manifest/fields.ts'
import { addPolicy, type Statement } from '../policies.ts'
import { type Json, subText, withProperties } from '../template.ts'
import { boundaryField } from './boundary.ts'
import type { Feature } from './feature.ts'

const bucket = pattern(
  'a bucket, with an optional prefix: bucket/prefix',
  /^(s3:\/\/|arn:aws[\w-]*:s3:::)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s${}*?]*)?(\/\*)?$/,
).describe('a bucket, with an optional prefix: bucket/prefix')

const nameOrArn = (what: string, service: string) =>
  pattern(
    `the name or ARN of a ${what}`,
    new RegExp(`^([\\w.-]{1,255}|arn:aws[\\w-]*:${service}:[a-z0-9-]+:\\d{12}:[\\w./-]+)$`),
  )
const names = (what: string, service: string) => z.array(nameOrArn(what, service)).optional()

const several = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])
const operator = z.record(z.string(), z.union([several, z.boolean(), z.number()]))
const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: several.optional(),
    NotAction: several.optional(),
    Resource: several.optional(),
    NotResource: several.optional(),
    Condition: z.record(z.string(), operator).optional(),
  })
  .describe('a statement of a policy, as IAM writes it')

export const permissionsFields = {
  permissions: z
    .strictObject({
      buckets: z
        .strictObject({ read: z.array(bucket).optional(), write: z.array(bucket).optional() })
        .optional()
        .describe('S3 buckets that the containers may read or write'),
      tables: z
        .strictObject({ read: names('table', 'dynamodb'), write: names('table', 'dynamodb') })
        .optional()
        .describe('DynamoDB tables that the containers may read or write, by name or ARN'),
      queues: z
        .strictObject({ send: names('queue', 'sqs'), receive: names('queue', 'sqs') })
        .optional()
        .describe('SQS queues that the containers may send to or receive from, by name or ARN'),
      topics: z
        .strictObject({ publish: names('topic', 'sns') })
        .optional()
        .describe('SNS topics that the containers may publish to, by name or ARN'),
      policies: z
        .array(pattern('the ARN of a managed policy', /^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/))
        .max(10)
        .optional()
        .describe('ARNs of managed policies for the containers'),
      statements: z.array(statement).optional().describe('further statements, as IAM writes them'),
      ...boundaryField,
    })
    .optional()
    .describe('what the containers may do in AWS'),
  exec: z.boolean().optional().describe('lets people run commands in the containers (ECS Exec)'),
}

interface Place {
  readonly name: string
  readonly prefix: string
}

const split = (place: string): Place => {
  const path = place
    .replace(/^(s3:\/\/|arn:[^:]*:s3:::)/, '')
    .replace(/\/\*?$/, '')
    .replace(/\/+$/, '')
  const slash = path.indexOf('/')
  return slash < 0 ? { name: path, prefix: '' } : { name: path.slice(0, slash), prefix: `${path.slice(slash + 1)}/` }
}

function listing(place: string): Statement {
  const { name, prefix } = split(place)
  return {
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: subText(`arn:\${AWS::Partition}:s3:::${name}`),
    ...(prefix && { Condition: { StringLike: { 's3:prefix': [`${prefix}*`] } } }),
  }
}

function objects(Action: readonly string[], places: readonly string[]): Statement[] {
  const Resource = places.map((place) => {
    const { name, prefix } = split(place)
    return subText(`arn:\${AWS::Partition}:s3:::${name}/${prefix}*`)
  })
  return allow(Action, Resource)
}

const allow = (Action: readonly string[], Resource: readonly unknown[]): Statement[] =>
  Resource.length === 0 ? [] : [{ Effect: 'Allow', Action, Resource }]

/** The ARN itself, or that of a name in the account and region of the stack. */
const arnsOf = (all: readonly string[] = [], service: string, kind = ''): unknown[] =>
  all.map((one) =>
    one.startsWith('arn:')
      ? one
      : subText(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${kind}${one}`),
  )

/** A table and its indexes. */
const tables = (all: readonly string[] | undefined): unknown[] => [
  ...arnsOf(all, 'dynamodb', 'table/'),
  ...arnsOf(
    all?.map((one) => `${one}/index/*`),
    'dynamodb',
    'table/',
  ),
]

const READ_TABLE = ['BatchGetItem', 'ConditionCheckItem', 'DescribeTable', 'GetItem', 'Query', 'Scan']
const WRITE_TABLE = ['BatchWriteItem', 'DeleteItem', 'DescribeTable', 'PutItem', 'UpdateItem']
const ANY_QUEUE = ['GetQueueAttributes', 'GetQueueUrl']
const RECEIVE = ['ChangeMessageVisibility', 'DeleteMessage', ...ANY_QUEUE, 'ReceiveMessage']
const SHELL = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel']
const of = (service: string, actions: readonly string[]) => actions.map((action) => `${service}:${action}`)

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? [])

/** What IAM would refuse, and what would open everything. */
const soundStatements: Check = ({ permissions: { statements = [] } = {} }) =>
  statements.flatMap(({ Effect, Action, NotAction, Resource, NotResource }, index) => {
    const at = ['permissions', 'statements', index]
    if ((Action === undefined) === (NotAction === undefined)) return [{ at, message: 'needs Action or NotAction' }]
    if ((Resource === undefined) === (NotResource === undefined))
      return [{ at, message: 'needs Resource or NotResource' }]
    const odd = list(Action ?? NotAction).find((action) => !/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/.test(action))
    if (odd !== undefined) return [{ at, message: `${odd} is no action; one is written service:Action` }]
    const wrong = list(Resource ?? NotResource).find((resource) => !/^(\*|arn:)/.test(resource))
    if (wrong !== undefined) return [{ at, message: `${wrong} is no ARN` }]
    const open = Effect === 'Allow' && (list(Action).includes('*') || NotAction !== undefined)
    return open && (list(Resource).includes('*') || NotResource !== undefined)
      ? [{ at, message: 'would allow everything; name the actions and what they are for' }]
      : []
  })

/** What the task role may do, and no more; a shell in the containers needs four channels that have no ARN. */
export const permissions: Feature = {
  checks: [soundStatements],
  service: (template, { service: { settings } }) => {
    const { buckets = {}, tables: wanted, queues, topics, policies, statements } = settings.permissions ?? {}
    const { read = [], write = [] } = buckets
    const all = [...new Set([...read, ...write])]
    const parts: [name: string, statements: readonly Statement[]][] = [
      [
        'buckets',
        [
          ...all.map((place) => listing(place)),
          ...objects(['s3:GetObject'], read),
          ...objects(['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], write),
        ],
      ],
      [
        'tables',
        [
          ...allow(of('dynamodb', READ_TABLE), tables(wanted?.read)),
          ...allow(of('dynamodb', WRITE_TABLE), arnsOf(wanted?.write, 'dynamodb', 'table/')),
        ],
      ],
      [
        'queues',
        [
          ...allow(of('sqs', [...ANY_QUEUE, 'SendMessage']), arnsOf(queues?.send, 'sqs')),
          ...allow(of('sqs', RECEIVE), arnsOf(queues?.receive, 'sqs')),
        ],
      ],
      ['topics', allow(['sns:Publish'], arnsOf(topics?.publish, 'sns'))],
      ['statements', (statements ?? []) as unknown as Statement[]],
      ['exec', settings.exec ? allow(of('ssmmessages', SHELL), ['*']) : []],
    ]
    const allowed = parts.reduce((before, [name, some]) => addPolicy(before, 'TaskRole', name, some), template)
    const withPolicies = policies?.length
      ? withProperties(allowed, 'TaskRole', (role): Json => ({ ...role, ManagedPolicyArns: policies }))
      : allowed
    return settings.exec
      ? withProperties(withPolicies, 'TaskService', (one): Json => ({ ...one, EnableExecuteCommand: true }))
      : withPolicies
  },
}
