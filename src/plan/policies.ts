import { type Json, type Template, withProperties } from './template.ts'

export interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: unknown
  readonly Condition?: Json
}

/** Adds an inline policy to a role of the template. */
export function addPolicy(
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
  return repository === undefined ? template : addPolicy(template, 'ExecutionRole', 'image', pulling([repository]))
}

/** What lets ECS pull from private repositories. */
export const pulling = (repositories: readonly unknown[]): Statement[] =>
  repositories.length === 0
    ? []
    : [
        { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
        {
          Effect: 'Allow',
          Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Resource: repositories.length === 1 ? repositories[0] : repositories,
        },
      ]
