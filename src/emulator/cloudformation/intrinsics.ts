import { cidrBlocks } from './cidr.ts'
import { invalidTemplate } from './errors.ts'
import { splitAtDot, WRONG } from './function-forms.ts'
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
  /** Inside of a function: what is known later makes the value of the outermost one so. */
  readonly nested?: boolean
}

/** Thrown where a value is asked for that only the operation itself will show. */
export class KnownLater extends Error {}

/** What stands in a change set for such a value. */
export const LATER = '{{changeSet:KNOWN_AFTER_APPLY}}'

const NO_VALUE = Symbol('AWS::NoValue')

/** A value with all functions worked out; members that are AWS::NoValue are gone. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = evaluate(value, scope)
  return resolved === NO_VALUE ? undefined : resolved
}

export const condition = (name: string, scope: Scope): boolean => Boolean(evaluate(scope.conditions[name], scope))

function evaluate(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string')
    return value.includes('{{') ? unlessLater(() => dynamicReferences(value, scope), scope) : value
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value)
  const [name] = names
  if (names.length === 1 && name !== undefined) {
    const argument = (value as Fields)[name]
    if (name === 'Condition' && typeof argument === 'string' && argument in scope.conditions)
      return condition(argument, scope)
    const run = functions[name]
    if (run) return unlessLater(() => run(argument, name === 'Fn::If' ? scope : nestedIn(scope)), scope)
  }
  const group: Record<string, unknown> = {}
  for (const name of names) {
    const member = evaluate((value as Fields)[name], scope)
    if (member !== NO_VALUE) group[name] = member
  }
  return group
}

/** The same scope inside of a function: one for all functions of a template. */
function nestedIn(scope: Scope): Scope {
  if (scope.nested) return scope
  const inside = insides.get(scope) ?? { ...scope, nested: true }
  insides.set(scope, inside)
  return inside
}
const insides = new WeakMap<Scope, Scope>()

function unlessLater(value: () => unknown, { nested = false }: Scope): unknown {
  try {
    return value()
  } catch (error) {
    if (nested || !(error instanceof KnownLater)) throw error
    return LATER
  }
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

const refuse = (problem: string): never => {
  throw invalidTemplate(`Template error: ${problem}`)
}
const list = (value: unknown, problem: string): unknown[] => (Array.isArray(value) ? value : refuse(problem))
const text = (value: unknown, problem: string): string =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : refuse(problem)
const operands = (argument: unknown, scope: Scope, problem: string) =>
  list(argument, problem).map((item) => evaluate(item, scope) === true)

const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, scope) => reference(String(argument), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = typeof argument === 'string' ? splitAtDot(argument) : list(argument, WRONG.getAtt)
    return scope.attribute(text(logicalId, WRONG.getAtt), text(evaluate(attribute, scope), WRONG.getAtt))
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = list(argument, WRONG.join)
    return list(evaluate(items, scope), WRONG.join)
      .map((item) => text(item, WRONG.join))
      .join(text(delimiter, WRONG.join))
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = list(argument, WRONG.split)
    return text(evaluate(source, scope), WRONG.split).split(text(delimiter, WRONG.split))
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list(argument, WRONG.selectList)
    const position = Number(evaluate(index, scope))
    if (!Number.isInteger(position)) refuse(WRONG.selectIndex)
    const from = list(evaluate(items, scope), WRONG.selectList)
    return from[position] ?? refuse(`Fn::Select  cannot select nonexistent value at index ${position}`)
  },
  'Fn::Sub': (argument, scope) => {
    const [format, variables = {}] = Array.isArray(argument) ? argument : [argument]
    return substitute(text(format, WRONG.sub), variables as Fields, scope)
  },
  'Fn::If': (argument, scope) => {
    const [name, whenTrue, whenFalse] = list(argument, WRONG.if)
    return evaluate(condition(text(name, WRONG.if), scope) ? whenTrue : whenFalse, scope)
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, WRONG.equals)
    return comparable(evaluate(left, scope)) === comparable(evaluate(right, scope))
  },
  'Fn::And': (argument, scope) => operands(argument, scope, WRONG.and).every(Boolean),
  'Fn::Or': (argument, scope) => operands(argument, scope, WRONG.or).some(Boolean),
  'Fn::Not': (argument, scope) => !operands(argument, scope, WRONG.not)[0],
  'Fn::Base64': (argument, scope) => Buffer.from(text(evaluate(argument, scope), WRONG.base64)).toString('base64'),
  'Fn::FindInMap': (argument, scope) => {
    const [map = '', top = '', second = ''] = list(evaluate(argument, scope), WRONG.findInMap).map(String)
    const mapping =
      scope.mappings[map] ?? refuse(`Mapping named '${map}' is not present in the 'Mappings' section of template.`)
    return mapping[top]?.[second] ?? refuse(`Unable to get mapping for ${map}::${top}::${second}`)
  },
  'Fn::GetAZs': (argument, scope) => scope.zones(String(evaluate(argument, scope) || scope.region)),
  'Fn::ImportValue': (argument, scope) =>
    scope.imported(text(evaluate(argument, scope), 'the attribute in Fn::ImportValue must be a string.')),
  'Fn::Cidr': (argument, scope) => {
    const [block, count, bits] = list(evaluate(argument, scope), WRONG.cidr)
    return cidrBlocks(String(block), Number(count), Number(bits))
  },
}

const comparable = (value: unknown): unknown => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** `${Name}` and `${Resource.Attribute}` replaced, `${!Literal}` kept without its mark. */
function substitute(format: string, variables: Fields, scope: Scope): string {
  const substituted = format.replace(/\$\{(!?)([^}]*)\}/g, (_, literal, name: string) => {
    if (literal) return `\${${name}}`
    const value = Object.hasOwn(variables, name)
      ? evaluate(variables[name], scope)
      : name.includes('.') && !name.includes('::')
        ? scope.attribute(...splitAtDot(name))
        : reference(name, scope)
    return text(
      value,
      'every value of the context object of every Fn::Sub object must be a string or a function that returns a string',
    )
  })
  return dynamicReferences(substituted, scope)
}

function dynamicReferences(value: string, scope: Scope): string {
  return value.replace(/\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}/g, (_, service: string, name: string) =>
    scope.dynamic(service, name),
  )
}
