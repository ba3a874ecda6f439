import * as z from 'zod'
import { pattern } from '../manifest/fields.ts'
import { addPolicy, type Statement } from '../policies.ts'
import { subText } from '../template.ts'
import type { Feature } from './feature.ts'

const bucket = pattern(
  'a bucket, with an optional prefix: bucket/prefix',
  /^(s3:\/\/)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^\s${}*?]*)?$/,
).describe('a bucket, with an optional prefix: bucket/prefix')

export const permissionsFields = {
  permissions: z
    .strictObject({
      buckets: z
        .strictObject({ read: z.array(bucket).optional(), write: z.array(bucket).optional() })
        .optional()
        .describe('S3 buckets that the containers may read or write'),
    })
    .optional()
    .describe('what the containers may do in AWS'),
}

interface Place {
  readonly name: string
  readonly prefix: string
}

const split = (place: string): Place => {
  const path = place.replace(/^s3:\/\//, '').replace(/\/+$/, '')
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
  if (places.length === 0) return []
  const Resource = places.map((place) => {
    const { name, prefix } = split(place)
    return subText(`arn:\${AWS::Partition}:s3:::${name}/${prefix}*`)
  })
  return [{ Effect: 'Allow', Action, Resource }]
}

/** Reading and writing buckets, below their prefixes. */
export const permissions: Feature = {
  service: (template, { service }) => {
    const { read = [], write = [] } = service.settings.permissions?.buckets ?? {}
    const all = [...new Set([...read, ...write])]
    return addPolicy(template, 'TaskRole', 'buckets', [
      ...all.map((place) => listing(place)),
      ...objects(['s3:GetObject'], read),
      ...objects(['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], write),
    ])
  },
}
