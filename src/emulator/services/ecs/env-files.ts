import type { ContainerDefinition, EnvironmentFile } from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import { textOf } from '../s3/content.ts'
import { findObject } from '../s3/state.ts'
import { StartError } from './start-error.ts'

/** The variables of a container's files in S3; of two that name the same, the first counts. Throws StartError. */
export async function fileVariables(
  world: World,
  call: Call,
  { environmentFiles = [] }: Pick<ContainerDefinition, 'environmentFiles'>,
): Promise<Record<string, string>> {
  const variables: Record<string, string> = {}
  for (const file of environmentFiles) {
    for (const [name, value] of await readFile(world, call, file)) variables[name] ??= value
  }
  return variables
}

async function readFile(world: World, call: Call, { value = '' }: EnvironmentFile): Promise<[string, string][]> {
  const [, bucket, key] = /^arn:aws[\w-]*:s3:::([^/]+)\/(.+)$/.exec(value) ?? []
  try {
    return parse(await textOf(world, findObject(world, call, bucket, key)))
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw new StartError(
      `ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has been retried 1 time(s): ${error.code}: ${error.message} status code: ${error.status}`,
    )
  }
}

/** Lines of `NAME=value`; others and comments are passed over, and quotes are a part of the value. */
const parse = (text: string): [string, string][] =>
  text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1)])
