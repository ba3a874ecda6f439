import { AwsError } from '../../errors.ts'

/** What an expression can ask of a container instance: values by subject, more than one for the groups of its tasks. */
export type Subjects = (subject: string) => readonly string[]

type Expression = (subjects: Subjects) => boolean

/** An expression of the cluster query language as a test. Throws InvalidParameterException where it is none. */
export function clusterQuery(text: string): Expression {
  const tokens = tokensOf(text)
  let at = 0
  const fail = (): never => {
    throw new AwsError('InvalidParameterException', `Invalid expression: ${text}`)
  }
  const next = (): string => tokens[at++] ?? fail()
  const take = (...words: string[]): boolean => {
    if (!words.includes(tokens[at] ?? '')) return false
    at++
    return true
  }

  function any(): Expression {
    const parts = [all()]
    while (take('||', 'or')) parts.push(all())
    return (subjects) => parts.some((part) => part(subjects))
  }
  function all(): Expression {
    const parts = [one()]
    while (take('&&', 'and')) parts.push(one())
    return (subjects) => parts.every((part) => part(subjects))
  }
  function one(): Expression {
    if (take('!', 'not')) {
      const inner = one()
      return (subjects) => !inner(subjects)
    }
    if (!take('(')) return comparison()
    const inner = any()
    return take(')') ? inner : fail()
  }
  function comparison(): Expression {
    const subject = next()
    if (!/^[A-Za-z]/.test(subject)) return fail()
    const operator = NAMES[next()] ?? fail()
    if (operator === 'exists') return (subjects) => subjects(subject).length > 0
    if (operator === '!exists') return (subjects) => subjects(subject).length === 0
    const test = argument(operator)
    return operator.startsWith('!')
      ? (subjects) => !subjects(subject).some(test)
      : (subjects) => subjects(subject).some(test)
  }
  function argument(operator: string): (value: string) => boolean {
    if (operator === 'in' || operator === '!in') {
      const values = list()
      return (value) => values.includes(value)
    }
    const wanted = unquoted(next())
    switch (operator) {
      case '=~':
      case '!~': {
        const pattern = regular(wanted) ?? fail()
        return (value) => pattern.test(value)
      }
      case '>':
        return (value) => compare(value, wanted) > 0
      case '>=':
        return (value) => compare(value, wanted) >= 0
      case '<':
        return (value) => compare(value, wanted) < 0
      case '<=':
        return (value) => compare(value, wanted) <= 0
      default:
        return (value) => value === wanted
    }
  }
  function list(): string[] {
    if (!take('[')) return fail()
    const values: string[] = []
    do values.push(unquoted(next()))
    while (take(','))
    return take(']') ? values : fail()
  }

  const expression = any()
  return at === tokens.length ? expression : fail()
}

const OPERATORS = {
  '==': 'equals',
  '!=': 'not_equals',
  '>': 'greater_than',
  '>=': 'greater_than_equal',
  '<': 'less_than',
  '<=': 'less_than_equal',
  exists: 'exists',
  '!exists': 'not_exists',
  in: 'in',
  '!in': 'not_in',
  '=~': 'matches',
  '!~': 'not_matches',
} as const

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(OPERATORS).flatMap(([sign, word]) => [
    [sign, sign],
    [word, sign],
  ]),
)

const tokensOf = (text: string): string[] =>
  text.match(/"[^"]*"|'[^']*'|&&|\|\||==|!=|>=|<=|=~|!~|!exists\b|!in\b|[()[\],<>!]|[^\s()[\],<>!=&|]+/g) ?? []

const unquoted = (word: string): string => word.replace(/^(["'])(.*)\1$/, '$2')

/** Java's `matches` means the whole value. */
function regular(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`)
  } catch {
    return undefined
  }
}

/** Numbers and versions by their parts, dates and the rest as text. */
function compare(a: string, b: string): number {
  if (![a, b].every((one) => /^\d+(\.\d+)*$/.test(one))) return a < b ? -1 : a > b ? 1 : 0
  const [left, right] = [a, b].map((one) => one.split('.').map(Number)) as [number[], number[]]
  const place = [...left, ...right].findIndex((_, index) => (left[index] ?? 0) !== (right[index] ?? 0))
  return place < 0 ? 0 : (left[place] ?? 0) - (right[place] ?? 0)
}
