import { AwsError } from '../../errors.ts'

/** A number, or one for each of some moments. */
export type Value = number | ReadonlyMap<number, number>

/** What an expression may refer to: the values of other queries, and all moments of the time asked for. */
export interface Scope {
  readonly values: ReadonlyMap<string, Value>
  readonly moments: readonly number[]
}

const TOKENS = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/^(),<>])/y

const invalid = (expression: string): AwsError =>
  new AwsError('ValidationException', `Error in expression '${expression}': Invalid syntax`)

const OPERATORS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '||': (a, b) => Number(a !== 0 || b !== 0), OR: (a, b) => Number(a !== 0 || b !== 0) },
  { '&&': (a, b) => Number(a !== 0 && b !== 0), AND: (a, b) => Number(a !== 0 && b !== 0) },
  {
    '<': (a, b) => Number(a < b),
    '>': (a, b) => Number(a > b),
    '<=': (a, b) => Number(a <= b),
    '>=': (a, b) => Number(a >= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
  { '^': (a, b) => a ** b },
]

/**
 * The value of a metric math expression: arithmetic, comparisons, IF, FILL, and what sums up one series or several.
 * Where one of two series has no value, neither has their result; nor where it is divided by zero.
 */
export function evaluate(expression: string, scope: Scope): Value {
  const tokens = tokenize(expression)
  let next = 0
  const take = (token: string) => {
    if (tokens[next] !== token) throw invalid(expression)
    next++
  }

  const binary = (level: number): Value => {
    const operators = OPERATORS[level]
    if (!operators) return unary()
    let left = binary(level + 1)
    for (let apply = operators[tokens[next] ?? '']; apply; apply = operators[tokens[next] ?? '']) {
      next++
      left = combine([left, binary(level + 1)], ([a = 0, b = 0]) => apply?.(a, b) ?? 0)
    }
    return left
  }

  const unary = (): Value => {
    const token = tokens[next++]
    if (token === undefined) throw invalid(expression)
    if (token === '-') return combine([unary()], ([a = 0]) => -a)
    if (token === '(') {
      const inner = binary(0)
      take(')')
      return inner
    }
    if (/^\d/.test(token)) return Number(token)
    if (tokens[next] === '(') return call(token)
    const value = scope.values.get(token)
    if (value === undefined) throw new AwsError('ValidationException', `Unknown id '${token}' in '${expression}'`)
    return value
  }

  const call = (name: string): Value => {
    take('(')
    const inputs: Value[] = [binary(0)]
    while (tokens[next] === ',') {
      next++
      inputs.push(binary(0))
    }
    take(')')
    const apply = FUNCTIONS[name]
    if (!apply) throw new AwsError('ValidationException', `The embedded AWS does not have the function ${name}.`)
    return apply(inputs, scope)
  }

  const value = binary(0)
  if (next < tokens.length) throw invalid(expression)
  return value
}

function tokenize(expression: string): string[] {
  const tokens: string[] = []
  TOKENS.lastIndex = 0
  while (/\S/.test(expression.slice(TOKENS.lastIndex))) {
    const found = TOKENS.exec(expression)?.[1]
    if (found === undefined) throw invalid(expression)
    tokens.push(found)
  }
  return tokens
}

/** Applies to each moment at which all have a value. */
function combine(inputs: readonly Value[], apply: (values: readonly number[]) => number): Value {
  const series = inputs.filter((one) => typeof one !== 'number')
  const [first] = series
  if (!first) return apply(inputs as readonly number[])
  const result = new Map<number, number>()
  for (const moment of first.keys()) {
    const values = inputs.map((one) => (typeof one === 'number' ? one : one.get(moment)))
    if (values.includes(undefined)) continue
    const value = apply(values as number[])
    if (Number.isFinite(value)) result.set(moment, value)
  }
  return result
}

type Function_ = (inputs: readonly Value[], scope: Scope) => Value

const FUNCTIONS: Readonly<Record<string, Function_>> = {
  IF: ([condition = 0, yes = 0, no = 0]) => combine([condition, yes, no], ([is, a = 0, b = 0]) => (is ? a : b)),
  FILL: ([series = 0, other = 0], { moments }) =>
    typeof series === 'number'
      ? series
      : new Map(moments.map((moment) => [moment, series.get(moment) ?? at(other, moment)])),
  ABS: ([value = 0]) => combine([value], ([a = 0]) => Math.abs(a)),
  CEIL: ([value = 0]) => combine([value], ([a = 0]) => Math.ceil(a)),
  FLOOR: ([value = 0]) => combine([value], ([a = 0]) => Math.floor(a)),
  SUM: summary((values) => values.reduce((sum, one) => sum + one, 0)),
  AVG: summary((values) => values.reduce((sum, one) => sum + one, 0) / values.length),
  MIN: summary((values) => Math.min(...values)),
  MAX: summary((values) => Math.max(...values)),
}

const at = (value: Value, moment: number): number => (typeof value === 'number' ? value : (value.get(moment) ?? 0))

/** Of one series a number, of several a series. */
function summary(of: (values: readonly number[]) => number): Function_ {
  return (inputs) => {
    const [only] = inputs
    return inputs.length === 1 && only !== undefined && typeof only !== 'number'
      ? of([...only.values()])
      : combine(inputs, of)
  }
}
