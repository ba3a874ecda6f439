import { cidrBlocks } from './cidr.ts'
import { invalidTemplate } from './errors.ts'
import type { Fields } from './template.ts'

/** Where the values of references come from. */
export interface Scope {
  readonly region: string
  readonly account: string
  readonly stackId: string
  readonly stackName: string
  readonly notificationArns: readonly string[]
  readonly parameters: Fields
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Fields>>>>
  readonly conditions: Readonly<Record<string, unknown>>
  /** A resource's Ref value; undefined when the stack has no such resource. */
  ref(logicalId: string): unknown
  attribute(logicalId: string, name: string): unknown
  /** The value of an export of the region. Throws when there is none. */
  imported(name: string): string
  zones(region: string): readonly string[]
  /** The value of `{{resolve:service:reference}}`. */
  dynamic(service: string, reference: string): string
}

const NO_VALUE = Symbol('AWS::NoValue')

/** A value with all functions worked out; members that are AWS::NoValue are gone. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = evaluate(value, scope)
  return resolved === NO_VALUE ? undefined : resolved
}

export function condition(name: string, scope: Scope): boolean {
  if (!(name in scope.conditions)) {
    throw invalidTemplate(
      `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
    )
  }
  return Boolean(evaluate(scope.conditions[name], scope))
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return dynamicReferences(value, scope)
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first) {
    const [name, argument] = first
    if (name === 'Ref') return reference(String(argument), scope)
    if (name === 'Condition' && typeof argument === 'string' && argument in scope.conditions)
      return condition(argument, scope)
    const run = functions[name]
    if (run) return run(argument, scope)
    if (name.startsWith('Fn::')) throw invalidTemplate(`Template error: unsupported function ${name}`)
  }
  return Object.fromEntries(
    entries.map(([name, member]) => [name, evaluate(member, scope)]).filter(([, member]) => member !== NO_VALUE),
  )
}

function reference(name: string, scope: Scope): unknown {
  switch (name) {
    case 'AWS::NoValue':
      return NO_VALUE
    case 'AWS::AccountId':
      return scope.account
    case 'AWS::Region':
      return scope.region
    case 'AWS::Partition':
      return 'aws'
    case 'AWS::URLSuffix':
      return 'amazonaws.com'
    case 'AWS::StackId':
      return scope.stackId
    case 'AWS::StackName':
      return scope.stackName
    case 'AWS::NotificationARNs':
      return scope.notificationArns
  }
  if (name in scope.parameters) return scope.parameters[name]
  const value = scope.ref(name)
  if (value !== undefined) return value
  throw invalidTemplate(
    `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  )
}

type IntrinsicFunction = (argument: unknown, scope: Scope) => unknown

const list = (value: unknown, message: string): unknown[] => {
  if (Array.isArray(value)) return value
  throw invalidTemplate(`Template error: ${message}`)
}
const text = (value: unknown, message: string): string => {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  throw invalidTemplate(`Template error: ${message}`)
}
const operands = (name: string, argument: unknown, scope: Scope) =>
  list(argument, `every ${name} object requires a list of conditions.`).map((item) => evaluate(item, scope) === true)

const functions: Readonly<Record<string, IntrinsicFunction>> = {
  'Fn::GetAtt': (argument, scope) => {
    const message =
      'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute'
    const [logicalId, attribute] = typeof argument === 'string' ? splitAttribute(argument) : list(argument, message)
    return scope.attribute(text(logicalId, message), text(evaluate(attribute, scope), message))
  },
  'Fn::Join': (argument, scope) => {
    const message =
      'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.'
    const [delimiter, items] = list(argument, message)
    return list(evaluate(items, scope), message)
      .map((item) => text(item, message))
      .join(text(delimiter, message))
  },
  'Fn::Split': (argument, scope) => {
    const message =
      'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.'
    const [delimiter, source] = list(argument, message)
    return text(evaluate(source, scope), message).split(text(delimiter, message))
  },
  'Fn::Select': (argument, scope) => {
    const message = 'every Fn::Select object requires a list argument with two elements: an integer index and a list'
    const [index, items] = list(argument, message)
    const position = Number(evaluate(index, scope))
    const selected = list(evaluate(items, scope), message)[position]
    if (selected === undefined)
      throw invalidTemplate(`Template error: Fn::Select  cannot select nonexistent value at index ${position}`)
    return selected
  },
  'Fn::Sub': (argument, scope) => {
    const message =
      "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string"
    const [format, variables = {}] = Array.isArray(argument) ? argument : [argument]
    return substitute(text(format, message), variables as Fields, scope)
  },
  'Fn::If': (argument, scope) => {
    const message = 'every Fn::If object requires a list of three parameters: a condition name and two values.'
    const [name, whenTrue, whenFalse] = list(argument, message)
    return evaluate(condition(text(name, message), scope) ? whenTrue : whenFalse, scope)
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, 'every Fn::Equals object requires a list of 2 string parameters.')
    return comparable(evaluate(left, scope)) === comparable(evaluate(right, scope))
  },
  'Fn::And': (argument, scope) => operands('Fn::And', argument, scope).every(Boolean),
  'Fn::Or': (argument, scope) => operands('Fn::Or', argument, scope).some(Boolean),
  'Fn::Not': (argument, scope) => !operands('Fn::Not', argument, scope)[0],
  'Fn::Base64': (argument, scope) =>
    Buffer.from(text(evaluate(argument, scope), 'every Fn::Base64 object must have a String-typed value.')).toString(
      'base64',
    ),
  'Fn::FindInMap': (argument, scope) => {
    const [map = '', top = '', second = ''] = list(
      evaluate(argument, scope),
      'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    ).map(String)
    const mapping = scope.mappings[map]
    if (!mapping)
      throw invalidTemplate(
        `Template error: Mapping named '${map}' is not present in the 'Mappings' section of template.`,
      )
    const value = mapping[top]?.[second]
    if (value === undefined)
      throw invalidTemplate(`Template error: Unable to get mapping for ${map}::${top}::${second}`)
    return value
  },
  'Fn::GetAZs': (argument, scope) => scope.zones(String(evaluate(argument, scope) || scope.region)),
  'Fn::ImportValue': (argument, scope) =>
    scope.imported(text(evaluate(argument, scope), 'the attribute in Fn::ImportValue must be a string.')),
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = list(evaluate(argument, scope), 'every Fn::Cidr object requires a list of parameters.')
    return cidrBlocks(String(block), Number(count), Number(bits))
  },
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(evaluate(argument, scope)),
  'Fn::Length': (argument, scope) => list(evaluate(argument, scope), 'Fn::Length requires a list.').length,
}

const comparable = (value: unknown): unknown => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const splitAttribute = (value: string): [string, string] => {
  const dot = value.indexOf('.')
  return [value.slice(0, dot), value.slice(dot + 1)]
}

/** `${Name}` and `${Resource.Attribute}` replaced, `${!Literal}` kept without its mark. */
function substitute(format: string, variables: Fields, scope: Scope): string {
  const substituted = format.replace(/\$\{(!?)([^}]*)\}/g, (_, literal, name: string) => {
    if (literal) return `\${${name}}`
    const key = name.trim()
    const value = Object.hasOwn(variables, key)
      ? evaluate(variables[key], scope)
      : key.includes('.') && !key.includes('::')
        ? scope.attribute(...splitAttribute(key))
        : reference(key, scope)
    return text(value, `Fn::Sub expression must not resolve to a list: ${key}`)
  })
  return dynamicReferences(substituted, scope)
}

function dynamicReferences(value: string, scope: Scope): string {
  return value.replace(/\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}/g, (_, service: string, name: string) =>
    scope.dynamic(service, name),
  )
}
