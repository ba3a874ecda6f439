import type * as Sdk from '@aws-sdk/client-ssm'
import { AwsError } from '../../errors.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { invalid, latest, type ParameterVersion, parametersOf, type StoredParameter } from './state.ts'

/** Older versions are dropped. */
const VERSIONS = 100
const MAXIMUM_LENGTH = { Standard: 4096, Advanced: 8192, 'Intelligent-Tiering': 8192 }

export const writing = (world: World) => {
  const find = (call: Call, name = ''): StoredParameter => {
    const stored = parametersOf(world, call)[name]
    if (stored) return stored
    throw new AwsError('ParameterNotFound', '')
  }
  const tagged = (call: Call, type: string | undefined, id = ''): StoredParameter => {
    const stored = type === 'Parameter' ? parametersOf(world, call)[id] : undefined
    if (stored) return stored
    throw new AwsError('InvalidResourceId', '')
  }

  return {
    PutParameter: (input, call) => {
      const { Name: name = '', Overwrite = false, Tags } = input
      requireName(name)
      const stored = parametersOf(world, call)[name]
      if (Tags && Overwrite) {
        throw invalid(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        )
      }
      if (stored && !Overwrite) {
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        )
      }
      const version = nextVersion(world, input, stored && latest(stored))
      const parameter = stored ?? { name, versions: [], tags: tagRecord(Tags) }
      parameter.versions.push(version)
      parameter.versions.splice(0, parameter.versions.length - VERSIONS)
      parametersOf(world, call)[name] = parameter
      return { Version: version.version, Tier: version.tier }
    },

    DeleteParameter: ({ Name }, call) => {
      delete parametersOf(world, call)[find(call, Name).name]
      return {}
    },

    DeleteParameters: ({ Names = [] }, call) => {
      const known = (name: string) => parametersOf(world, call)[name] !== undefined
      const DeletedParameters = Names.filter(known)
      const InvalidParameters = Names.filter((name) => !known(name))
      for (const name of DeletedParameters) delete parametersOf(world, call)[name]
      return { DeletedParameters, InvalidParameters }
    },

    AddTagsToResource: ({ ResourceType, ResourceId, Tags }, call) => {
      Object.assign(tagged(call, ResourceType, ResourceId).tags, tagRecord(Tags))
      return {}
    },

    RemoveTagsFromResource: ({ ResourceType, ResourceId, TagKeys = [] }, call) => {
      const { tags } = tagged(call, ResourceType, ResourceId)
      for (const key of TagKeys) delete tags[key]
      return {}
    },

    ListTagsForResource: ({ ResourceType, ResourceId }, call) => ({
      TagList: tagList(tagged(call, ResourceType, ResourceId).tags),
    }),
  } satisfies Handlers<typeof Sdk>
}

/** What is not said stays as it was, save the value. */
function nextVersion(
  world: World,
  input: Sdk.PutParameterCommandInput,
  before: ParameterVersion | undefined,
): ParameterVersion {
  const type = input.Type ?? before?.type
  if (!type) throw invalid('A parameter type is required when you create a parameter.')
  const tier = input.Tier === 'Advanced' ? 'Advanced' : (before?.tier ?? 'Standard')
  const { Value: value = '' } = input
  const keyId = type === 'SecureString' ? (input.KeyId ?? before?.keyId ?? 'alias/aws/ssm') : undefined
  const description = input.Description ?? before?.description
  const allowedPattern = input.AllowedPattern ?? before?.allowedPattern
  requireValue(value, input.Tier ?? tier, allowedPattern)
  return {
    version: (before?.version ?? 0) + 1,
    type,
    value,
    modified: world.clock.now(),
    tier: input.Tier === 'Intelligent-Tiering' && value.length > MAXIMUM_LENGTH.Standard ? 'Advanced' : tier,
    dataType: input.DataType ?? before?.dataType ?? 'text',
    ...(keyId !== undefined && { keyId }),
    ...(description !== undefined && { description }),
    ...(allowedPattern !== undefined && { allowedPattern }),
    ...(input.Policies !== undefined && { policies: input.Policies }),
  }
}

function requireName(name: string): void {
  if (/^\/?(aws|ssm)/i.test(name)) {
    if (/^\/aws\//i.test(name))
      throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`)
    throw invalid(
      `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`,
    )
  }
  if (name.includes('/') && !name.startsWith('/')) throw invalid('Parameter name must be a fully qualified name.')
  if (!/^[\w./-]+$/.test(name)) {
    throw invalid(
      'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
    )
  }
}

function requireValue(value: string, tier: Sdk.ParameterTier, allowedPattern: string | undefined): void {
  if (value === '') {
    throw invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    )
  }
  if (value.length > MAXIMUM_LENGTH[tier]) {
    throw invalid(
      tier === 'Standard'
        ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
        : 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
    )
  }
  if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
    )
  }
}
