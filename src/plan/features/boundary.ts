import * as z from 'zod'
import { wants } from '../manifest/fields.ts'
import { subText, type Template } from '../template.ts'
import type { Feature } from './feature.ts'

const policy = wants(
  'the name or ARN of a policy',
  z.string().regex(/^([\w+=,.@-]{1,128}|arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+)$/),
)

export const boundaryField = {
  boundary: policy.optional().describe('name or ARN of the policy that is the permissions boundary of every role'),
}

/** Of the environment's roles, and of its services' where these say nothing else. */
export const environmentPermissionsFields = {
  permissions: z.strictObject(boundaryField).optional().describe('what holds for every role that is made'),
}

function bounded(template: Template, boundary: string | undefined): Template {
  if (boundary === undefined) return template
  const PermissionsBoundary = boundary.startsWith('arn:')
    ? boundary
    : subText(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/${boundary}`)
  const Resources = Object.entries(template.Resources).map(([name, one]) => [
    name,
    one.Type === 'AWS::IAM::Role' ? { ...one, Properties: { ...one.Properties, PermissionsBoundary } } : one,
  ])
  return { ...template, Resources: Object.fromEntries(Resources) }
}

/** Comes last: roles of all features have it. */
export const boundary: Feature = {
  service: (template, { environment, service }) =>
    bounded(template, service.settings.permissions?.boundary ?? environment.settings.permissions?.boundary),
  environment: (template, { environment }) => bounded(template, environment.settings.permissions?.boundary),
}
