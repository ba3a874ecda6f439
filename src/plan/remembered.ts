/** A function that works nothing out again for the very same values, for as long as these live. */
export function remembered<Values extends readonly [object, ...object[]], Result extends object>(
  work: (...values: Values) => Result,
): (...values: Values) => Result {
  const known: Known = new WeakMap()
  return (...values) => {
    let within = known
    for (const value of values.slice(0, -1)) {
      const next = (within.get(value) as Known | undefined) ?? new WeakMap()
      within.set(value, next)
      within = next
    }
    const last = values.at(-1) as object
    const result = (within.get(last) as Result | undefined) ?? work(...values)
    within.set(last, result)
    return result
  }
}

type Known = WeakMap<object, object>
