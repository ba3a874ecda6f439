import type { Secret, Service } from '../manifest/model.ts'
import { type Json, subText, type Template, withProperties } from '../template.ts'

interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: unknown
  readonly Condition?: Json
}

/** Adds an inline policy to a role of the template. */
function addPolicy(
  template: Template,
  role: 'ExecutionRole' | 'TaskRole',
  PolicyName: string,
  Statement: readonly Statement[],
): Template {
  if (Statement.length === 0) return template
  return withProperties(template, role, (properties) => ({
    ...properties,
    Policies: [
      ...((properties.Policies as Json[] | undefined) ?? []),
      { PolicyName, PolicyDocument: { Version: '2012-10-17', Statement } },
    ],
  }))
}

/** Lets ECS pull the image from its private repository, given by ARN. */
export function addEcrPull(template: Template, repository: unknown): Template {
  if (repository === undefined) return template
  return addPolicy(template, 'ExecutionRole', 'image', [
    { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: repository,
    },
  ])
}

/** Lets ECS read just the secrets that the service names. */
export function addSecrets(template: Template, secrets: Readonly<Record<string, Secret>>): Template {
  const of = (from: Secret['from']) => [
    ...new Set(
      Object.values(secrets)
        .filter((one) => one.from === from)
        .map(({ reference }) => reference),
    ),
  ]
  const statement = (action: string, resources: unknown[]): Statement[] =>
    resources.length === 0 ? [] : [{ Effect: 'Allow', Action: [action], Resource: resources }]
  return addPolicy(template, 'ExecutionRole', 'secrets', [
    ...statement('ssm:GetParameters', of('ssm').map(parameterArn)),
    ...statement('secretsmanager:GetSecretValue', of('secretsmanager').map(secretArn)),
  ])
}

const parameterArn = (reference: string): unknown =>
  reference.startsWith('arn:')
    ? reference
    : subText(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${reference.replace(/^\//, '')}`)

/**
 * A secret's own ARN ends in six characters of chance, which people may leave out; a JSON key, stage and version behind
 * it are no part of it.
 */
function secretArn(reference: string): unknown {
  if (reference.startsWith('arn:')) {
    const arn = reference.split(':').slice(0, 7).join(':')
    return /-[A-Za-z0-9]{6}$/.test(arn) ? arn : `${arn}-??????`
  }
  const [name] = reference.split(':')
  return subText(`arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}-??????`)
}

/** Lets the containers read and write the buckets that the service names, below their prefixes. */
export function addBuckets(template: Template, { read, write }: Service['buckets']): Template {
  const all = [...new Set([...read, ...write])]
  return addPolicy(template, 'TaskRole', 'buckets', [
    ...all.map((bucket) => listing(bucket)),
    ...objects(['s3:GetObject'], read),
    ...objects(['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], write),
  ])
}

const split = (bucket: string): { name: string; prefix: string } => {
  const path = bucket.replace(/^s3:\/\//, '').replace(/\/+$/, '')
  const slash = path.indexOf('/')
  return slash < 0 ? { name: path, prefix: '' } : { name: path.slice(0, slash), prefix: `${path.slice(slash + 1)}/` }
}

function listing(bucket: string): Statement {
  const { name, prefix } = split(bucket)
  return {
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: subText(`arn:\${AWS::Partition}:s3:::${name}`),
    ...(prefix && { Condition: { StringLike: { 's3:prefix': [`${prefix}*`] } } }),
  }
}

function objects(Action: readonly string[], buckets: readonly string[]): Statement[] {
  if (buckets.length === 0) return []
  const Resource = buckets.map((bucket) => {
    const { name, prefix } = split(bucket)
    return subText(`arn:\${AWS::Partition}:s3:::${name}/${prefix}*`)
  })
  return [{ Effect: 'Allow', Action, Resource }]
}
