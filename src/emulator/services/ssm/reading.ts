import type * as Sdk from '@aws-sdk/client-ssm'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { publicParameters } from './public.ts'
import {
  describeValue,
  invalid,
  latest,
  type ParameterVersion,
  parameterArn,
  parametersOf,
  readParameter,
  readValue,
  type StoredParameter,
} from './state.ts'

export const reading = (world: World) => {
  const user = `arn:aws:iam::${world.account}:user/local`
  const metadata = (version: ParameterVersion) => ({
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: version.modified,
    LastModifiedUser: user,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  })
  const all = (call: Call): StoredParameter[] =>
    Object.values(parametersOf(world, call)).sort((a, b) => (a.name < b.name ? -1 : 1))

  return {
    GetParameter: ({ Name = '', WithDecryption = false }, call) => {
      const Parameter = readParameter(world, call, Name, WithDecryption)
      if (!Parameter) throw new AwsError('ParameterNotFound', '')
      return { Parameter }
    },

    GetParameters: ({ Names = [], WithDecryption = false }, call) => {
      if (Names.length > 10) {
        throw invalid(
          `1 validation error detected: Value '[${Names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10`,
        )
      }
      const Parameters: Sdk.Parameter[] = []
      const InvalidParameters: string[] = []
      for (const name of new Set(Names)) {
        const found = readParameter(world, call, name, WithDecryption)
        if (found) Parameters.push(found)
        else InvalidParameters.push(name)
      }
      return { Parameters, InvalidParameters }
    },

    GetParametersByPath: (input, call) => {
      const { Path = '', Recursive = false, WithDecryption = false, MaxResults = 10, NextToken } = input
      if (!Path.startsWith('/')) {
        throw invalid(
          `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`,
        )
      }
      const own = all(call).map((stored) => describeValue(world, call, stored.name, latest(stored), WithDecryption))
      const known = Path.startsWith('/aws/') ? publicParameters(world, call.region) : own
      const { items, next } = page(
        known.filter(({ Name = '' }) => isUnder(Path, Name, Recursive)),
        MaxResults,
        NextToken,
      )
      return { Parameters: items, ...(next && { NextToken: next }) }
    },

    GetParameterHistory: ({ Name = '', WithDecryption = false, MaxResults = 50, NextToken }, call) => {
      const stored = parametersOf(world, call)[Name]
      if (!stored) throw new AwsError('ParameterNotFound', '')
      const { items, next } = page(stored.versions, MaxResults, NextToken)
      return {
        Parameters: items.map((version) => ({
          ...metadata(version),
          Name,
          Value: readValue(Name, version, WithDecryption),
          Labels: [],
        })),
        ...(next && { NextToken: next }),
      }
    },

    DescribeParameters: ({ ParameterFilters = [], Filters = [], MaxResults = 50, NextToken }, call) => {
      const filters = [...ParameterFilters, ...Filters.map((filter) => ({ ...filter, Option: 'BeginsWith' }))]
      const matching = all(call).filter((stored) => filters.every((filter) => passes(stored, filter)))
      const { items, next } = page(matching, MaxResults, NextToken)
      return {
        Parameters: items.map((stored) => ({
          ...metadata(latest(stored)),
          Name: stored.name,
          ARN: parameterArn(world, call, stored.name),
        })),
        ...(next && { NextToken: next }),
      }
    },
  } satisfies Handlers<typeof Sdk>
}

function isUnder(path: string, name: string, recursive: boolean): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`
  return name.startsWith(folder) && (recursive || !name.slice(folder.length).includes('/'))
}

function passes(stored: StoredParameter, { Key = '', Option, Values = [] }: Sdk.ParameterStringFilter): boolean {
  if (Key === 'Path') return Values.some((path) => isUnder(path, stored.name, Option === 'Recursive'))
  const { type, keyId, tier, dataType } = latest(stored)
  const fields: Record<string, string | undefined> = {
    Name: stored.name,
    Type: type,
    KeyId: keyId,
    Tier: tier,
    DataType: dataType,
  }
  const value = Key.startsWith('tag:') ? stored.tags[Key.slice(4)] : fields[Key]
  if (!Key.startsWith('tag:') && !(Key in fields)) {
    throw new AwsError(
      'InvalidFilterKey',
      `1 validation error detected: Value '${Key}' at 'parameterFilters.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType`,
    )
  }
  if (value === undefined) return false
  return Values.length === 0 || Values.some((wanted) => compare(Option, value, wanted))
}

function compare(option: string | undefined, value: string, wanted: string): boolean {
  if (option === 'BeginsWith') return value.startsWith(wanted)
  return option === 'Contains' ? value.includes(wanted) : value === wanted
}
