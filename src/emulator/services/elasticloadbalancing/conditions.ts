import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2'
import { validationError } from './find.ts'

const FIELDS = ['http-header', 'http-request-method', 'host-header', 'path-pattern', 'query-string', 'source-ip']
/** A rule has these once at most; the others as often as it likes. */
const ONCE = ['http-request-method', 'host-header', 'path-pattern', 'source-ip']
const MAXIMUM_LENGTH = 128

/** Conditions as AWS gives them back: those with a short form have both forms. */
export function checkedConditions(conditions: readonly RuleCondition[] | undefined): RuleCondition[] {
  if (!conditions?.length) throw validationError('A condition must be specified')
  for (const field of ONCE) {
    if (conditions.filter(({ Field }) => Field === field).length > 1) {
      throw validationError(`Rules cannot have more than one '${field}' condition`)
    }
  }
  return conditions.map(checkedCondition)
}

function checkedCondition(condition: RuleCondition): RuleCondition {
  const { Field = '', Values, RegexValues } = condition
  if (!FIELDS.includes(Field)) {
    throw validationError(`Condition field '${Field}' must be one of '[${FIELDS.join(', ')}]'`)
  }
  const both = (
    config: { readonly Values?: string[] | undefined; readonly RegexValues?: string[] | undefined } = {},
  ) => {
    const values = config.Values ?? Values
    const expressions = config.RegexValues ?? RegexValues
    return { ...(values && { Values: values }), ...(expressions && { RegexValues: expressions }) }
  }
  const shown: RuleCondition =
    Field === 'host-header'
      ? { Field, ...both(condition.HostHeaderConfig), HostHeaderConfig: both(condition.HostHeaderConfig) }
      : Field === 'path-pattern'
        ? { Field, ...both(condition.PathPatternConfig), PathPatternConfig: both(condition.PathPatternConfig) }
        : condition
  const given = valuesOf(shown)
  if (given.length === 0) throw validationError('A condition value must be specified')
  const long = given.find((value) => value.length > MAXIMUM_LENGTH)
  if (long !== undefined) {
    throw validationError(`Condition value '${long}' contains more than '${MAXIMUM_LENGTH}' characters`)
  }
  return shown
}

const valuesOf = ({ Values, RegexValues, ...config }: RuleCondition): string[] => [
  ...(Values ?? []),
  ...(RegexValues ?? []),
  ...(config.HttpHeaderConfig?.Values ?? config.HttpHeaderConfig?.RegexValues ?? []),
  ...(config.HttpRequestMethodConfig?.Values ?? []),
  ...(config.SourceIpConfig?.Values ?? []),
  ...(config.QueryStringConfig?.Values?.map(({ Value = '' }) => Value) ?? []),
]
