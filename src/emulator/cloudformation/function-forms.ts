import { invalidTemplate } from './errors.ts'
import type { Template } from './template.ts'

/** What is wrong with a function's argument, in CloudFormation's words. */
export const WRONG = {
  ref: 'All References must be of type string',
  getAtt: 'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
  join: 'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
  split:
    'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
  selectIndex: 'Fn::Select requires a list argument with a valid index value as its first element',
  selectList: 'Fn::Select requires a list argument with two elements: an integer index and a list',
  sub: "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
  subName:
    'variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
  if: 'Fn::If requires a list argument with the first element being a condition',
  ifLength: 'Fn::If requires a list argument with three elements',
  equals: 'Fn::Equals requires a list argument with two elements',
  and: 'every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.',
  or: 'every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.',
  not: 'Fn::Not requires a list argument with one element',
  notToken: 'Fn::Not requires a list argument with one function token',
  base64: 'every Fn::Base64 object must have a String-typed value.',
  findInMap:
    'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
  getAzs: 'every Fn::GetAZs object must have a String-typed value.',
  cidr: 'every Fn::Cidr object requires an ipBlock, a count and cidrBits.',
} as const

/** As CloudFormation lists them, with those of rules, which it takes nowhere else. */
const SUPPORTED =
  'Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr'

type Problem = string | undefined

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
const isFunction = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isBoolean = (value: unknown): boolean =>
  isFunction(value) && /^(Condition|Fn::(Equals|And|Or|Not))$/.test(Object.keys(value as object).join())

const unless = (right: boolean, problem: string): Problem => (right ? undefined : problem)
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const several = (problem: string) => (argument: unknown) => {
  const operands = items(argument)
  return unless(operands.length >= 2 && operands.length <= 10 && operands.every(isBoolean), problem)
}

const forms: Readonly<Record<string, (argument: unknown) => Problem>> = {
  Ref: (name) => unless(typeof name === 'string', WRONG.ref),
  'Fn::GetAtt': (argument) => {
    const [resource, attribute, ...rest] = typeof argument === 'string' ? splitAtDot(argument) : items(argument)
    return unless(isName(resource) && (isName(attribute) || isFunction(attribute)) && rest.length === 0, WRONG.getAtt)
  },
  'Fn::Join': (argument) => {
    const [delimiter, list, ...rest] = items(argument)
    const joinable = isFunction(list) || (Array.isArray(list) && !list.some(Array.isArray))
    return unless(isScalar(delimiter) && joinable && rest.length === 0, WRONG.join)
  },
  'Fn::Split': (argument) => {
    const [delimiter, source, ...rest] = items(argument)
    return unless(isScalar(delimiter) && (isScalar(source) || isFunction(source)) && rest.length === 0, WRONG.split)
  },
  'Fn::Select': (argument) => {
    const [index, list, ...rest] = items(argument)
    if (!isFunction(index) && !/^\d+$/.test(String(index))) return WRONG.selectIndex
    return unless((Array.isArray(list) || isFunction(list)) && rest.length === 0, WRONG.selectList)
  },
  'Fn::Sub': (argument) => {
    const [format, variables, ...rest] = Array.isArray(argument) ? argument : [argument]
    const right = typeof format === 'string' && (variables === undefined || isFunction(variables)) && rest.length === 0
    if (!right) return WRONG.sub
    const names = [...String(format).matchAll(/\$\{(?!!)([^}]*)\}/g)].map(([, name = '']) => name)
    return unless(
      names.every((name) => /^[\w.:]+$/.test(name)),
      WRONG.subName,
    )
  },
  'Fn::If': (argument) => {
    const [name] = items(argument)
    return typeof name !== 'string' ? WRONG.if : unless(items(argument).length === 3, WRONG.ifLength)
  },
  'Fn::Equals': (argument) => unless(items(argument).length === 2, WRONG.equals),
  'Fn::And': several(WRONG.and),
  'Fn::Or': several(WRONG.or),
  'Fn::Not': (argument) => {
    const [operand, ...rest] = items(argument)
    return operand === undefined || rest.length > 0 ? WRONG.not : unless(isBoolean(operand), WRONG.notToken)
  },
  'Fn::Base64': (argument) => unless(!Array.isArray(argument), WRONG.base64),
  'Fn::FindInMap': (argument) => unless(items(argument).length === 3, WRONG.findInMap),
  'Fn::GetAZs': (argument) => unless(!Array.isArray(argument), WRONG.getAzs),
  'Fn::ImportValue': () => undefined,
  'Fn::Cidr': (argument) => unless([2, 3].includes(items(argument).length), WRONG.cidr),
}

/** `A.B.C` as `A` and `B.C`; without a dot there is no attribute. */
export function splitAtDot(name: string): [string, string] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)]
}

/** Refuses functions that do not exist or whose arguments have the wrong form. */
export function checkFunctionForms({ Resources, Conditions, Outputs }: Template): void {
  check(Conditions)
  for (const { Properties } of Object.values(Resources)) check(Properties)
  for (const { Value, Export } of Object.values(Outputs)) check([Value, Export])
}

function check(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const members = Object.entries(value)
  const [only] = members
  if (!Array.isArray(value) && members.length === 1 && only) checkFunction(...only)
  for (const [, member] of members) check(member)
}

function checkFunction(name: string, argument: unknown): void {
  if (name !== 'Ref' && !name.startsWith('Fn::')) return
  if (name === 'Fn::Transform') throw invalidTemplate('The embedded AWS does not run template macros.')
  const form = forms[name]
  // The capital is CloudFormation's own, in this one text.
  if (!form) {
    throw invalidTemplate(
      `Template Error: Encountered unsupported function: ${name} Supported functions are: [${SUPPORTED}]`,
    )
  }
  const problem = form(argument)
  if (problem) throw invalidTemplate(`Template error: ${problem}`)
}
