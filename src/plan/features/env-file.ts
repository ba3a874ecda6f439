import type { ContainerCheck } from '../manifest/checks/places.ts'
import { text } from '../manifest/fields.ts'
import { addPolicy, type Statement } from '../policies.ts'
import type { Feature } from './feature.ts'

export const envFileFields = {
  env_file: text
    .optional()
    .describe('file of variables: a path, or the ARN of an object in S3 whose name ends in .env'),
}

/** ECS reads a file in S3 when the task starts; one on this machine becomes variables when the manifest is read. */
export const isInS3 = (file: string): boolean => file.startsWith('arn:')

const OBJECT = /^arn:aws[\w-]*:s3:::([a-z0-9.-]{3,63})\/([^\s*?]+\.env)$/

const objectOfS3: ContainerCheck = ({ env_file: file }) =>
  file === undefined || !isInS3(file) || OBJECT.test(file)
    ? []
    : [{ at: ['env_file'], message: 'is no object in S3 that ECS reads: arn:aws:s3:::bucket/path.env' }]

/** Lets ECS read just these objects. */
function readingFiles(files: readonly string[]): Statement[] {
  const arns = [...new Set(files.filter(isInS3))]
  if (arns.length === 0) return []
  const buckets = [...new Set(arns.map((arn) => arn.slice(0, arn.indexOf('/'))))]
  return [
    { Effect: 'Allow', Action: ['s3:GetObject'], Resource: arns },
    { Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: buckets },
  ]
}

export const envFile: Feature = {
  containerChecks: [objectOfS3],
  container: ({ env_file: file }) =>
    file !== undefined && isInS3(file) ? { EnvironmentFiles: [{ Type: 's3', Value: file }] } : {},
  service: (template, { containers }) =>
    addPolicy(
      template,
      'ExecutionRole',
      'variables',
      readingFiles(containers.flatMap(({ settings }) => settings.env_file ?? [])),
    ),
}
