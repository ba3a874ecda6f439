import type * as Sdk from '@aws-sdk/client-ssm'
import { AwsError } from '../../errors.ts'
import type { Tags } from '../../tags.ts'
import { arn, type Call, type World } from '../../world.ts'
import { publicParameter } from './public.ts'

export interface ParameterVersion {
  readonly version: number
  readonly type: Sdk.ParameterType
  /** In clear, also of a SecureString: nobody but its owner can read the file that keeps the state. */
  readonly value: string
  readonly modified: Date
  readonly keyId?: string
  readonly description?: string
  readonly allowedPattern?: string
  readonly tier: Sdk.ParameterTier
  readonly dataType: string
  readonly policies?: string
}

export interface StoredParameter {
  readonly name: string
  readonly versions: ParameterVersion[]
  readonly tags: Tags
}

export interface SsmState {
  readonly parameters: Record<string, StoredParameter>
}

export const emptySsm = (): SsmState => ({ parameters: {} })

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message)

export const parametersOf = (world: World, { region }: Call): Record<string, StoredParameter> =>
  world.region(region).ssm.parameters

export const parameterArn = (world: World, { region }: Call, name: string): string =>
  arn(world, 'ssm', region, `parameter${name.startsWith('/') ? '' : '/'}${name}`)

export function latest({ versions }: StoredParameter): ParameterVersion {
  const last = versions.at(-1)
  if (!last) throw new Error('A parameter has at least one version.')
  return last
}

/** By name or ARN, with a version after a colon or not. Parameters of AWS itself are found as well. */
export function readParameter(world: World, call: Call, asked: string, decrypt: boolean): Sdk.Parameter | undefined {
  const [plain = '', selector] = asked.replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/?/, '/').split(':')
  const stored = parametersOf(world, call)[plain] ?? parametersOf(world, call)[plain.replace(/^\//, '')]
  if (!stored) return publicParameter(world, call.region, plain)
  const version =
    selector === undefined ? latest(stored) : stored.versions.find(({ version }) => String(version) === selector)
  if (version) return describeValue(world, call, stored.name, version, decrypt, selector)
  throw new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${selector} of ${stored.name}. Verify the version and try again.`,
  )
}

export const describeValue = (
  world: World,
  call: Call,
  name: string,
  version: ParameterVersion,
  decrypt: boolean,
  selector?: string,
): Sdk.Parameter => ({
  Name: name,
  Type: version.type,
  Value: readValue(name, version, decrypt),
  Version: version.version,
  ...(selector !== undefined && { Selector: `:${selector}` }),
  LastModifiedDate: version.modified,
  ARN: parameterArn(world, call, name),
  DataType: version.dataType,
})

/** The ciphertext is only made up to look like one. */
export const readValue = (name: string, { type, value, version }: ParameterVersion, decrypt: boolean): string =>
  type !== 'SecureString' || decrypt
    ? value
    : `AQICAHh${Buffer.from(`encrypted by the embedded AWS: ${name}:${version}`).toString('base64')}`
