import { invalidTemplate } from './errors.ts'
import type { ParameterDeclaration, Template } from './template.ts'

export interface ParameterValue {
  /** As given; for SSM types the name of the SSM parameter. */
  readonly value: string
  /** What the SSM parameter held. */
  readonly resolved?: string
}

export interface GivenParameter {
  readonly ParameterKey?: string | undefined
  readonly ParameterValue?: string | undefined
  readonly UsePreviousValue?: boolean | undefined
}

const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.*)>$/
const LIST = /^(CommaDelimitedList|List<.*>)$/

const OF_AWS =
  'AWS::(EC2::(AvailabilityZone::Name|Image::Id|Instance::Id|KeyPair::KeyName|SecurityGroup::(GroupName|Id)|Subnet::Id|Volume::Id|VPC::Id)|Route53::HostedZone::Id)'
const PLAIN = new RegExp(
  `^(String|Number|CommaDelimitedList|List<(Number|String|${OF_AWS})>|${OF_AWS}|AWS::SSM::Parameter::Name)$`,
)

/** Refuses parameters of types that do not exist. */
export function checkParameterTypes({ Parameters }: Template): void {
  for (const { Type } of Object.values(Parameters)) {
    if (PLAIN.test(SSM_VALUE.exec(Type)?.[1] ?? Type)) continue
    throw invalidTemplate(`Template format error: Unrecognized parameter type: ${Type}`)
  }
}

/**
 * The values of all parameters, checked against their declarations.
 * `lookUp` gives the value of an SSM parameter, `exists` tells whether a resource of an AWS-specific type is there.
 */
export function parameterValues(
  template: Template,
  given: readonly GivenParameter[],
  previous: Readonly<Record<string, ParameterValue>>,
  lookUp: (name: string) => string | undefined,
  exists: (type: string, id: string) => boolean,
): Record<string, ParameterValue> {
  const byKey = new Map(given.map((parameter) => [parameter.ParameterKey ?? '', parameter]))
  const unknown = [...byKey.keys()].filter((key) => !(key in template.Parameters))
  if (unknown.length > 0) throw invalidTemplate(`Parameters: [${unknown.join(', ')}] do not exist in the template`)

  const values: Record<string, string> = {}
  for (const [name, declaration] of Object.entries(template.Parameters)) {
    const parameter = byKey.get(name)
    const value = parameter?.UsePreviousValue
      ? previousValue(parameter, previous[name])
      : (parameter?.ParameterValue ?? declared(declaration))
    if (value !== undefined) values[name] = value
  }
  const missing = Object.keys(template.Parameters).filter((name) => !(name in values))
  if (missing.length > 0) throw invalidTemplate(`Parameters: [${missing.join(', ')}] must have values`)

  return Object.fromEntries(
    Object.entries(template.Parameters).map(([name, declaration]) => {
      const value = values[name] ?? ''
      check(name, declaration, value)
      const type = SSM_VALUE.exec(declaration.Type)?.[1]
      const resolved = type === undefined ? undefined : lookUp(value)
      if (type !== undefined && resolved === undefined) {
        throw invalidTemplate(`Unable to fetch parameters [${value}] from parameter store for this account.`)
      }
      checkExists(name, type ?? declaration.Type, resolved ?? value, exists)
      return [name, { value, ...(resolved !== undefined && { resolved }) }]
    }),
  )
}

/** What Ref gives: text, or a list for the list types. */
export function referenceValues(
  template: Template,
  values: Readonly<Record<string, ParameterValue>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, { value, resolved = value }]) => {
      const type = template.Parameters[name]?.Type ?? 'String'
      const isList = LIST.test(SSM_VALUE.exec(type)?.[1] ?? type)
      return [name, isList ? resolved.split(',').map((item) => item.trim()) : resolved]
    }),
  )
}

function previousValue({ ParameterKey, ParameterValue }: GivenParameter, previous: ParameterValue | undefined): string {
  const refuse = (why: string) => {
    throw invalidTemplate(
      `Invalid input for parameter key ${ParameterKey}. Cannot specify usePreviousValue as true ${why}`,
    )
  }
  if (ParameterValue) refuse('and non empty value for a parameter')
  return previous?.value ?? refuse('for a parameter key not in the previous template')
}

const declared = ({ Default }: ParameterDeclaration): string | undefined =>
  Default === undefined || Default === null ? undefined : String(Default)

function check(name: string, declaration: ParameterDeclaration, value: string): void {
  const { AllowedValues, AllowedPattern, ConstraintDescription, MinLength, MaxLength, MinValue, MaxValue } = declaration
  const refuse = (rule: string) => {
    throw invalidTemplate(
      ConstraintDescription === undefined
        ? `Parameter '${name}' ${rule}`
        : `Parameter ${name} failed to satisfy constraint: ${ConstraintDescription}`,
    )
  }
  const items = LIST.test(declaration.Type) ? value.split(',').map((item) => item.trim()) : [value]
  if (AllowedValues && !items.every((item) => AllowedValues.map(String).includes(item))) {
    refuse(`must be one of AllowedValues`)
  }
  if (AllowedPattern && !items.every((item) => new RegExp(`^(?:${AllowedPattern})$`).test(item))) {
    refuse(`must match pattern ${AllowedPattern}`)
  }
  if (MinLength !== undefined && value.length < Number(MinLength))
    refuse(`must contain at least ${MinLength} characters`)
  if (MaxLength !== undefined && value.length > Number(MaxLength))
    refuse(`must contain at most ${MaxLength} characters`)
  const isNumber = (item: string) => item.trim() !== '' && !Number.isNaN(Number(item))
  if (declaration.Type === 'Number' && !isNumber(value)) refuse('must be a number')
  if (declaration.Type === 'List<Number>' && !items.every(isNumber)) refuse('must be a list of numbers')
  if (MinValue !== undefined && Number(value) < Number(MinValue)) refuse(`must be a number not less than ${MinValue}`)
  if (MaxValue !== undefined && Number(value) > Number(MaxValue))
    refuse(`must be a number not greater than ${MaxValue}`)
}

function checkExists(name: string, type: string, value: string, exists: (type: string, id: string) => boolean): void {
  const single = /^List<(.*)>$/.exec(type)?.[1]
  for (const id of single ? value.split(',').map((item) => item.trim()) : [value]) {
    if (exists(single ?? type, id)) continue
    throw invalidTemplate(
      `Parameter validation failed: parameter value ${id} for parameter name ${name} does not exist`,
    )
  }
}
